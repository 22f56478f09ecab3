import type { CommandRefusal, DoorCommandV1, DoorEventType, DoorMode, DoorModeV1, DoorStatusV1 } from '#contract/device-messages.js'
import { type Machine, type Transition, to } from '#kernel/fsm.js'

export interface DoorState {
  readonly doorNo: number
  /** A grant or the exit button releases the relay until then; null where neither does. */
  readonly releasedUntilMonoMs: number | null
  readonly contact: 'closed' | 'open'
  /** When the contact opened; null while closed. */
  readonly openSinceMonoMs: number | null
  readonly forced: boolean
  readonly heldOpen: boolean
  /** How it is held until told otherwise; forgotten at power-off. */
  readonly mode: DoorMode
  /** True where a fire in the zone holds it open: only `normal` ends it. */
  readonly fireZone: boolean
}

/** All that a door controller's firmware remembers of one life, and the fire latch, which outlives it. */
export interface ControllerState {
  readonly bootId: string
  readonly heldOpenAfterMs: number
  /** The alarm contact as it is now. */
  readonly fireInput: boolean
  /** Set by the fire input, cleared by hand only: while it is set every relay is released. */
  readonly fireLatched: boolean
  readonly tampered: boolean
  readonly doors: readonly DoorState[]
  /** Ids of executed commands with their deadlines, after which a repeat is dead anyway. */
  readonly executed: ReadonlyMap<string, number>
}

/** `monoMs` is the controller's own monotonic clock, never a wall clock. */
export type ControllerInput = { readonly monoMs: number } & (
  | { readonly kind: 'power-on' }
  | { readonly kind: 'command'; readonly command: DoorCommandV1 }
  | { readonly kind: 'mode'; readonly command: DoorModeV1 }
  | { readonly kind: 'malformed-command'; readonly commandId: string }
  | { readonly kind: 'tick' }
  | { readonly kind: 'contact'; readonly doorNo: number; readonly contact: 'closed' | 'open' }
  | { readonly kind: 'exit-button'; readonly doorNo: number }
  | { readonly kind: 'fire-input'; readonly active: boolean }
  | { readonly kind: 'fire-reset' }
  | { readonly kind: 'tamper'; readonly active: boolean }
  | { readonly kind: 'held-open-after'; readonly ms: number }
)

export type ControllerEffect =
  | { readonly kind: 'relay'; readonly doorNo: number; readonly relay: 'released' | 'locked' }
  | { readonly kind: 'event'; readonly doorNo: number; readonly type: DoorEventType }
  | {
      readonly kind: 'result'
      readonly commandId: string
      readonly outcome: 'executed' | 'refused'
      readonly reason: CommandRefusal | null
    }

type Moved = Transition<ControllerState, ControllerEffect> | undefined

/** Farthest deadline accepted: an id must be remembered until then. */
export const DEADLINE_AHEAD_MS_MAX = 60_000
/** How long the exit button releases its door. */
export const EXIT_RELEASE_MS = 5_000

const event = (doorNo: number, type: DoorEventType): ControllerEffect => ({ kind: 'event', doorNo, type })
const released = (doorNo: number): ControllerEffect[] =>
  [{ kind: 'relay', doorNo, relay: 'released' }, event(doorNo, 'relay-released')]
const locked = (doorNo: number): ControllerEffect[] =>
  [{ kind: 'relay', doorNo, relay: 'locked' }, event(doorNo, 'relay-locked')]

const isReleased = (state: ControllerState, door: DoorState): boolean => state.fireLatched || door.mode === 'kept-open' || door.releasedUntilMonoMs !== null

const withDoor = (state: ControllerState, changed: DoorState): ControllerState =>
  ({ ...state, doors: state.doors.map((door) => (door.doorNo === changed.doorNo ? changed : door)) })

/** What a controller finds at power-on. */
export interface PowerOn {
  readonly bootId: string
  readonly doors: number
  readonly heldOpenAfterMs: number
  readonly fireInput: boolean
  /** A latch that was not reset by hand is still set. */
  readonly fireLatched: boolean
  /** Numbers of the doors that stand open. */
  readonly openDoors: ReadonlySet<number>
}

export function poweredOn(life: PowerOn): ControllerState {
  const doors = Array.from({ length: life.doors }, (_, index): DoorState => {
    const isOpen = life.openDoors.has(index + 1)
    return {
      doorNo: index + 1, releasedUntilMonoMs: null, contact: isOpen ? 'open' : 'closed', openSinceMonoMs: isOpen ? 0 : null,
      forced: false, heldOpen: false, mode: 'normal', fireZone: false,
    }
  })
  return {
    bootId: life.bootId, heldOpenAfterMs: life.heldOpenAfterMs, fireInput: life.fireInput,
    fireLatched: life.fireInput || life.fireLatched, tampered: false, doors, executed: new Map(),
  }
}

