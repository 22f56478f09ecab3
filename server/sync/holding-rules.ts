import type { RecordOf } from '#contract/sync-records.js'
import { type PlacedRecord, type Register, isAfter, later } from './record-place.js'

/** What one gateway said of the templates it holds under one consent. */
export interface HoldingRegisters {
  /** Templates that the latest enrolment stored. */
  readonly enrolled?: Register<number>
  /** Templates that the latest erasure removed. */
  readonly erased?: Register<number>
}

export type HoldingRecord = PlacedRecord<'enrolment.v1'> | PlacedRecord<'erasure.v1'>

const isEnrolment = (body: RecordOf<'enrolment.v1' | 'erasure.v1'>): body is RecordOf<'enrolment.v1'> => body.kind === 'enrolment.v1'

/** The registers after one more record, whatever the order in which records are taken. */
export function withHolding(known: HoldingRegisters, { place, body }: HoldingRecord): HoldingRegisters {
  const register = (value: number): Register<number> => ({ ...place, atMs: body.occurredAtMs, value })
  if (isEnrolment(body)) return { ...known, enrolled: later(known.enrolled, register(body.templates)) }
  return { ...known, erased: later(known.erased, register(body.templatesRemoved)) }
}

export interface Holding {
  readonly templates: number
  readonly enrolledAtMs: number | null
  /** Null also where something was enrolled after the last erasure: it is held. */
  readonly erasedAtMs: number | null
  readonly templatesRemoved: number | null
}

export function holdingOf({ enrolled, erased }: HoldingRegisters): Holding {
  const gone = erased !== undefined && (enrolled === undefined || isAfter(erased, enrolled)) ? erased : undefined
  return {
    templates: enrolled?.value ?? 0, enrolledAtMs: enrolled?.atMs ?? null,
    erasedAtMs: gone?.atMs ?? null, templatesRemoved: gone?.value ?? null,
  }
}
