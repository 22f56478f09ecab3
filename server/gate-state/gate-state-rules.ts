import type { DoorEventType, DoorMode, DoorModeCause } from '#contract/device-messages.js'
import type { RecordOf } from '#contract/sync-records.js'
import { CHINA_OFFSET_MS } from '#kernel/schedule.js'
import { type PlacedRecord, type Register, isAfter, later } from '../sync/record-place.js'

/** Alarms that may stand at a gate, the most urgent first. Fire is no alarm among others: it has a field of its own. */
export const GATE_ALARMS = ['forced', 'tamper', 'held-open'] as const
export type GateAlarm = (typeof GATE_ALARMS)[number]

type Inputs = { readonly relay: 'locked' | 'released'; readonly contact: 'closed' | 'open'; readonly fire: boolean } & Readonly<Record<GateAlarm, boolean>>

/** Whether a gate works as usual, and if not, why. */
export interface GateMode {
  readonly mode: DoorMode
  readonly cause: DoorModeCause
}

/** What is known of a gate: each input with the place of the record that said it last. */
export type GateRegisters = { readonly [Name in keyof Inputs]?: Register<Inputs[Name]> } & { readonly mode?: Register<GateMode> }

/** What each event says. After power-on a controller's relays are locked and its alarms begin anew; the fire latch stays. */
const SAYS: Readonly<Record<DoorEventType, Partial<Inputs>>> = {
  'power-on': { relay: 'locked', forced: false, 'held-open': false, tamper: false },
  'relay-released': { relay: 'released' },
  'relay-locked': { relay: 'locked' },
  opened: { contact: 'open' },
  closed: { contact: 'closed' },
  'exit-button': {},
  forced: { forced: true },
  'forced-cleared': { forced: false },
  'held-open': { 'held-open': true },
  'held-open-cleared': { 'held-open': false },
  tamper: { tamper: true },
  'tamper-cleared': { tamper: false },
  fire: { fire: true },
  'fire-reset': { fire: false },
}

/** The registers after one more event, whatever the order in which events are taken. */
export function withDoorEvent(known: GateRegisters, { place, body }: PlacedRecord<'door-event.v1'>): GateRegisters {
  const said = Object.entries(SAYS[body.type]).map(([name, value]) => {
    const register = { ...place, atMs: body.occurredAtMs, value }
    return [name, later(known[name as keyof Inputs] as Register<typeof value> | undefined, register)]
  })
  return { ...known, ...Object.fromEntries(said) as GateRegisters }
}

/** The registers after one more mode, whatever the order in which they are taken. */
export const withDoorMode = (known: GateRegisters, { place, body }: PlacedRecord<'door-mode.v1'>): GateRegisters =>
  ({ ...known, mode: later(known.mode, { ...place, atMs: body.occurredAtMs, value: { mode: body.mode, cause: body.cause } }) })

export interface GateCondition {
  /** Null before anything was said of it. */
  readonly relay: 'locked' | 'released' | null
  readonly contact: 'closed' | 'open' | 'unknown'
  readonly fire: boolean
  readonly alarm: GateAlarm | null
  readonly mode: DoorMode
  /** Why it does not work as usual; null where it does. */
  readonly modeCause: DoorModeCause | null
  /** Time of the latest event that said something, null before the first. */
  readonly updatedAtMs: number | null
}

export function conditionOf(registers: GateRegisters): GateCondition {
  const all: ReadonlyArray<Register<unknown>> = Object.values(registers)
  const mode = registers.mode?.value
  const latest = all.reduce<Register<unknown> | undefined>((best, register) => (best === undefined || isAfter(register, best) ? register : best), undefined)
  return {
    relay: registers.relay?.value ?? null,
    contact: registers.contact?.value ?? 'unknown',
    fire: registers.fire?.value ?? false,
    alarm: GATE_ALARMS.find((name) => registers[name]?.value === true) ?? null,
    mode: mode?.mode ?? 'normal',
    modeCause: mode === undefined || mode.mode === 'normal' ? null : mode.cause,
    updatedAtMs: latest?.atMs ?? null,
  }
}

/** A gateway asks the server every few seconds; after this silence nobody knows what its devices do. */
export const GATEWAY_SILENT_MS = 60_000

/** What was heard last of a device, and of the gateway that spoke of it. */
export interface DeviceSigns {
  readonly status: RecordOf<'device-status.v2'>['status']
  /** The gateway's process began anew after this was said: it must hear of the device first. */
  readonly restartedSince: boolean
  readonly gatewayContactAtMs: number | null
}

/** Whether a device can be reached, as far as the server can know. */
export function deviceCondition(signs: DeviceSigns | undefined, nowMs: number): 'online' | 'offline' | 'unknown' {
  if (signs === undefined || signs.gatewayContactAtMs === null || signs.restartedSince) return 'unknown'
  return nowMs - signs.gatewayContactAtMs > GATEWAY_SILENT_MS ? 'unknown' : signs.status
}

const DAY_MS = 86_400_000

/** Midnight in Jiangmen that begins the day of `wallMs`. */
export const dayStartMs = (wallMs: number): number => Math.floor((wallMs + CHINA_OFFSET_MS) / DAY_MS) * DAY_MS - CHINA_OFFSET_MS
