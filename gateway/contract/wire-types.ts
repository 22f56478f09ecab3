import { Type, type TProperties, type TSchema } from 'typebox'

/** A closed object: a field that the schema does not name makes the message invalid. */
export const Closed = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false })

/** Name of an estate, gate or device as it stands in topics, paths and certificates. */
export const Slug = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' })
export const UuidText = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' })
export const Sha256Hex = Type.String({ pattern: '^[0-9a-f]{64}$' })
export const Base64Text = (bytesMax: number) =>
  Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$', maxLength: Math.ceil(bytesMax / 3) * 4 })
/** Milliseconds since the Unix epoch, up to the year 9999. A device's wall clock is a claim. */
export const WallMs = Type.Integer({ minimum: 0, maximum: 253_402_300_799_999 })
/** Milliseconds on the sender's monotonic clock, meaningful only together with its boot id. */
export const MonoMs = Type.Number({ minimum: 0, maximum: 1e13 })
export const Seq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const Epoch = Type.Integer({ minimum: 1, maximum: 1_000_000 })
export const ShortText = Type.String({ minLength: 1, maxLength: 64 })
/** Door number on its controller, from 1. */
export const DoorNo = Type.Integer({ minimum: 1, maximum: 8 })
/** `HH:MM`, 24 hours; `24:00` ends a day. Local time of the estate (Asia/Shanghai). */
export const TimeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$', maxLength: 5 })
/** Calendar day, local to the estate. */
export const LocalDate = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', maxLength: 10 })
export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([Type.Null(), schema])
