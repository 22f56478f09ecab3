import type { CommandResultV1, DoorMode } from '#contract/device-messages.js'
import type { GateV2 } from '#contract/sync-roster.js'
import type { HeldMode } from './door-mode-rules.js'
import type { AccessPolicy, AccessRuntime, DeviceClocks, DoorPublisher, HandOutcome } from './ports.js'

/** A controller's word may take so long beyond the deadline. */
const ANSWER_GRACE_MS = 3_000
/** A mode that was refused or not answered is said again after so long: doubled each time, and never rare where it burns. */
const REPEAT_MS_MIN = 2_000
const REPEAT_MS_MAX = 60_000
const REPEAT_FIRE_MS_MAX = 2_000

const repeatMs = (cause: HeldMode['cause'], repeats: number): number =>
  Math.min(cause === 'fire-zone' ? REPEAT_FIRE_MS_MAX : REPEAT_MS_MAX, REPEAT_MS_MIN * 2 ** Math.min(repeats, 10))

/** Says to controllers how their doors are held, and hears what they say to it. */
export interface ModeSender {
  /**
   * Makes the door obey, unless it is known to. Calls `obeyed` once the controller has said so.
   * @returns the controller's answer to the command under way; undefined where it obeys already
   */
  drive(gate: GateV2, held: HeldMode, obeyed: (mode: DoorMode) => void): Promise<HandOutcome> | undefined
  /** True where the result answers a command of this sender. */
  heard(controllerId: string, result: CommandResultV1): boolean
  isConfirmed(gateId: string, mode: DoorMode): boolean
  stop(): void
}

interface Said {
  readonly commandId: string
  readonly controllerId: string
  readonly bootId: string
  readonly mode: DoorMode
  readonly answer: Promise<HandOutcome>
  readonly settle: (outcome: HandOutcome) => void
}
interface Gate {
  /** Mode and life of the controller that obeyed it. */
  confirmed: { readonly mode: DoorMode; readonly bootId: string } | null
  said: Said | null
  repeats: number
  notBeforeMs: number
}

export function createModeSender(deps: {
  clocks: DeviceClocks; publisher: Pick<DoorPublisher, 'sendMode'>; policy: Pick<AccessPolicy, 'commandValidityMs'>; runtime: AccessRuntime
}): ModeSender {
  const { clocks, publisher, policy, runtime: { clock, ids, log } } = deps
  const gates = new Map<string, Gate>()
  /** Commands that a controller may still answer, the newest last. */
  const byCommand = new Map<string, { readonly said: Said; readonly gateId: string; readonly obeyed: (mode: DoorMode) => void; readonly cancel: () => void }>()

  const gateOf = (gateId: string): Gate => {
    const gate = gates.get(gateId) ?? { confirmed: null, said: null, repeats: 0, notBeforeMs: 0 }
    gates.set(gateId, gate)
    return gate
  }
  const settle = (commandId: string, outcome: HandOutcome['outcome'], reason: HandOutcome['reason']): void => {
    const open = byCommand.get(commandId)
    if (open === undefined) return
    const { said, gateId, obeyed, cancel } = open
    cancel()
    byCommand.delete(commandId)
    const gate = gateOf(gateId)
    const isNewest = gate.said?.commandId === commandId
    if (isNewest) gate.said = null
    if (isNewest && outcome === 'executed') {
      gate.confirmed = { mode: said.mode, bootId: said.bootId }
      gate.repeats = 0
      obeyed(said.mode)
    } else if (outcome !== 'executed' && gate.repeats++ === 0) log.warn({ gateId, mode: said.mode, outcome, reason }, 'a door is not held as it should be; it is told again')
    said.settle({ outcome, reason, passageId: null })
  }

  const say = (gate: Gate, { gateId, controllerId, doorNo }: GateV2, { mode, cause }: HeldMode, obeyed: (mode: DoorMode) => void): Promise<HandOutcome> => {
    const controller = clocks.controllerClock(controllerId)
    if (controller === undefined) return Promise.resolve({ outcome: 'refused', reason: 'controller-offline', passageId: null })
    const commandId = ids.uuid()
    let settleAnswer: Said['settle'] = () => undefined
    const answer = new Promise<HandOutcome>((resolve) => (settleAnswer = resolve))
    const said: Said = { commandId, controllerId, bootId: controller.bootId, mode, answer, settle: settleAnswer }
    gate.said = said
    gate.notBeforeMs = clock.monoMs() + repeatMs(cause, gate.repeats)
    const cancel = clock.after(policy.commandValidityMs + ANSWER_GRACE_MS, () => settle(commandId, 'no-answer', null))
    byCommand.set(commandId, { said, gateId, obeyed, cancel })
    publisher.sendMode(controllerId, {
      v: 1, commandId, bootId: controller.bootId, doorNo, mode, cause, deadlineMonoMs: controller.monoMs + policy.commandValidityMs,
    })
    return answer
  }

  return {
    drive(gate, held, obeyed) {
      const now = gateOf(gate.gateId)
      const bootId = clocks.controllerClock(gate.controllerId)?.bootId
      // A controller that started anew has forgotten how its doors were held; that they are as usual it knows by itself.
      const obeys = now.confirmed?.mode === held.mode && (held.mode === 'normal' || now.confirmed.bootId === bootId)
      if (obeys && now.said === null) return undefined
      if (now.said?.mode === held.mode && now.said.bootId === bootId) return now.said.answer
      if (now.said === null && now.repeats > 0 && clock.monoMs() < now.notBeforeMs) return Promise.resolve({ outcome: 'no-answer', reason: null, passageId: null })
      return say(now, gate, held, obeyed)
    },
    heard(controllerId, { commandId, outcome, reason }) {
      const open = byCommand.get(commandId)
      if (open?.said.controllerId !== controllerId) return false
      settle(commandId, outcome, reason)
      return true
    },
    isConfirmed: (gateId, mode) => (gates.get(gateId)?.confirmed?.mode ?? 'normal') === mode,
    stop() {
      for (const commandId of [...byCommand.keys()]) settle(commandId, 'no-answer', null)
    },
  }
}
