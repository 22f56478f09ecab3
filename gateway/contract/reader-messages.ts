import { Type, type Static } from 'typebox'
import { PASSAGE_OUTCOMES } from './device-messages.js'
import { Closed, MonoMs, Nullable, ShortText, UuidText, WallMs } from './wire-types.js'

export const READER_WAYS = ['card', 'qr', 'pin'] as const
export type ReaderWay = (typeof READER_WAYS)[number]

/**
 * Somebody presents something at a reader. Never kept and never repeated: who was not answered presents it again. It is
 * as fresh as its transport, and a late answer opens nothing.
 */
export const CredentialV1 = Closed({
  v: Type.Literal(1),
  presentationId: UuidText,
  bootId: UuidText,
  monoMs: MonoMs,
  wallMs: WallMs,
  way: Type.Enum(READER_WAYS),
  /** Card: number in lower-case hex. QR: the code's text. PIN: `number*pin`. Never logged. */
  value: Type.String({ minLength: 1, maxLength: 512 }),
})
export type CredentialV1 = Static<typeof CredentialV1>

/** What a reader may show. Names nobody, and does not tell a wrong number from a wrong PIN. */
export const CredentialResultV1 = Closed({
  v: Type.Literal(1),
  presentationId: UuidText,
  outcome: Type.Enum(PASSAGE_OUTCOMES),
  /** A refusal code of the decision, null where granted. */
  reason: Nullable(ShortText),
  /** Nothing is accepted from this reader before; 0 where at once. */
  retryAfterMs: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
})
export type CredentialResultV1 = Static<typeof CredentialResultV1>
