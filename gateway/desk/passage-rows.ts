import type { PassageV2 } from '#contract/passage-record.js'
import type { CurrentRecord } from '#contract/upgrade.js'
import type { LogPlace } from './ports.js'

/** How the controller answered a grant; null while it has not, and where there was nothing to answer. */
export interface DoorWord {
  readonly outcome: 'executed' | 'refused' | 'no-answer'
  readonly reason: string | null
}

/** Names for references, as they stand in erasable tables now; undefined where they are gone. */
export interface DeskNames {
  gate(gateId: string): string | undefined
  person(personRef: string): string | undefined
  visit(visitId: string): string | undefined
  operator(operatorRef: string): string | undefined
  /** What was remarked when it was opened by hand. */
  remark(passageId: string): string | undefined
}

/** One passage as the desk's list shows it. */
export interface PassageRow {
  /** `epoch-seq`: where the list goes on. */
  readonly place: string
  readonly passageId: string
  readonly atMs: number
  readonly gateId: string
  readonly gateName: string
  readonly way: PassageV2['way']
  readonly direction: PassageV2['direction']
  readonly result: PassageV2['result']
  readonly reason: PassageV2['reason']
  readonly remarks: PassageV2['remarks']
  readonly override: PassageV2['override']
  /** `none`: nobody was recognised; `erased`, `visit-over`: somebody whose name is gone. */
  readonly who: { readonly kind: 'person' | 'visitor'; readonly name: string } | { readonly kind: 'none' | 'erased' | 'visit-over' }
  readonly operatorName: string | null
  readonly remark: string | null
  readonly door: DoorWord | null
}

const whoOf = ({ personRef, visitId }: PassageV2, names: DeskNames): PassageRow['who'] => {
  const kind = personRef !== null ? 'person' : 'visitor'
  const name = personRef !== null ? names.person(personRef) : visitId !== null ? names.visit(visitId) : undefined
  if (personRef === null && visitId === null) return { kind: 'none' }
  if (name !== undefined) return { kind, name }
  return { kind: kind === 'person' ? 'erased' : 'visit-over' }
}

export function passageRow(record: PassageV2, place: LogPlace, names: DeskNames, door: DoorWord | null): PassageRow {
  const { passageId, occurredAtMs: atMs, gateId, way, direction, result, reason, remarks, override, operatorRef } = record
  return {
    place: `${place.epoch}-${place.seq}`, passageId, atMs, gateId, gateName: names.gate(gateId) ?? gateId, way, direction, result, reason, remarks, override,
    who: whoOf(record, names), operatorName: operatorRef === null ? null : names.operator(operatorRef) ?? null,
    remark: names.remark(passageId) ?? null, door,
  }
}

/** The controller's word in a record, with the passage it is about. */
export function doorWordOf(record: CurrentRecord): { readonly passageId: string; readonly word: DoorWord } | undefined {
  if (record.kind !== 'command-outcome.v1') return undefined
  return { passageId: record.passageId, word: { outcome: record.outcome, reason: record.reason } }
}
