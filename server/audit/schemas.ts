import { Type } from 'typebox'
import { Closed, Nullable, Sha256Hex, UuidText, WallMs } from '#contract/wire-types.js'

const Seq = Type.Integer({ minimum: 0 })
/** References and settings, never a name, birth date or secret. */
const Facts = Nullable(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null(), Type.Array(Type.String())])))

export const AuditQuery = Closed({
  userId: Type.Optional(UuidText), action: Type.Optional(Type.String({ pattern: '^[a-z][a-z.-]{0,63}$', description: 'How the action begins' })),
  subject: Type.Optional(Type.String({ minLength: 3, maxLength: 200, description: 'Kind and key: bill:ID' })), fromMs: Type.Optional(WallMs), toMs: Type.Optional(WallMs),
  before: Type.Optional(Type.Integer({ minimum: 1, description: '`older` of the page before' })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
})
export const AuditPage = Closed({
  items: Type.Array(Closed({
    seq: Seq, atMs: Type.Integer(), userId: Nullable(Type.String()), userName: Nullable(Type.String()), action: Type.String(), subject: Type.String(),
    estateId: Nullable(Type.String()),
    before: Facts, after: Facts, hash: Sha256Hex,
  })),
  older: Nullable(Seq),
})
export const AuditChain = Closed({ entries: Seq, brokenAtSeq: Nullable(Seq) })
