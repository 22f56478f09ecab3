import { Type, type Static } from 'typebox'

/** Alipay adds fields at any time: what is not used here is let through and not looked at. Amounts are yuan as text. */
const Yuan = Type.String({ pattern: '^\\d{1,12}(\\.\\d{1,2})?$' })
const Id = Type.String({ minLength: 1, maxLength: 64 })
const ChinaTime = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$' })

/** In every answer: `10000` is success. */
export const Verdict = Type.Object({
  code: Type.String({ maxLength: 16 }), msg: Type.Optional(Type.String({ maxLength: 500 })),
  sub_code: Type.Optional(Type.String({ maxLength: 100 })), sub_msg: Type.Optional(Type.String({ maxLength: 500 })),
})
export type Verdict = Static<typeof Verdict>

export const TRADE_STATES = ['WAIT_BUYER_PAY', 'TRADE_CLOSED', 'TRADE_SUCCESS', 'TRADE_FINISHED'] as const
export const Precreated = Type.Object({ out_trade_no: Id, qr_code: Type.String({ minLength: 1, maxLength: 1_024 }) })
export const Trade = Type.Object({
  out_trade_no: Id, trade_no: Id, trade_status: Type.Enum(TRADE_STATES), total_amount: Yuan, send_pay_date: Type.Optional(ChinaTime),
})
export type Trade = Static<typeof Trade>
export const Closed = Type.Object({ out_trade_no: Type.Optional(Id) })
/** `fund_change` is `N` on a repeat; `refund_fee` is the sum of all refunds of the trade. */
export const Refunded = Type.Object({
  out_trade_no: Id, trade_no: Id, fund_change: Type.Union([Type.Literal('Y'), Type.Literal('N')]), refund_fee: Yuan, gmt_refund_pay: Type.Optional(ChinaTime),
})
/** Without `refund_status` there is no such refund. */
export const RefundAnswer = Type.Object({
  out_trade_no: Type.Optional(Id), trade_no: Type.Optional(Id), out_request_no: Type.Optional(Id),
  refund_status: Type.Optional(Type.String({ maxLength: 32 })), refund_amount: Type.Optional(Yuan), gmt_refund_pay: Type.Optional(ChinaTime),
})
export type RefundAnswer = Static<typeof RefundAnswer>
export const BillAddress = Type.Object({ bill_download_url: Type.String({ minLength: 8, maxLength: 4_096 }) })

export const NotifyForm = Type.Object({
  notify_id: Id, app_id: Id, out_trade_no: Id, trade_no: Id, seller_id: Id,
  trade_status: Type.Enum(TRADE_STATES), total_amount: Yuan,
  notify_time: ChinaTime, gmt_payment: Type.Optional(ChinaTime),
  refund_fee: Type.Optional(Yuan), gmt_refund: Type.Optional(Type.String({ maxLength: 30 })), out_biz_no: Type.Optional(Id),
})
export type NotifyForm = Static<typeof NotifyForm>
