import { Type, type Static } from 'typebox'
import { RosterItem } from './sync-roster.js'
import { Base64Text, Closed, Epoch, Seq, Sha256Hex, ShortText, Slug, UuidText } from './wire-types.js'

/** Header of the question for orders: a UUID of the asking process. A server that does not know it ignores it. */
export const LIFE_HEADER = 'x-gateway-life'

/** Requests of a gateway to the server, JSON over HTTPS; all but `claim` carry `Authorization: Bearer <credential>`. */
export const SYNC_PATHS = {
  claim: '/api/gateway/v1/claim',
  epoch: '/api/gateway/v1/epoch',
  records: '/api/gateway/v1/records',
  roster: '/api/gateway/v1/roster',
  orders: '/api/gateway/v1/orders',
  /** Followed by `/{jobId}`: the file of a firmware order. */
  firmware: '/api/gateway/v1/firmware',
} as const

/** Turns a one-time claim token into this gateway's identity and credential. */
export const ClaimRequestV1 = Closed({
  claimToken: Type.String({ pattern: '^[A-Za-z0-9_-]{20,64}$' }),
  /** Ed25519 public key, SPKI DER, base64: verifies chain heads. */
  signingPublicKey: Base64Text(128),
})
export const ClaimResponseV1 = Closed({ gatewayId: UuidText, estateId: Slug, credential: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) })

/** A head and the gateway's Ed25519 signature over it. */
export const SignedHeadV1 = Closed({
  epoch: Epoch,
  seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  hash: Sha256Hex,
  signature: Base64Text(64),
})

/** Asks for an epoch to write in: with the head it holds, or null where its log is new or lost. */
export const EpochRequestV1 = Closed({ head: Type.Union([Type.Null(), SignedHeadV1]) })
/**
 * The granted epoch and the hash its first record follows. The same epoch goes on where the gateway's head is at or
 * past the server's; a new one starts from the last head that the server holds, so no tail vanishes under it.
 */
export const EpochResponseV1 = Closed({ epoch: Epoch, continues: Type.Boolean(), startHash: Sha256Hex })

export const SyncRecordV1 = Closed({ seq: Seq, payload: Type.String({ minLength: 2, maxLength: 4_096 }), hash: Sha256Hex })

/** Consecutive records of one epoch, oldest first; `previousHash` is the hash before the first. */
export const RecordsRequestV1 = Closed({
  epoch: Epoch,
  previousHash: Sha256Hex,
  records: Type.Array(SyncRecordV1, { minItems: 1, maxItems: 500 }),
  head: SignedHeadV1,
})
const Range = Closed({ from: Seq, to: Seq })
export const RecordsResponseV1 = Closed({
  epoch: Epoch,
  /** All of 1…contiguousSeq are stored; the gateway may forget them. */
  contiguousSeq: Type.Integer({ minimum: 0 }),
  /** Ranges stored beyond it. */
  ahead: Type.Array(Range, { maxItems: 100 }),
  /** Ranges that are missing before the highest stored seq. */
  missing: Type.Array(Range, { maxItems: 100 }),
  stored: Type.Integer({ minimum: 0 }),
  duplicates: Type.Integer({ minimum: 0 }),
})

/**
 * What a gateway understands, sent with every roster question as `contract=N`; without it 1. The server gives each gateway
 * what it understands, and to one that cannot be told of a restriction nothing that would need it.
 */
export const CONTRACT_VERSION = 2

/** `GET roster?cursor=N&limit=M&contract=V`; cursor 0 asks for everything. */
export const RosterResponseV1 = Closed({
  items: Type.Array(RosterItem, { maxItems: 500 }),
  /** Ask from here next time. */
  cursor: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  /** False where more is ready now. */
  complete: Type.Boolean(),
})

/** Body of every error answer. */
export const ApiErrorV1 = Closed({ code: ShortText, message: Type.String({ maxLength: 500 }), details: Type.Optional(Type.Record(Type.String(), Type.Unknown())) })

export type ClaimRequestV1 = Static<typeof ClaimRequestV1>
export type ClaimResponseV1 = Static<typeof ClaimResponseV1>
export type SignedHeadV1 = Static<typeof SignedHeadV1>
export type EpochRequestV1 = Static<typeof EpochRequestV1>
export type EpochResponseV1 = Static<typeof EpochResponseV1>
export type SyncRecordV1 = Static<typeof SyncRecordV1>
export type RecordsRequestV1 = Static<typeof RecordsRequestV1>
export type RecordsResponseV1 = Static<typeof RecordsResponseV1>
export type RosterResponseV1 = Static<typeof RosterResponseV1>
