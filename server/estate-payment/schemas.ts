import { Type } from 'typebox'
import { OutTradeNo, PAY_WAYS, PosSlip } from '#contract/till-messages.js'
import { Closed, LocalDate, Nullable, Slug, UuidText } from '#contract/wire-types.js'
import { PAYMENT_STATES } from './estate-payment-repository.js'

const Fen = Type.Integer({ minimum: 0 })
const Way = Type.Enum(PAY_WAYS)
const Number = Type.Integer({ minimum: 1 })

export const OrderParams = Closed({ outTradeNo: OutTradeNo })
export const PaymentQuery = Closed({
  estateId: Type.Optional(Slug), bizDate: Type.Optional(LocalDate), state: Type.Optional(Type.Enum(PAYMENT_STATES)),
  before: Type.Optional(Type.String({ maxLength: 200 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
})
export const PaymentPlace = Closed({ takenAtMs: Type.Integer(), paymentId: UuidText })
export const PaymentItem = Closed({
  paymentId: UuidText, estateId: Slug, deviceId: Slug, number: Number, way: Way, fen: Fen, householdNo: Type.String(), householdId: Nullable(Type.String()),
  billId: Nullable(Type.String()), outTradeNo: Nullable(Type.String()), pos: Nullable(PosSlip), takenAtMs: Type.Integer(), bizDate: Type.String(), state: Type.Enum(PAYMENT_STATES),
  prepaidFen: Fen, receivedAtMs: Type.Integer(),
})
export const PaymentPage = Closed({ items: Type.Array(PaymentItem), older: Nullable(Type.String()) })

const WaySum = Closed({ way: Way, count: Fen, fen: Fen })
const Sum = Closed({ count: Fen, fen: Fen })
const Difference = Type.Union([
  Closed({ kind: Type.Literal('not-counted') }),
  Closed({ kind: Type.Literal('sum'), way: Way, gateway: Sum, server: Sum }),
  Closed({ kind: Type.Literal('missing-numbers'), deviceId: Slug, from: Number, to: Number }),
  Closed({ kind: Type.Literal('after-count'), deviceId: Slug, number: Number, way: Way, fen: Fen }),
  Closed({ kind: Type.Literal('not-told'), outTradeNo: Type.String(), way: Way, fen: Fen }),
  Closed({ kind: Type.Literal('not-paid'), outTradeNo: Type.String(), deviceId: Slug, number: Number, way: Way, fen: Fen }),
  Closed({ kind: Type.Literal('conflict'), paymentId: UuidText, deviceId: Slug, number: Number, fen: Fen }),
])
export const CloseQuery = Closed({ estateId: Slug, fromDate: LocalDate, untilDate: LocalDate })
export const ComparedDays = Closed({
  days: Type.Array(Closed({
    estateId: Slug, bizDate: Type.String(), countedAtMs: Nullable(Type.Integer()), gateway: Type.Array(WaySum), server: Type.Array(WaySum), equal: Type.Boolean(),
    differences: Type.Array(Difference),
  })),
})
