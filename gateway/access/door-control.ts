import type { CommandResultV1 } from '#contract/device-messages.js'
import { type Dispatch, type IssuedCommand, deadlineOf, dispatch } from './command-deadline.js'
import { createOpenCommands } from './open-commands.js'
import { frameAgeOf } from './passage-record.js'
import type { Decision } from './policy.js'
import type { AccessPolicy, AccessRuntime, AccessStore, AccessTx, AccessView, DoorPublisher, SeenFrame } from './ports.js'

/** A result travels back over the network after the deadline: silence counts only after this much more. */
export const ANSWER_GRACE_MS = 3_000
/** After a restart a controller needs time to connect and send the answers it kept. */
export const RECONNECT_GRACE_MS = 15_000

/** A grant on its way to the door. */
export interface PlannedOpening extends IssuedCommand {
  readonly passageId: string
  readonly frame: SeenFrame
  readonly lagMs: number
  /** Called once where the door did not open by it: the person may try again at once. */
  readonly onVoid: () => void
}

export interface DoorControl {
  /** Takes over the commands that an earlier life left without an outcome. */
  start(): Promise<void>
  stop(): void
  plan(grant: Extract<Decision, { kind: 'granted' }>, passage: Pick<PlannedOpening, 'passageId' | 'frame' | 'lagMs' | 'onVoid'>): PlannedOpening
  /** Inside the transaction of the grant. */
  write(tx: AccessTx, opening: PlannedOpening): Promise<void>
  /** After its commit: sends the command, or withholds it where it would come too late. */
  send(opening: PlannedOpening): Dispatch
  /** Resolves once the answer is durable; from then on the controller may forget it. */
  onResult(controllerId: string, result: CommandResultV1): Promise<void>
}

/** Commits, sends and follows door commands. */
export function createDoorControl(deps: {
  view: AccessView; store: AccessStore; publisher: DoorPublisher; policy: AccessPolicy; runtime: AccessRuntime
}): DoorControl {
  const { view, store, publisher, policy } = deps
  const { clock, ids, stamp, log, observer } = deps.runtime
  const commands = createOpenCommands(deps)

  return {
    async start() {
      for (const { commandId } of await store.openCommands()) {
        commands.follow(commandId, { state: { kind: 'issued' }, receivedMonoMs: null, onVoid: () => undefined }, RECONNECT_GRACE_MS)
      }
    },
    stop: () => commands.stop(),
    plan({ gate, controller }, passage) {
      const frameAgeMs = frameAgeOf(passage.frame, passage.lagMs, clock.monoMs())
      const deadlineMonoMs = deadlineOf(controller, frameAgeMs, policy.commandValidityMs)
      return { ...passage, commandId: ids.uuid(), gate, bootId: controller.bootId, deadlineMonoMs }
    },
    async write(tx, { commandId, passageId, gate, bootId, deadlineMonoMs }) {
      const { gateId, controllerId: deviceId, doorNo } = gate
      const common = stamp()
      await tx.append({ kind: 'door-command.v1', ...common, commandId, passageId, gateId, deviceId, deviceBootId: bootId, doorNo, deadlineMonoMs })
      await tx.putCommand({ commandId, passageId, gateId, deviceId, issuedAtMs: common.occurredAtMs, stage: 'issued' })
    },
    send(opening) {
      const { commandId, frame, lagMs, gate, onVoid } = opening
      const nowMs = clock.monoMs()
      const way = dispatch(opening, view.controllerClock(gate.controllerId), frameAgeOf(frame, lagMs, nowMs), policy)
      const { receivedMonoMs } = frame
      if (way.kind === 'send') {
        commands.follow(commandId, { state: { kind: 'sent' }, receivedMonoMs, onVoid }, way.remainingMs + ANSWER_GRACE_MS)
        publisher.sendCommand(gate.controllerId, way.command)
        observer.commandSent(nowMs - receivedMonoMs)
      } else {
        commands.follow(commandId, { state: { kind: 'issued' }, receivedMonoMs, onVoid }, ANSWER_GRACE_MS)
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
