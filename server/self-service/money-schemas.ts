import { Type } from 'typebox'
import { Closed, LocalDate, Nullable, UuidText, WallMs } from '#contract/wire-types.js'
import { BILL_KINDS } from '../billing/bill-rules.js'
import { BillCardAnswer, Fen } from '../billing/schemas.js'
import { CHANNELS } from '../payment/channel/channel-port.js'
import { OrderNo, PayStepSchema, PlacedOrderSchema } from '../payment/schemas.js'
import { PAYMENT_STATES } from './my-payment-rules.js'

export const BillParams = Closed({ billId: UuidText })
export const PaymentParams = Closed({ outTradeNo: OrderNo })

const bill = {
  billId: UuidText, kind: Type.Enum([...BILL_KINDS]), period: Type.String(), label: Type.String(), unitLabel: Type.String(), fromDate: LocalDate, untilDate: LocalDate,
  issuedOn: LocalDate, dueDate: LocalDate, totalFen: Fen, openFen: Fen, state: Type.Enum(['open', 'settled', 'void']),
  paying: Type.Boolean({ description: 'An order may still turn out to be paid' }),
}
export const MyPaymentItem = Closed({
  outTradeNo: OrderNo, billId: UuidText, channel: Type.Enum([...CHANNELS]), totalFen: Fen, description: Type.String(), createdAtMs: WallMs, expiresAtMs: WallMs,
  transactionId: Nullable(Type.String()), paidFen: Fen, paidAtMs: Nullable(WallMs), refundedFen: Fen, prepaidFen: Fen, state: Type.Enum([...PAYMENT_STATES]),
})
export const MyPaymentAnswer = Closed({
  ...MyPaymentItem.properties,
  receipt: Nullable(Closed({
    state: Type.Enum(['queued', 'issued', 'reversed']), code: Nullable(Type.String()), no: Nullable(Type.String()), checkCode: Nullable(Type.String()),
  })),
})
export const MyBillList = Closed({ bills: Type.Array(Closed(bill)) })
export const MyBillAnswer = Closed({
  ...bill, lines: BillCardAnswer.properties.lines, adjustedBy: BillCardAnswer.properties.adjustedBy, payments: Type.Array(MyPaymentItem),
  channels: Type.Array(Type.Enum([...CHANNELS])),
})
export const MyPaymentList = Closed({ payments: Type.Array(MyPaymentItem) })

/** `phone`: the channel's page in the phone's browser; `qr`: a code that another phone scans. */
export const PayBody = Closed({
  channel: Type.Enum([...CHANNELS]), scene: Type.Enum(['phone', 'qr']),
  instead: Type.Optional(Type.Boolean({ description: 'End an order that is under way by another channel' })),
})
export const PayAnswer = Closed({ ...PlacedOrderSchema.properties, payStep: PayStepSchema })
export const NewPayLink = Closed({ token: Type.String(), expiresAtMs: WallMs })

export const LinkParams = Closed({ token: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }) })
export const LinkOrderParams = Closed({ ...LinkParams.properties, outTradeNo: OrderNo })
export const LinkedBillAnswer = Closed({
  estateName: Type.String(), label: Type.String(), period: Type.String(), fromDate: LocalDate, untilDate: LocalDate, dueDate: LocalDate, totalFen: Fen, openFen: Fen,
  state: Type.Enum(['open', 'settled', 'void']), channels: Type.Array(Type.Enum([...CHANNELS])),
})
export const LinkedPayment = Closed({ outTradeNo: OrderNo, state: Type.Enum([...PAYMENT_STATES]), totalFen: Fen, paidAtMs: Nullable(WallMs) })
