import { Type, type Static } from 'typebox'
import { Closed, DoorNo, MonoMs, ShortText, UuidText, WallMs } from './wire-types.js'

/** First message after every connect. A new `bootId` voids all that was sent to the old one. */
export const HelloV1 = Closed({
  v: Type.Literal(1),
  bootId: UuidText,
  monoMs: MonoMs,
  wallMs: WallMs,
  model: ShortText,
  firmware: ShortText,
  capabilities: Type.Array(ShortText, { maxItems: 32 }),
})
export type HelloV1 = Static<typeof HelloV1>

export const DoorStatusV1 = Closed({
  doorNo: DoorNo,
  relay: Type.Union([Type.Literal('locked'), Type.Literal('released')]),
  contact: Type.Union([Type.Literal('closed'), Type.Literal('open'), Type.Literal('unknown')]),
  fire: Type.Boolean(),
})
export type DoorStatusV1 = Static<typeof DoorStatusV1>

/** The clock statement that door commands are dated by; sent at least every `heartbeatSeconds`. */
export const HeartbeatV1 = Closed({
  v: Type.Literal(1),
  bootId: UuidText,
  monoMs: MonoMs,
  wallMs: WallMs,
  /** One entry a door; empty for cameras. */
  doors: Type.Array(DoorStatusV1, { maxItems: 8 }),
  /** Events that the device still keeps because no acknowledgement came. */
  pendingEvents: Type.Integer({ minimum: 0, maximum: 1e9 }),
})
export type HeartbeatV1 = Static<typeof HeartbeatV1>

export const DOOR_EVENT_TYPES = [
  'power-on', 'relay-released', 'relay-locked', 'opened', 'closed', 'exit-button',
  'forced', 'forced-cleared', 'held-open', 'held-open-cleared', 'tamper', 'tamper-cleared', 'fire', 'fire-reset',
] as const
export type DoorEventType = (typeof DOOR_EVENT_TYPES)[number]

/** Kept by the device until `eventAck` names its `eventId`; a repeat has the same id and the same content. */
export const DoorEventV1 = Closed({
  v: Type.Literal(1),
  eventId: UuidText,
  bootId: UuidText,
  monoMs: MonoMs,
  wallMs: WallMs,
  doorNo: DoorNo,
  type: Type.Enum(DOOR_EVENT_TYPES),
  /** False where the event was kept from before the present connection. */
  live: Type.Boolean(),
})
export type DoorEventV1 = Static<typeof DoorEventV1>

/** Opens a door once. The controller refuses another boot id, a passed deadline and a repeated id. */
export const DoorCommandV1 = Closed({
  v: Type.Literal(1),
  commandId: UuidText,
  /** The controller's own boot id: an answer to an earlier life is void. */
  bootId: UuidText,
  doorNo: DoorNo,
  action: Type.Literal('open'),
  /** How long the relay stays released, milliseconds. */
  releaseMs: Type.Integer({ minimum: 200, maximum: 60_000 }),
  /** On the controller's own monotonic clock. At or after it the command is dead. */
  deadlineMonoMs: MonoMs,
  /** Age of the frame behind the command when it was sent, on the gateway's monotonic clock; 0 without a frame. */
  frameAgeMs: Type.Number({ minimum: 0, maximum: 60_000 }),
})
export type DoorCommandV1 = Static<typeof DoorCommandV1>

export const DOOR_MODES = ['normal', 'kept-open', 'kept-locked'] as const
export type DoorMode = (typeof DOOR_MODES)[number]
export const DOOR_MODE_CAUSES = ['operator', 'schedule', 'fire-zone'] as const
export type DoorModeCause = (typeof DOOR_MODE_CAUSES)[number]

/**
 * Holds a door open or locked until told otherwise; answered by `commandResult` like an opening. A controller with a
 * fire input set obeys no `kept-locked`, and one told `fire-zone` leaves it only by `normal` (GB 50396-2007 §9.0.1).
 */
export const DoorModeV1 = Closed({
  v: Type.Literal(1),
  commandId: UuidText,
  bootId: UuidText,
  doorNo: DoorNo,
  mode: Type.Enum(DOOR_MODES),
  cause: Type.Enum(DOOR_MODE_CAUSES),
  /** On the controller's own monotonic clock. At or after it the command is dead. */
  deadlineMonoMs: MonoMs,
})
export type DoorModeV1 = Static<typeof DoorModeV1>

export const COMMAND_REFUSALS = ['expired', 'repeated', 'other-boot', 'unknown-door', 'malformed', 'fire'] as const
export type CommandRefusal = (typeof COMMAND_REFUSALS)[number]

/** The controller's answer to `doorCommand` and `doorMode`; kept like an event until acknowledged. */
export const CommandResultV1 = Closed({
  v: Type.Literal(1),
  eventId: UuidText,
  commandId: UuidText,
  bootId: UuidText,
  monoMs: MonoMs,
  wallMs: WallMs,
  outcome: Type.Union([Type.Literal('executed'), Type.Literal('refused')]),
  reason: Type.Union([Type.Null(), Type.Enum(COMMAND_REFUSALS)]),
})
export type CommandResultV1 = Static<typeof CommandResultV1>

/** Sent after the commit, never before: from here on the device may forget these events. */
export const EventAckV1 = Closed({
  v: Type.Literal(1),
  eventIds: Type.Array(UuidText, { minItems: 1, maxItems: 64 }),
})
export type EventAckV1 = Static<typeof EventAckV1>

export const PASSAGE_OUTCOMES = ['granted', 'refused', 'no-face'] as const

/** What a camera may show to the person in front of it. Names nobody. */
export const FrameResultV1 = Closed({
  v: Type.Literal(1),
  frameId: UuidText,
  outcome: Type.Enum(PASSAGE_OUTCOMES),
  /** A refusal code of the decision, null where granted. */
  reason: Type.Union([Type.Null(), ShortText]),
})
export type FrameResultV1 = Static<typeof FrameResultV1>

export const NOTICE_CODES = ['malformed', 'oversized', 'unknown-kind', 'not-yours', 'undecodable-frame'] as const
export type NoticeCode = (typeof NOTICE_CODES)[number]

/** Tells a device that a message of its own was not accepted and why. At most one a second a device. */
export const DeviceNoticeV1 = Closed({
  v: Type.Literal(1),
  about: ShortText,
  code: Type.Enum(NOTICE_CODES),
  detail: Type.String({ maxLength: 200 }),
})
export type DeviceNoticeV1 = Static<typeof DeviceNoticeV1>
