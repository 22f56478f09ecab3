import type { Readable } from 'node:stream'
import type { Result } from '#kernel/result.js'

/** A payment channel. Whatever a channel does in its own way ends here; nothing behind this knows of orders, bills or the books. */
export const CHANNELS = ['wechat', 'alipay'] as const
export type ChannelName = (typeof CHANNELS)[number]

/** How the payer comes to pay: a code to scan, inside WeChat, from a phone's browser, from a computer's browser. */
export const SCENES = ['qr', 'in-app', 'phone', 'computer'] as const
export type Scene = (typeof SCENES)[number]

/** Why a call brought no answer to build on. */
export interface ChannelError {
  /**
   * `unknown-result`: it may or may not have been carried out: ask with the same number, never with a new one.
   * `refused`: the channel says no, for good. `retry`: refused for now, the same call may succeed later.
   * `forged`: an answer that is not signed by the channel. `not-here`: the channel has no such order, refund or bill.
   */
  readonly kind: 'unknown-result' | 'refused' | 'retry' | 'forged' | 'not-here'
  /** The channel's own code, for logs and staff. */
  readonly code: string
  readonly message: string
}
export type ChannelAnswer<T> = Promise<Result<T, ChannelError>>

export interface NewOrder {
  /** Ours, 6 to 32 characters of `0-9A-Za-z_-`; stored before the first call. */
  readonly outTradeNo: string
  /** What the payer reads. */
  readonly description: string
  readonly totalFen: number
  /** Last moment to pay. It closes nothing by itself. */
  readonly expiresAtMs: number
  readonly scene: Scene
  /** WeChat's openid of the payer, for `in-app`. */
  readonly payerId: string | null
  readonly payerAddress: string | null
  /** Where the payer's browser goes afterwards. What it says there proves nothing. */
  readonly returnUrl: string | null
}

/** What the payer needs. */
export type PayStep =
  | { readonly kind: 'qr'; readonly text: string }
  | { readonly kind: 'redirect'; readonly url: string }
  /** Parameters of WeixinJSBridge's `getBrandWCPayRequest`. */
  | { readonly kind: 'bridge'; readonly parameters: Readonly<Record<string, string>> }

/** `paid` stays paid after a refund, whole or in part. */
export type OrderState =
  | { readonly state: 'not-here' | 'not-paid' | 'paying' | 'closed' }
  | { readonly state: 'paid'; readonly transactionId: string; readonly paidFen: number; readonly paidAtMs: number }

export interface NewRefund {
  readonly outTradeNo: string
  /** Ours; the same number again is the same refund. */
  readonly outRefundNo: string
  readonly refundFen: number
  readonly totalFen: number
  readonly reason: string
}

export interface RefundState {
  /** `abnormal`: the money did not reach the payer and needs a person. */
  readonly state: 'processing' | 'succeeded' | 'closed' | 'abnormal'
  readonly refundId: string | null
  readonly refundFen: number
  readonly succeededAtMs: number | null
}

/** A notify that is really the channel's. */
export type Notify = {
  /** The same over all repeats of it. */
  readonly eventId: string
  readonly outTradeNo: string
} & (
  | { readonly kind: 'paid'; readonly transactionId: string; readonly paidFen: number; readonly paidAtMs: number }
  | { readonly kind: 'refund'; readonly outRefundNo: string; readonly refund: RefundState }
  /** Says nothing that is posted: closed, finished, a repeat of the trade's own state after a refund. */
  | { readonly kind: 'other'; readonly what: string }
)
export type NotifyRefusal = 'no-signature' | 'unknown-key' | 'bad-signature' | 'too-old' | 'not-decrypted' | 'malformed' | 'not-ours'

export interface NotifyRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Exactly the bytes that came. */
  readonly body: Buffer
}

/** `trade`: payments and refunds. `fund`: what moved on the merchant's balance. */
export type BillKind = 'trade' | 'fund'
export interface BillFile {
  readonly bytes: Readable
  /** SHA-1 of the file, unzipped, in hex, where the channel says one. */
  readonly sha1: string | null
  readonly fileName: string
}

/** One merchant at one channel. */
export interface PayChannel {
  readonly channel: ChannelName
  readonly merchantId: string
  /** The same number with the same content again gives the payer the same order. */
  createOrder(order: NewOrder): ChannelAnswer<PayStep>
  queryOrder(outTradeNo: string): ChannelAnswer<OrderState>
  /** Where it was paid meanwhile the answer is its state: nothing is closed. */
  closeOrder(outTradeNo: string): ChannelAnswer<OrderState>
  refund(refund: NewRefund): ChannelAnswer<RefundState>
  queryRefund(outRefundNo: string, outTradeNo: string): ChannelAnswer<RefundState>
  /** Signature first, then time, then content. Pure but for the clock. */
  readNotify(request: NotifyRequest): Result<Notify, NotifyRefusal>
  /** What is answered to a notify that was taken, and to one that was not. Constant: nothing is told to a forger. */
  readonly notifyAnswers: { readonly taken: NotifyReply; readonly refused: NotifyReply }
  /** @param date YYYY-MM-DD; `not-here` where the channel has no bill of that day, `retry` while it is being made */
  fetchBill(date: string, kind: BillKind): ChannelAnswer<BillFile>
}

export interface NotifyReply {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** An answer that is valid in itself and cannot be about what was asked. */
export const strangeAnswer = (outTradeNo: string): ChannelError =>
  ({ kind: 'retry', code: 'ANSWER', message: `the answer is not about ${outTradeNo}, or says paid without amount and time` })