/** What the heartbeat says of the doors. */
export const doorStatuses = (state: ControllerState): DoorStatusV1[] =>
  state.doors.map((door) => ({
    doorNo: door.doorNo, relay: isReleased(state, door) ? 'released' : 'locked', contact: door.contact, fire: state.fireLatched,
  }))

/** When the next `tick` is due on the controller's clock, or undefined where nothing is pending. */
export function nextTickMonoMs(state: ControllerState): number | undefined {
  const due = state.doors.flatMap((door) => [
    ...(door.releasedUntilMonoMs === null ? [] : [door.releasedUntilMonoMs]),
    ...(door.openSinceMonoMs === null || door.heldOpen || state.fireLatched || door.mode === 'kept-open' ? [] : [door.openSinceMonoMs + state.heldOpenAfterMs]),
  ])
  return due.length === 0 ? undefined : Math.min(...due)
}

/** Releases a door for a time, or for longer than it was going to be. */
function release(state: ControllerState, door: DoorState, untilMonoMs: number, first: readonly ControllerEffect[]): Moved {
  const until = Math.max(door.releasedUntilMonoMs ?? 0, untilMonoMs)
  const effects = isReleased(state, door) ? [] : released(door.doorNo)
  return to(withDoor(state, { ...door, releasedUntilMonoMs: until }), ...first, ...effects)
}

function refusalOf(state: ControllerState, command: DoorCommandV1 | DoorModeV1, monoMs: number): CommandRefusal | undefined {
  if (command.bootId !== state.bootId) return 'other-boot'
  if (state.executed.has(command.commandId)) return 'repeated'
  if (monoMs >= command.deadlineMonoMs) return 'expired'
  if (command.deadlineMonoMs - monoMs > DEADLINE_AHEAD_MS_MAX) return 'malformed'
  return state.doors.some((door) => door.doorNo === command.doorNo) ? undefined : 'unknown-door'
}

function onCommand(before: ControllerState, command: DoorCommandV1, monoMs: number): Moved {
  const state = forgetDead(before, monoMs)
  const reason = refusalOf(state, command, monoMs)
  const door = state.doors.find((candidate) => candidate.doorNo === command.doorNo)
  if (reason !== undefined || door === undefined) {
    return to(state, { kind: 'result', commandId: command.commandId, outcome: 'refused', reason: reason ?? 'unknown-door' })
  }
  const remembered = { ...state, executed: new Map(state.executed).set(command.commandId, command.deadlineMonoMs) }
  return release(remembered, door, monoMs + command.releaseMs, [
    { kind: 'result', commandId: command.commandId, outcome: 'executed', reason: null },
  ])
}

/** A leaf that stands open is timed anew once its door works as usual again. */
const asUsual = (door: DoorState, monoMs: number): DoorState =>
  ({ ...door, mode: 'normal', fireZone: false, openSinceMonoMs: door.openSinceMonoMs === null ? null : monoMs })

function held(door: DoorState, { mode, cause }: DoorModeV1, monoMs: number): DoorState {
  const isFire = cause === 'fire-zone'
  if (mode === 'normal') return asUsual(door, monoMs)
  if (door.fireZone && !isFire) return door
  return { ...door, mode, fireZone: isFire && mode === 'kept-open', releasedUntilMonoMs: mode === 'kept-locked' ? null : door.releasedUntilMonoMs }
}

/** Fire, here or in the zone, obeys no lock (GB 50396-2007 §9.0.1). */
function onMode(before: ControllerState, command: DoorModeV1, monoMs: number): Moved {
  const state = forgetDead(before, monoMs)
  const door = state.doors.find((candidate) => candidate.doorNo === command.doorNo)
  const isLockedByFire = command.mode === 'kept-locked' && (state.fireLatched || door?.fireZone === true)
  const reason = refusalOf(state, command, monoMs) ?? (isLockedByFire ? 'fire' : undefined)
  if (reason !== undefined || door === undefined) {
    return to(state, { kind: 'result', commandId: command.commandId, outcome: 'refused', reason: reason ?? 'unknown-door' })
  }
  const next = withDoor({ ...state, executed: new Map(state.executed).set(command.commandId, command.deadlineMonoMs) }, held(door, command, monoMs))
  const after = next.doors.find((candidate) => candidate.doorNo === command.doorNo) as DoorState
  const [was, is] = [isReleased(state, door), isReleased(next, after)]
  return to(next, { kind: 'result', commandId: command.commandId, outcome: 'executed', reason: null },
    ...(was === is ? [] : is ? released(door.doorNo) : locked(door.doorNo)))
}

