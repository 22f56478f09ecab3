import type { CommandResultV1 } from '#contract/device-messages.js'
import type { Way } from '#contract/passage-record.js'
import { type Dispatch, type IssuedCommand, deadlineOf, dispatch } from './command-deadline.js'
import type { OpenCommands } from './open-commands.js'
import type { CommandEffect } from './command-machine.js'
import { ageOf } from './passing.js'
import type { Grant } from './policy.js'
import type { AccessPolicy, AccessRuntime, AccessStore, AccessTx, AccessView, DoorPublisher } from './ports.js'

/** A result travels back over the network after the deadline: silence counts only after this much more. */
export const ANSWER_GRACE_MS = 3_000
/** After a restart a controller needs time to connect and send the answers it kept. */
export const RECONNECT_GRACE_MS = 15_000

/** What an opening is for. */
export interface OpeningOf {
  readonly passageId: string
  readonly way: Way
  readonly receivedMonoMs: number
  /** How old what was seen was at its receipt. */
  readonly lagMs: number
  /** Called once, with what became of it. */
  readonly onSettled: (effect: CommandEffect) => void
}

/** A grant on its way to the door. */
export interface PlannedOpening extends IssuedCommand, OpeningOf {}

export interface DoorControl {
  /** Takes over the commands that an earlier life left without an outcome. */
  start(): Promise<void>
  stop(): void
  plan(grant: Grant, of: OpeningOf): PlannedOpening
  /** Inside the transaction of the grant. */
  write(tx: AccessTx, opening: PlannedOpening): Promise<void>
  /** After its commit: sends the command, or withholds it where it would come too late. */
  send(opening: PlannedOpening): Dispatch
  /** Resolves once the answer is durable; from then on the controller may forget it. */
  onResult(controllerId: string, result: CommandResultV1): Promise<void>
}

/** Commits, sends and follows door commands. */
export function createDoorControl(deps: {
  view: AccessView; store: AccessStore; publisher: DoorPublisher; policy: AccessPolicy; runtime: AccessRuntime; commands: OpenCommands
}): DoorControl {
  const { view, store, publisher, policy, commands } = deps
  const { clock, ids, stamp, log, observer } = deps.runtime

  return {
    async start() {
      for (const { commandId } of await store.openCommands()) {
        commands.follow(commandId, { state: { kind: 'issued' }, receivedMonoMs: null, way: null, onSettled: () => undefined }, RECONNECT_GRACE_MS)
      }
    },
    stop: () => commands.stop(),
    plan({ gate, controller }, of) {
      const deadlineMonoMs = deadlineOf(controller, ageOf(of, clock.monoMs()), policy.commandValidityMs)
      return { ...of, commandId: ids.uuid(), gate, bootId: controller.bootId, deadlineMonoMs }
    },
    async write(tx, { commandId, passageId, gate, bootId, deadlineMonoMs }) {
      const { gateId, controllerId: deviceId, doorNo } = gate
      const common = stamp()
      await tx.append({ kind: 'door-command.v1', ...common, commandId, passageId, gateId, deviceId, deviceBootId: bootId, doorNo, deadlineMonoMs })
      await tx.putCommand({ commandId, passageId, gateId, deviceId, issuedAtMs: common.occurredAtMs, stage: 'issued' })
    },
    send(opening) {
      const { commandId, gate, receivedMonoMs, way: by, onSettled } = opening
      const nowMs = clock.monoMs()
      const way = dispatch(opening, view.clocks.controllerClock(gate.controllerId), ageOf(opening, nowMs), policy)
      if (way.kind === 'send') {
        commands.follow(commandId, { state: { kind: 'sent' }, receivedMonoMs, way: by, onSettled }, way.remainingMs + ANSWER_GRACE_MS)
        publisher.sendCommand(gate.controllerId, way.command)
        observer.commandSent(nowMs - receivedMonoMs, by)
      } else {
        commands.follow(commandId, { state: { kind: 'issued' }, receivedMonoMs, way: by, onSettled }, ANSWER_GRACE_MS)
        void commands.settle(commandId, way.reason === 'controller-offline' ? { kind: 'silence' } : { kind: 'withheld', reason: way.reason })
      }
      return way
    },
    async onResult(controllerId, { eventId, commandId, outcome, reason }) {
      const latencyMs = commands.latencyMs(commandId)
      const answer = await store.transact(async (tx) => {
        if (!(await tx.claimDeviceEvent(controllerId, eventId))) return 'duplicate'
        const row = await tx.findCommand(commandId)
        if (row === undefined || row.deviceId !== controllerId) return 'unknown-command'
        return (await commands.apply(tx, row, { kind: 'result', outcome, reason }, latencyMs)) ?? 'repeated-result'
      })
      if (answer === 'duplicate') return
      if (typeof answer === 'object') return commands.finish(commandId, answer, latencyMs)
      observer.anomaly(answer)
      log.warn({ controllerId, commandId, outcome, anomaly: answer }, 'an answer that changes nothing')
    },
  }
}
