import { Type } from 'typebox'
import { Closed, ShortText, Slug, UuidText } from '#contract/wire-types.js'
import { RECEIPT_STATES } from './receipt-repository.js'
import { VOUCHER_KINDS, VOUCHER_STATES } from './voucher-repository.js'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Fen = Type.Integer({ minimum: 0 })
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
const Code = Type.String({ minLength: 1, maxLength: 32, pattern: '^[0-9A-Za-z._-]+$' })
const Name = Type.String({ minLength: 1, maxLength: 80 })
const TRANSITS = ['wechat', 'alipay', 'pos'] as const

export const TermsBody = Closed({
  mode: Type.Union([Type.Literal('direct'), Type.Literal('agency')]), treasuryCode: Code, collectorCode: Code, unitCode: Code, unitName: Name, itemCode: Code, itemName: Name,
  budgetLevel: Name, bankAccount: Code, receiptPlace: Code, receiptBatch: Type.String({ pattern: '^\\d{8}$' }), receiptName: Name,
})
export const TermsParams = Closed({ estateId: Slug, fromDate: Day })
export const TermsQuery = Closed({ estateId: Slug, date: Day })
export const TermsAnswer = Closed({ terms: OrNull(TermsBody) })

export const DueAnswer = Closed({ estateId: Slug, untilDate: Day, collectedFen: Type.Integer(), vouchedFen: Fen, dueFen: Type.Integer() })

export const VoucherBody = Closed({
  estateId: Slug, kind: Type.Enum(VOUCHER_KINDS), untilDate: Day, channel: OrNull(Type.Enum(TRANSITS)), merchantId: OrNull(Code),
  fen: OrNull(Type.Integer({ minimum: 1, maximum: 100_000_000_000_000 })), paymentCode: OrNull(Code),
})
export const VoucherMade = Closed({ voucherId: UuidText })
export const VoucherParams = Closed({ voucherId: UuidText })
export const VoucherDecision = Closed({ decision: Type.Union([Type.Literal('approve'), Type.Literal('reject')]) })
export const VoucherProof = Closed({ bankSerial: Code, doneOn: Day, paymentCode: OrNull(Code) })
export const VoucherItem = Closed({
  voucherId: UuidText, estateId: Slug, kind: Type.Enum(VOUCHER_KINDS), fromDate: Day, untilDate: Day, account: ShortText, accountOf: ShortText, fen: Fen, content: Type.String(),
  state: Type.Enum(VOUCHER_STATES), paymentCode: OrNull(Type.String()), bankSerial: OrNull(Type.String()), doneOn: OrNull(Day), makerId: UuidText, checkerId: OrNull(UuidText),
  createdAtMs: Type.Integer(), doneAtMs: OrNull(Type.Integer()),
})
export const VoucherList = Closed({ items: Type.Array(VoucherItem) })
export const EstateQuery = Closed({ estateId: Type.Optional(Slug) })
export const Done = Closed({ done: Type.Literal(true) })

const Aged = Closed({ date: Day, fen: Fen, days: Type.Integer() })
export const TransitAnswer = Closed({
  date: Day, overdueFen: Fen,
  lines: Type.Array(Closed({ estateId: Type.String(), account: ShortText, of: OrNull(Type.String()), fen: Fen, overdueFen: Fen, days: Type.Array(Aged) })),
})

export const ReceiptQuery = Closed({ estateId: Type.Optional(Slug), state: Type.Optional(Type.Enum(RECEIPT_STATES)), billId: Type.Optional(Type.String({ maxLength: 64 })) })
export const ReceiptItem = Closed({
  receiptNo: Type.String(), estateId: Slug, householdId: Type.String(), billId: Type.String(), turn: Type.Integer(),
  kind: Type.Union([Type.Literal('issue'), Type.Literal('reversal')]),
  totalFen: Fen, content: Type.String(), state: Type.Enum(RECEIPT_STATES), billBatchCode: OrNull(Type.String()), billNo: OrNull(Type.String()), checkCode: OrNull(Type.String()),
  issuedAtMs: OrNull(Type.Integer()), busAtMs: Type.Integer(), attempts: Type.Integer(), problem: OrNull(Type.String()),
})
export const ReceiptList = Closed({ items: Type.Array(ReceiptItem) })
export const GapList = Closed({
  batches: Type.Array(Closed({
    billBatchCode: Type.String(), issued: Type.Integer(), gaps: Type.Array(Closed({ from: Type.String(), until: Type.String(), count: Type.Integer() })),
  })),
})
