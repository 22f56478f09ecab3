import { Type } from 'typebox'
import { Base64Text, Closed, LocalDate, Nullable, ShortText, UuidText, WallMs } from '#contract/wire-types.js'
import { ROLES } from '../auth/roles.js'
import { Fen } from '../billing/schemas.js'
import { MEMBER_ROLES } from '../household/lease-rules.js'
import { NOTICE_KINDS } from './home-rules.js'
import { LOOKS } from './look-rules.js'

export const HomeAnswer = Closed({
  person: Closed({ personRef: UuidText, displayName: Type.String(), estateName: Type.String(), unitLabel: Type.String() }),
  owed: Closed({ fen: Fen, overdueFen: Fen, dueDate: Nullable(LocalDate), billId: Nullable(UuidText), bills: Type.Integer() }),
  face: Type.Enum(['on', 'to-enrol', 'off']),
  cards: Type.Integer(),
  notices: Type.Array(Closed({ kind: Type.Enum([...NOTICE_KINDS]), fen: Nullable(Fen), days: Nullable(Type.Integer()), billId: Nullable(UuidText) })),
})

export const PassList = Closed({
  credentials: Type.Array(Closed({
    credentialId: UuidText, kind: Type.Enum(['card', 'phone-key', 'token', 'pin']), hint: Type.String(), validUntilMs: WallMs, createdAtMs: WallMs,
    lastAtMs: Nullable(WallMs), lastGateName: Nullable(Type.String()),
  })),
})
export const MyPhoneBody = Closed({ name: ShortText, publicKey: Type.String({ ...Base64Text(128), minLength: 80, description: 'ECDSA P-256, SPKI DER, base64' }) })
export const NewPhone = Closed({ credentialId: UuidText })
export const CredentialParams = Closed({ credentialId: UuidText })

export const ConsentListAnswer = Closed({
  consents: Type.Array(Closed({
    consentId: UuidText, personName: Type.String(), own: Type.Boolean(), noticeVersion: Type.String(), grantedAtMs: WallMs, expiresAtMs: WallMs, endedAtMs: Nullable(WallMs),
    endCause: Nullable(Type.String()), held: Type.Enum(['none', 'held', 'erasing', 'erased']),
  })),
})
export const ConsentBody = Closed({ noticeVersion: ShortText })
export const NewConsent = Closed({ consentId: UuidText })
export const ConsentParams = Closed({ consentId: UuidText })

export const PassageQuery = Closed({ before: Type.Optional(Type.String({ maxLength: 200, description: '`older` of the page before' })) })
export const PassagePage = Closed({
  items: Type.Array(Closed({
    passageId: UuidText, gateName: Type.String(), way: Type.String(), direction: Type.String(), result: Type.String(), reason: Nullable(Type.String()), occurredAtMs: WallMs,
  })),
  older: Nullable(Type.String()),
})
export const LookList = Closed({
  looks: Type.Array(Closed({ atMs: WallMs, what: Type.Enum([...LOOKS]), byMasked: Nullable(Type.String()), role: Nullable(Type.Enum([...ROLES])) })),
})
const Household = Closed({
  householdNo: Type.String(), lease: Nullable(Closed({ leaseNo: Type.String(), unitLabel: Type.String(), fromDate: LocalDate, untilDate: LocalDate })),
  members: Type.Array(Closed({ displayName: Type.String(), role: Type.Enum([...MEMBER_ROLES]), me: Type.Boolean() })),
})
export const HouseholdAnswer = Closed({ household: Nullable(Household) })
