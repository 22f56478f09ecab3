import { Type } from 'typebox'
import { Base64Text, Closed, Nullable, ShortText, Slug, UuidText, WallMs } from '#contract/wire-types.js'

const KINDS = ['card', 'phone-key', 'token', 'pin'] as const
const STATES = ['open', 'ended', 'all'] as const
const CAUSES = ['blocked', 'replaced', 'withdrawn', 'expired', 'person-removed', 'moved-out', 'visit-ended'] as const
const Pin = Type.String({ pattern: '^[0-9]{4,8}$', description: '4 to 8 digits; what is easy to guess is refused' })

const terms = {
  personRef: UuidText,
  replaces: Type.Optional(UuidText),
  validUntilMs: Type.Optional(WallMs),
}
export const CardBody = Closed({
  ...terms,
  number: Type.String({ minLength: 4, maxLength: 64, description: 'As read or typed: hexadecimal digits; blanks, colons and hyphens between them do not count' }),
})
export const PhoneBody = Closed({ ...terms, name: ShortText, publicKey: Type.String({ ...Base64Text(128), minLength: 80, description: 'ECDSA P-256, SPKI DER, base64' }) })
export const PrintedBody = Closed(terms)
export const PinBody = Closed({
  personRef: UuidText,
  pin: Type.Optional(Pin),
  duressPin: Type.Optional(Type.String({ ...Pin, description: 'Opens too, and calls for help' })),
})
export const NewCredential = Closed({ credentialId: UuidText })
export const NewPin = Closed({
  credentialId: UuidText, number: Type.String({ description: 'Typed before the PIN: number*PIN' }),
  pin: Nullable(Type.String({ description: 'Where the server made it up; shown here only' })),
})
export const NewPrinted = Closed({ credentialId: UuidText, code: Type.String({ description: 'Content of the QR code; shown here only' }) })
export const CredentialParams = Closed({ credentialId: UuidText })
export const CredentialQuery = Closed({
  estateId: Type.Optional(Slug), personRef: Type.Optional(UuidText), kind: Type.Optional(Type.Enum(KINDS)), state: Type.Optional(Type.Enum(STATES)),
  q: Type.Optional(Type.String({
    minLength: 1, maxLength: 64, pattern: '^[^%_\\\\]*$', description: 'Part of what tells it apart: the end of a card number, a PIN number, a phone\'s name',
  })),
  after: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Credentials in a page; 50 without it' })),
})
export const CredentialList = Closed({
  credentials: Type.Array(Closed({
    credentialId: UuidText, estateId: Slug, personRef: Nullable(UuidText), visitId: Nullable(UuidText), holderName: Nullable(Type.String()),
    kind: Type.Enum(KINDS), hint: Type.String(), validFromMs: WallMs, validUntilMs: WallMs, createdAtMs: WallMs,
    endedAtMs: Nullable(WallMs), endCause: Nullable(Type.Enum(CAUSES)), replacedBy: Nullable(UuidText),
    use: Nullable(Closed({ granted: Type.Integer(), refused: Type.Integer(), lastAtMs: WallMs, lastGateId: Slug, lastGateName: Type.String() })),
  })),
  next: Nullable(Type.String()),
})
