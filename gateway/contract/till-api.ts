import { Type, type Static } from 'typebox'
import { BillId, Fen, HouseholdNo, OutTradeNo, TILL_BILLS_MAX, TILL_CHANNELS, TillBill } from './till-messages.js'
import { Closed, Nullable, Slug, WallMs } from './wire-types.js'

/** What a gateway asks the server for a till of its estate, with its credential as for the sync. */
export const TILL_PATHS = {
  bills: '/api/gateway/v1/till/bills',
  /** An order for a bill; followed by `/{outTradeNo}` how one stands. */
  orders: '/api/gateway/v1/till/orders',
} as const

export const TillBillsRequestV1 = Closed({ deviceId: Slug, householdNo: HouseholdNo })
export const TillBillsResponseV1 = Closed({
  /** False where the estate has no such household. */
  known: Type.Boolean(),
  bills: Type.Array(TillBill, { maxItems: TILL_BILLS_MAX }),
  /** Channels that are set up. */
  channels: Type.Array(Type.Enum(TILL_CHANNELS), { maxItems: TILL_CHANNELS.length }),
})

export const TillOrderRequestV1 = Closed({ deviceId: Slug, householdNo: HouseholdNo, billId: BillId, channel: Type.Enum(TILL_CHANNELS) })
export const TillOrderResponseV1 = Closed({
  outTradeNo: OutTradeNo,
  channel: Type.Enum(TILL_CHANNELS),
  fen: Fen,
  state: Type.Union([Type.Literal('waiting'), Type.Literal('paid'), Type.Literal('over')]),
  /** What the QR code says; null once it is of no use. */
  codeText: Nullable(Type.String({ minLength: 1, maxLength: 512 })),
  remainingMs: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
  /** By the channel's clock; null unless paid. */
  paidAtMs: Nullable(WallMs),
})

export type TillBillsRequestV1 = Static<typeof TillBillsRequestV1>
export type TillBillsResponseV1 = Static<typeof TillBillsResponseV1>
export type TillOrderRequestV1 = Static<typeof TillOrderRequestV1>
export type TillOrderResponseV1 = Static<typeof TillOrderResponseV1>
