import type { RecordKind, RecordOf } from '#contract/sync-records.js'
import type { Uuid } from '#kernel/ids.js'

/** Where a record stands. Order is by place, never by clock. */
export interface Place {
  readonly gatewayId: Uuid
  readonly epoch: number
  readonly seq: number
}

/** Whose records: the gateway that signs them and the estate that it serves. */
export interface Origin {
  readonly gatewayId: Uuid
  readonly estateId: string
}

export interface PlacedRecord<Kind extends RecordKind = RecordKind> {
  readonly place: Place
  readonly body: RecordOf<Kind>
}

/** The records of one kind, in the order given. */
export const ofKind = <Kind extends RecordKind>(records: readonly PlacedRecord[], kind: Kind): PlacedRecord<Kind>[] =>
  records.filter((record): record is PlacedRecord<Kind> => record.body.kind === kind)

/**
 * True where `place` comes after `other`. Gateway ids are UUIDv7, so what the gateway that replaced another says comes
 * after all that the older one said.
 */
export function isAfter(place: Place, other: Place): boolean {
  if (place.gatewayId !== other.gatewayId) return place.gatewayId > other.gatewayId
  if (place.epoch !== other.epoch) return place.epoch > other.epoch
  return place.seq > other.seq
}

/** A value with the place of the record that said it. */
export interface Register<Value> extends Place {
  readonly value: Value
  /** The gateway's wall clock at that record. */
  readonly atMs: number
}

/** The later of two registers. Whatever the order of merging, the latest stays. */
export const later = <Value>(known: Register<Value> | undefined, said: Register<Value>): Register<Value> =>
  known === undefined || isAfter(said, known) ? said : known

/** The last of the records for each key: of several that overwrite one row only the latest is written. */
export function latestByKey<Item extends { readonly place: Place }>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const latest = new Map<string, Item>()
  for (const item of items) {
    const known = latest.get(keyOf(item))
    if (known === undefined || isAfter(item.place, known.place)) latest.set(keyOf(item), item)
  }
  return [...latest.values()]
}
