import { Type, type Static } from 'typebox'

/** WeChat Pay adds fields at any time: what is not used here is let through and not looked at. */
const Fen = Type.Integer({ minimum: 0, maximum: 100_000_000_000 })
const Id = Type.String({ minLength: 1, maxLength: 64 })
const Rfc3339 = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$', maxLength: 40 })

export const TRADE_STATES = ['SUCCESS', 'REFUND', 'NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR'] as const

export const Transaction = Type.Object({
  mchid: Id,
  appid: Id,
  out_trade_no: Id,
  trade_state: Type.Enum(TRADE_STATES),
  transaction_id: Type.Optional(Id),
  success_time: Type.Optional(Rfc3339),
  amount: Type.Optional(Type.Object({ total: Fen, payer_total: Type.Optional(Fen), currency: Type.Optional(Type.String()) })),
})
export type Transaction = Static<typeof Transaction>

export const REFUND_STATES = ['SUCCESS', 'CLOSED', 'PROCESSING', 'ABNORMAL'] as const
const refundFields = {
  out_refund_no: Id, out_trade_no: Id, refund_id: Id, success_time: Type.Optional(Rfc3339),
  amount: Type.Object({ refund: Fen, total: Fen }),
}
export const Refund = Type.Object({ ...refundFields, status: Type.Enum(REFUND_STATES) })
export type Refund = Static<typeof Refund>
/** A refund as a notify says it: `mchid` and `refund_status` instead. */
export const RefundNotice = Type.Object({ ...refundFields, mchid: Id, refund_status: Type.Enum(REFUND_STATES) })
export type RefundNotice = Static<typeof RefundNotice>

export const Envelope = Type.Object({
  id: Id,
  event_type: Type.String({ maxLength: 64 }),
  resource: Type.Object({
    original_type: Type.Optional(Type.String({ maxLength: 32 })),
    algorithm: Type.Literal('AEAD_AES_256_GCM'),
    ciphertext: Type.String({ minLength: 24, maxLength: 65_536 }),
    associated_data: Type.Optional(Type.String({ maxLength: 16 })),
    nonce: Type.String({ minLength: 12, maxLength: 16 }),
  }),
})
export type Envelope = Static<typeof Envelope>

export const Failure = Type.Object({ code: Type.String({ maxLength: 64 }), message: Type.Optional(Type.String({ maxLength: 1_000 })) })
export type Failure = Static<typeof Failure>

export const CodeUrl = Type.Object({ code_url: Type.String({ minLength: 1, maxLength: 512 }) })
export const PrepayId = Type.Object({ prepay_id: Type.String({ minLength: 1, maxLength: 64 }) })
export const H5Url = Type.Object({ h5_url: Type.String({ minLength: 1, maxLength: 512 }) })
export const BillLink = Type.Object({
  download_url: Type.String({ maxLength: 2_048 }), hash_type: Type.Literal('SHA1'), hash_value: Type.String({ pattern: '^[0-9a-fA-F]{40}$' }),
})
export const CertificateList = Type.Object({
  data: Type.Array(Type.Object({
    serial_no: Type.String({ pattern: '^[0-9A-Fa-f]{1,40}$' }),
    expire_time: Rfc3339,
    encrypt_certificate: Type.Object({
      algorithm: Type.Literal('AEAD_AES_256_GCM'), nonce: Type.String(), associated_data: Type.Optional(Type.String()), ciphertext: Type.String(),
    }),
  }), { maxItems: 20 }),
})
export type CertificateList = Static<typeof CertificateList>
