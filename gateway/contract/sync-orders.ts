import { Type, type Static } from 'typebox'
import { DOOR_MODES } from './device-messages.js'
import { OVERRIDE_REASONS } from './passage-record.js'
import { Closed, Sha256Hex, ShortText, Slug, UuidText } from './wire-types.js'

/**
 * What somebody at the server wants done at the estate now. An order is given out again until its `order-result.v1` came
 * or its time is over; the gateway carries out an `orderId` once. No clock of the one is read by the other: the answer says
 * how much of the order's time is left.
 */
const common = { orderId: UuidText, remainingMs: Type.Integer({ minimum: 1, maximum: 31 * 86_400_000 }), operatorRef: UuidText }

export const OpenDoorOrderV1 = Closed({ kind: Type.Literal('open-door.v1'), ...common, gateId: Slug, reason: Type.Enum(OVERRIDE_REASONS) })
export const DoorModeOrderV1 = Closed({ kind: Type.Literal('door-mode.v1'), ...common, gateId: Slug, mode: Type.Enum(DOOR_MODES), reason: Type.Enum(OVERRIDE_REASONS) })
export const AlarmOrderV1 = Closed({
  kind: Type.Literal('alarm.v1'), ...common, alarmId: UuidText, state: Type.Union([Type.Literal('acknowledged'), Type.Literal('cleared')]),
})
export const RevokeDeviceOrderV1 = Closed({ kind: Type.Literal('revoke-device.v1'), ...common, deviceId: Slug })
/** The gateway fetches the file from the server, compares, keeps it, and offers it to the device. */
export const FirmwareOrderV1 = Closed({
  kind: Type.Literal('firmware.v1'), ...common, jobId: UuidText, deviceId: Slug, version: ShortText,
  bytes: Type.Integer({ minimum: 1, maximum: 268_435_456 }), sha256: Sha256Hex,
})
/** A claim code was given out: who shows it gets a certificate for this device (`codeSha256` of its text). */
export const ClaimDeviceOrderV1 = Closed({
  kind: Type.Literal('claim-device.v1'), ...common, deviceId: Slug,
  deviceKind: Type.Union([Type.Literal('camera'), Type.Literal('controller'), Type.Literal('reader'), Type.Literal('till')]), codeSha256: Sha256Hex,
})

export const ORDER_SCHEMAS = {
  'open-door.v1': OpenDoorOrderV1, 'door-mode.v1': DoorModeOrderV1, 'alarm.v1': AlarmOrderV1,
  'revoke-device.v1': RevokeDeviceOrderV1, 'firmware.v1': FirmwareOrderV1, 'claim-device.v1': ClaimDeviceOrderV1,
} as const
export type OrderKind = keyof typeof ORDER_SCHEMAS
export type OrderOf<Kind extends OrderKind> = Static<(typeof ORDER_SCHEMAS)[Kind]>
export type Order = { [Kind in OrderKind]: OrderOf<Kind> }[OrderKind]

/**
 * What the gateway reads of an answer at first: each order is held to its own schema after it, so that one of a kind that a newer server has does not
 * stand in the way of the others.
 */
export const OrdersEnvelope = Type.Object({ orders: Type.Array(Type.Unknown(), { maxItems: 50 }) })

/** An order that this gateway cannot carry out; null where it does not even say which it is. */
export interface StrangeOrder {
  readonly orderId: string | null
  /** As it says, cut to what a log line takes. */
  readonly kind: string
  readonly reason: 'unknown-kind' | 'malformed'
}

/** `GET orders?waitMs=N`: answered when there is one, or empty after the wait. */
export const OrdersResponseV1 = Closed({ orders: Type.Array(Type.Unsafe<Order>(Type.Union(Object.values(ORDER_SCHEMAS))), { maxItems: 50 }) })
export type OrdersResponseV1 = Static<typeof OrdersResponseV1>
