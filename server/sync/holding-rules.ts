import type { RecordOf } from '#contract/sync-records.js'
import { type PlacedRecord, type Register, isAfter, later } from './record-place.js'

/** What one gateway said of the templates it holds under one consent. */
export interface HoldingRegisters {
  /** Templates that the latest enrolment stored. */
  readonly enrolled?: Register<number>
  /** Templates that the latest erasure removed. */
  readonly erased?: Register<number>
  /** Face terminals of the estate that match by themselves, and whether each still holds the face. */
  readonly terminals?: Readonly<Record<string, Register<TerminalHold>>>
}

/** `pending`: it was told to let go and has not proven it. */
export type TerminalHold = RecordOf<'terminal-erasure.v1'>['state']

export type HoldingRecord = PlacedRecord<'enrolment.v1'> | PlacedRecord<'erasure.v1'> | PlacedRecord<'terminal-erasure.v1'>

/** The registers after one more record, whatever the order in which records are taken. */
export function withHolding(known: HoldingRegisters, { place, body }: HoldingRecord): HoldingRegisters {
  const register = <Value>(value: Value): Register<Value> => ({ ...place, atMs: body.occurredAtMs, value })
  switch (body.kind) {
    case 'enrolment.v1': return { ...known, enrolled: later(known.enrolled, register(body.templates)) }
    case 'erasure.v1': return { ...known, erased: later(known.erased, register(body.templatesRemoved)) }
    case 'terminal-erasure.v1': {
      const { deviceId, state } = body
      return { ...known, terminals: { ...known.terminals, [deviceId]: later(known.terminals?.[deviceId], register(state)) } }
    }
  }
}

export interface Holding {
  readonly templates: number
  readonly enrolledAtMs: number | null
  /** Null also where something was enrolled after the last erasure, and while a terminal of the estate has the face: it is held. */
  readonly erasedAtMs: number | null
  readonly templatesRemoved: number | null
}

export function holdingOf({ enrolled, erased, terminals = {} }: HoldingRegisters): Holding {
  const gone = erased !== undefined && (enrolled === undefined || isAfter(erased, enrolled)) ? erased : undefined
  const holds = Object.values(terminals)
  const isProven = gone !== undefined && holds.every((hold) => hold.value === 'done')
  return {
    templates: enrolled?.value ?? 0, enrolledAtMs: enrolled?.atMs ?? null,
    erasedAtMs: isProven ? Math.max(gone.atMs, ...holds.map((hold) => hold.atMs)) : null, templatesRemoved: gone?.value ?? null,
  }
}

/** Terminals that ever had the face, by their ids. */
export const terminalHolds = ({ terminals = {} }: HoldingRegisters): Array<{ deviceId: string; state: TerminalHold }> =>
  Object.entries(terminals).map(([deviceId, { value }]) => ({ deviceId, state: value })).sort((one, other) => (one.deviceId < other.deviceId ? -1 : 1))
