import type { RecordBody } from '#contract/sync-records.js'
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

export interface PlacedRecord {
  readonly place: Place
  readonly body: RecordBody
}

/**
 * True where `place` comes after `other`. Gateway ids are UUIDv7, so what the gateway that replaced another says comes
 * after all that the older one said.
 */
export function isAfter(place: Place, other: Place): boolean {
  if (place.gatewayId !== other.gatewayId) return place.gatewayId > other.gatewayId
  if (place.epoch !== other.epoch) return place.epoch > other.epoch
  return place.seq > other.seq
}
