import { Type, type Static } from 'typebox'
import { Closed, Epoch, LocalDate, MonoMs, Nullable, Seq, Sha256Hex, ShortText, UuidText, WallMs } from './wire-types.js'

/** Money that a till takes by itself. */
export const TILL_WAYS = ['cash', 'pos'] as const
/** Paid by phone against a code on the till's screen, while the server can be asked. */
export const TILL_CHANNELS = ['wechat', 'alipay'] as const
export type TillChannel = (typeof TILL_CHANNELS)[number]
/** Every way in which money comes in at an estate. */
export const PAY_WAYS = [...TILL_WAYS, ...TILL_CHANNELS] as const
export type PayWay = (typeof PAY_WAYS)[number]

/** Whole fen above zero: ten million yuan at most. */
export const Fen = Type.Integer({ minimum: 1, maximum: 1_000_000_000 })
/**
 * Number of a household as its contract has it. What is typed at a till ends in records that are never erased: names do not
 * fit in, and neither does an identity card's number or a phone's.
 */
export const HouseholdNo = Type.String({ pattern: '^(?![0-9]{17}[0-9Xx]$|1[0-9]{10}$)[0-9A-Za-z_./#()〔〕（）第字公租廉栋幢座单元楼层室房号-]{1,64}$', maxLength: 64 })
export const BillId = Type.String({ pattern: '^[0-9A-Za-z-]{1,64}$', maxLength: 64 })
/** The server's number of an order at a channel. */
export const OutTradeNo = Type.String({ pattern: '^[0-9A-Za-z_-]{6,32}$', maxLength: 32 })
/** Where a card payment went, as the card machine's slip says it; never a card's number. */
export const PosSlip = Closed({
  merchantId: Type.String({ pattern: '^[0-9A-Za-z]{1,20}$', maxLength: 20 }), terminalId: Type.String({ pattern: '^[0-9A-Za-z]{1,16}$', maxLength: 16 }),
  /** 检索参考号 */
  reference: Type.String({ pattern: '^[0-9A-Za-z]{6,12}$', maxLength: 12 }),
})
export type PosSlip = Static<typeof PosSlip>

/** A bill as a till shows it. */
export const TillBill = Closed({ billId: BillId, label: ShortText, dueDate: LocalDate, openFen: Fen })
export type TillBill = Static<typeof TillBill>
export const TILL_BILLS_MAX = 48

/** Somebody typed the number of a household. Asked again where no answer comes. */
export const BillQuestionV1 = Closed({ v: Type.Literal(1), requestId: UuidText, householdNo: HouseholdNo })
export type BillQuestionV1 = Static<typeof BillQuestionV1>

/** `unknown`: the server has no such household. `not-here`: the server cannot be asked, and nothing is remembered. */
export const BILL_LIST_OUTCOMES = ['found', 'unknown', 'not-here', 'slow-down'] as const
/** What the household owes, oldest due first. Names nobody. */
export const BillListV1 = Closed({
  v: Type.Literal(1),
  requestId: UuidText,
  outcome: Type.Enum(BILL_LIST_OUTCOMES),
  /** When the server said so; older where it cannot be asked. Null without a list. */
  asOfMs: Nullable(WallMs),
  bills: Type.Array(TillBill, { maxItems: TILL_BILLS_MAX }),
  /** Ways to pay by phone now; none while the server cannot be asked: the till shows 网络支付不可用. */
  channels: Type.Array(Type.Enum(TILL_CHANNELS), { maxItems: 2 }),
})
export type BillListV1 = Static<typeof BillListV1>

/** Wants a code to pay one bill by phone, all that is open of it. */
export const CodeQuestionV1 = Closed({ v: Type.Literal(1), requestId: UuidText, householdNo: HouseholdNo, billId: BillId, channel: Type.Enum(TILL_CHANNELS) })
export type CodeQuestionV1 = Static<typeof CodeQuestionV1>
/** Asks how an order of its own stands. */
export const CodeCheckV1 = Closed({ v: Type.Literal(1), requestId: UuidText, outTradeNo: OutTradeNo })
export type CodeCheckV1 = Static<typeof CodeCheckV1>

/** What is printed: a number without gaps for each till, and where the record stands in the gateway's signed chain. */
export const TillReceipt = Closed({ number: Seq, epoch: Epoch, seq: Seq, hash: Sha256Hex })
export type TillReceipt = Static<typeof TillReceipt>

export const CODE_OUTCOMES = ['waiting', 'paid', 'over', 'refused', 'unavailable'] as const
/** `over`: nobody paid in time. `unavailable`: the server cannot be asked now, and nothing is known. */
export const CodeStateV1 = Closed({
  v: Type.Literal(1),
  requestId: UuidText,
  outcome: Type.Enum(CODE_OUTCOMES),
  /** A code where it was refused, null elsewhere. */
  reason: Nullable(ShortText),
  order: Nullable(Closed({
    outTradeNo: OutTradeNo, channel: Type.Enum(TILL_CHANNELS), fen: Fen,
    /** What the QR code says; null once it is of no use. */
    codeText: Nullable(Type.String({ minLength: 1, maxLength: 512 })),
    remainingMs: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
  })),
  /** Of a paid one. */
  receipt: Nullable(TillReceipt),
})
export type CodeStateV1 = Static<typeof CodeStateV1>

/** Money that the till took. It keeps this until `paymentResult` names its `paymentId`; a repeat has the same content. */
export const PaymentTakenV1 = Closed({
  v: Type.Literal(1),
  paymentId: UuidText,
  bootId: UuidText,
  monoMs: MonoMs,
  wallMs: WallMs,
  way: Type.Enum(TILL_WAYS),
  householdNo: HouseholdNo,
  /** Null where it is for whatever the household owes. */
  billId: Nullable(BillId),
  fen: Fen,
  /** Of a card payment; null for cash. */
  pos: Nullable(PosSlip),
  /** The highest number that this till ever printed, 0 before the first: numbers go on from it at a gateway that lost its log. */
  lastNumber: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
})
export type PaymentTakenV1 = Static<typeof PaymentTakenV1>

export const PAYMENT_REFUSALS = ['other-content', 'no-slip'] as const
/** Sent after the commit, never before: from here on the till may forget the payment and print its receipt. */
export const PaymentResultV1 = Closed({
  v: Type.Literal(1),
  paymentId: UuidText,
  outcome: Type.Union([Type.Literal('recorded'), Type.Literal('refused')]),
  /** `other-content`: this id was recorded with other content. `no-slip`: a card payment without its slip, or cash with one. */
  reason: Nullable(Type.Enum(PAYMENT_REFUSALS)),
  receipt: Nullable(TillReceipt),
})
export type PaymentResultV1 = Static<typeof PaymentResultV1>
