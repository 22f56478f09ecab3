import { Type } from 'typebox'
import { Closed, ShortText, Slug, UuidText } from '#contract/wire-types.js'
import { CHANNELS, SCENES } from './channel/channel-port.js'
import { ORDER_STATES } from './order-machine.js'
import { REFUND_STATES } from './refund-repository.js'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Fen = Type.Integer({ minimum: 0 })
export const OrderNo = Type.String({ pattern: '^[0-9A-Za-z_-]{6,32}$' })
const BillId = Type.String({ minLength: 1, maxLength: 64 })

export const PayStepSchema = Type.Union([
  Closed({ kind: Type.Literal('qr'), text: Type.String() }), Closed({ kind: Type.Literal('redirect'), url: Type.String() }),
  Closed({ kind: Type.Literal('bridge'), parameters: Type.Record(Type.String(), Type.String()) }),
])
export const OrderBody = Closed({ billId: BillId, channel: Type.Enum(CHANNELS), scene: Type.Enum(SCENES) })
export const PlacedOrderSchema = Closed({ outTradeNo: OrderNo, totalFen: Fen, expiresAtMs: Type.Integer(), payStep: PayStepSchema })

export const OrderParams = Closed({ outTradeNo: OrderNo })
export const OrderItem = Closed({
  outTradeNo: OrderNo, estateId: Slug, householdId: Type.String(), billId: BillId, channel: Type.Enum(CHANNELS), merchantId: Type.String(), totalFen: Fen,
  description: Type.String(),
  state: Type.Enum(ORDER_STATES), createdAtMs: Type.Integer(), expiresAtMs: Type.Integer(), transactionId: OrNull(Type.String()), paidFen: Fen, paidAtMs: OrNull(Type.Integer()),
  bizDate: OrNull(Type.String()), refundedFen: Fen, prepaidFen: Fen,
})
export const OrderQuery = Closed({
  estateId: Type.Optional(Slug), state: Type.Optional(Type.Enum(ORDER_STATES)), channel: Type.Optional(Type.Enum(CHANNELS)),
  before: Type.Optional(Type.String({ maxLength: 200 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
})
export const OrderPage = Closed({ items: Type.Array(OrderItem), older: OrNull(Type.String()) })
export const OrderPlace = Closed({ createdAtMs: Type.Integer(), outTradeNo: OrderNo })

export const RefundBody = Closed({ outTradeNo: OrderNo, refundFen: Type.Integer({ minimum: 1, maximum: 100_000_000_000 }), reason: Type.String({ minLength: 2, maxLength: 80 }) })
export const RefundParams = Closed({ outRefundNo: OrderNo })
export const DecisionBody = Closed({ decision: Type.Union([Type.Literal('approve'), Type.Literal('reject')]) })
export const RefundItem = Closed({
  outRefundNo: OrderNo, outTradeNo: OrderNo, estateId: Slug, refundFen: Fen, reason: Type.String(), state: Type.Enum(REFUND_STATES),
  makerId: OrNull(UuidText), checkerId: OrNull(UuidText),
  createdAtMs: Type.Integer(), refundId: OrNull(Type.String()),
  /** Who proposed to pay it out otherwise; null where nobody did. */
  payoutMakerId: OrNull(UuidText),
})
export const RefundQuery = Closed({ estateId: Type.Optional(Slug), state: Type.Optional(Type.Enum(REFUND_STATES)) })
export const RefundList = Closed({ items: Type.Array(RefundItem) })

export const SuspenseItemSchema = Closed({
  suspenseId: UuidText, estateId: Type.String(), channel: ShortText, merchantId: Type.String(), outTradeNo: Type.String(), transactionId: Type.String(),
  /** Below zero where a settlement came short. */
  fen: Type.Integer(),
  cause: ShortText, state: ShortText,
  createdAtMs: Type.Integer(),
})
export const SuspenseList = Closed({ items: Type.Array(SuspenseItemSchema) })

export const SuspenseParams = Closed({ suspenseId: UuidText })
export const ResolutionBody = Type.Union([
  Closed({ kind: Type.Literal('bill'), billId: BillId }), Closed({ kind: Type.Literal('prepayment'), householdId: UuidText }),
  Closed({ kind: Type.Literal('return'), reason: Type.String({ minLength: 2, maxLength: 80 }) }),
  Closed({ kind: Type.Literal('charge'), reason: Type.String({ minLength: 2, maxLength: 80 }) }), Closed({ kind: Type.Literal('offset'), suspenseId: UuidText }),
])
export const PayoutBody = Closed({
  slipNo: Type.String({ minLength: 1, maxLength: 32, pattern: '^[0-9A-Za-z._-]+$' }), slipSha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  payeeName: Type.String({ minLength: 2, maxLength: 40, pattern: '^[^\\p{Cc}]+$' }), payeeIdTail: Type.String({ pattern: '^[0-9]{3}[0-9X]$' }),
  desk: OrNull(Type.String({ minLength: 1, maxLength: 64 })),
})
export const RefundPayoutBody = Closed({
  way: Type.Union([Type.Literal('cash'), Type.Literal('bank')]), placeOf: Type.String({ pattern: '^[0-9A-Za-z-]{1,40}$' }),
  slipNo: PayoutBody.properties.slipNo, slipSha256: PayoutBody.properties.slipSha256, payeeName: PayoutBody.properties.payeeName, payeeIdTail: PayoutBody.properties.payeeIdTail,
})
export const PayoutDone = Closed({ paidAtMs: Type.Integer() })
export const SuspenseDecided = Closed({ outRefundNo: OrNull(OrderNo) })
