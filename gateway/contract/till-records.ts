import { Type, type Static } from 'typebox'
import { recordCommon } from './record-common.js'
import { BillId, Fen, HouseholdNo, OutTradeNo, PAY_WAYS, PosSlip } from './till-messages.js'
import { Closed, LocalDate, Nullable, Seq, Slug, UuidText, WallMs } from './wire-types.js'

/**
 * Money came in at a till. Cash and card payments are posted from this record; of a payment by phone the server learns from
 * the channel, and the record is the till's own count of it.
 */
export const PaymentV1 = Closed({
  kind: Type.Literal('payment.v1'), ...recordCommon,
  paymentId: UuidText,
  deviceId: Slug,
  /** Without gaps for each till; printed on the receipt. */
  number: Seq,
  way: Type.Enum(PAY_WAYS),
  fen: Fen,
  householdNo: HouseholdNo,
  billId: Nullable(BillId),
  /** By phone; null else. */
  outTradeNo: Nullable(OutTradeNo),
  /** By card; null else. */
  pos: Nullable(PosSlip),
  /** When it was taken: the gateway's clock, or by phone the channel's. Its day in Asia/Shanghai is the day that it counts to. */
  takenAtMs: WallMs,
  /** The till's own clock, a claim; null by phone. */
  deviceWallMs: Nullable(WallMs),
})
export type PaymentV1 = Static<typeof PaymentV1>

const Count = Type.Integer({ minimum: 0, maximum: 10_000_000 })
/** Sum of a day: up to a hundred thousand million yuan. */
const SumFen = Type.Integer({ minimum: 0, maximum: 10_000_000_000_000 })

/** A day at an estate by its gateway's own count. A later one of the same day takes the place of an earlier one. */
export const EstateCloseV1 = Closed({
  kind: Type.Literal('estate-close.v1'), ...recordCommon,
  bizDate: LocalDate,
  /** Ways in which something came in. */
  ways: Type.Array(Closed({ way: Type.Enum(PAY_WAYS), count: Count, fen: SumFen }), { maxItems: PAY_WAYS.length }),
  /** Tills that took something: the first and last number of the day, and how many it gave. */
  tills: Type.Array(Closed({ deviceId: Slug, first: Seq, last: Seq, count: Count }), { maxItems: 32 }),
  /** `late`: something came in for a day that was closed before. */
  cause: Type.Union([Type.Literal('day-end'), Type.Literal('late'), Type.Literal('operator')]),
  operatorRef: Nullable(UuidText),
})
export type EstateCloseV1 = Static<typeof EstateCloseV1>