const forgetDead = (state: ControllerState, monoMs: number): ControllerState =>
  ({ ...state, executed: new Map([...state.executed].filter(([, deadlineMonoMs]) => deadlineMonoMs > monoMs)) })

function onTick(state: ControllerState, monoMs: number): Moved {
  const effects: ControllerEffect[] = []
  const doors = state.doors.map((door): DoorState => {
    const isOver = door.releasedUntilMonoMs !== null && monoMs >= door.releasedUntilMonoMs
    const isHeld = !state.fireLatched && door.mode !== 'kept-open' && !door.heldOpen && door.openSinceMonoMs !== null
      && monoMs >= door.openSinceMonoMs + state.heldOpenAfterMs
    if (isOver && !state.fireLatched && door.mode !== 'kept-open') effects.push(...locked(door.doorNo))
    if (isHeld) effects.push(event(door.doorNo, 'held-open'))
    return { ...door, releasedUntilMonoMs: isOver ? null : door.releasedUntilMonoMs, heldOpen: door.heldOpen || isHeld }
  })
  return to({ ...forgetDead(state, monoMs), doors }, ...effects)
}

function onContact(state: ControllerState, door: DoorState, contact: 'closed' | 'open', monoMs: number): Moved {
  if (door.contact === contact) return undefined
  if (contact === 'open') {
    const forced = !isReleased(state, door)
    const opened = { ...door, contact, openSinceMonoMs: monoMs, forced }
    return to(withDoor(state, opened), event(door.doorNo, 'opened'), ...(forced ? [event(door.doorNo, 'forced')] : []))
  }
  const closed = { ...door, contact, openSinceMonoMs: null, forced: false, heldOpen: false }
  return to(
    withDoor(state, closed), event(door.doorNo, 'closed'),
    ...(door.forced ? [event(door.doorNo, 'forced-cleared')] : []),
    ...(door.heldOpen ? [event(door.doorNo, 'held-open-cleared')] : []),
  )
}

/** GB 55024-2022 §5.3.6: on fire people leave without a key. All doors, at once, above every rule. */
function onFireInput(state: ControllerState, active: boolean): Moved {
  if (state.fireInput === active) return undefined
  if (!active || state.fireLatched) return to({ ...state, fireInput: active })
  return to(
    { ...state, fireInput: true, fireLatched: true },
    ...state.doors.flatMap((door) => [
      ...(isReleased(state, door) ? [] : released(door.doorNo)), event(door.doorNo, 'fire'),
    ]),
  )
}

/** Refused while the alarm contact is still closed. */
function onFireReset(state: ControllerState): Moved {
  if (!state.fireLatched || state.fireInput) return undefined
  return to(
    { ...state, fireLatched: false },
    ...state.doors.flatMap((door) => [
      event(door.doorNo, 'fire-reset'), ...(isReleased({ ...state, fireLatched: false }, door) ? [] : locked(door.doorNo)),
    ]),
  )
}

function onPowerOn(state: ControllerState): Moved {
  return to(state, ...state.doors.flatMap((door) => [
    event(door.doorNo, 'power-on'),
    ...(state.fireLatched ? [...released(door.doorNo), event(door.doorNo, 'fire')] : []),
  ]))
}

function onTamper(state: ControllerState, active: boolean): Moved {
  if (state.tampered === active) return undefined
  return to({ ...state, tampered: active }, ...state.doors.map((door) => event(door.doorNo, active ? 'tamper' : 'tamper-cleared')))
}

/** Firmware of a door controller. Undefined where the input changes nothing in this state or is refused. */
export const controllerMachine: Machine<ControllerState, ControllerInput, ControllerEffect> = (state, input) => {
  const door = 'doorNo' in input ? state.doors.find((candidate) => candidate.doorNo === input.doorNo) : undefined
  switch (input.kind) {
    case 'power-on': return onPowerOn(state)
    case 'command': return onCommand(state, input.command, input.monoMs)
    case 'mode': return onMode(state, input.command, input.monoMs)
    case 'malformed-command':
      return to(state, { kind: 'result', commandId: input.commandId, outcome: 'refused', reason: 'malformed' })
    case 'tick': return onTick(state, input.monoMs)
    case 'contact': return door === undefined ? undefined : onContact(state, door, input.contact, input.monoMs)
    case 'exit-button':
      return door === undefined ? undefined
        : release(state, door, input.monoMs + EXIT_RELEASE_MS, [event(door.doorNo, 'exit-button')])
    case 'fire-input': return onFireInput(state, input.active)
    case 'fire-reset': return onFireReset(state)
    case 'tamper': return onTamper(state, input.active)
    case 'held-open-after': return state.heldOpenAfterMs === input.ms ? undefined : to({ ...state, heldOpenAfterMs: input.ms })
  }
}
