/** Money without a place, as the server tells of it. Amounts in whole fen, below zero where a settlement came short. */

export interface SuspenseItem {
  readonly suspenseId: string
  readonly estateId: string
  readonly channel: string
  readonly merchantId: string
  readonly outTradeNo: string
  readonly transactionId: string
  readonly fen: number
  readonly cause: string
  readonly state: string
  readonly createdAtMs: number
}
/** What is to become of money without a place. */
export type Resolution =
  | { readonly kind: 'bill'; readonly billId: string }
  | { readonly kind: 'prepayment'; readonly householdId: string }
  | { readonly kind: 'return' | 'charge'; readonly reason: string }
  | { readonly kind: 'offset'; readonly suspenseId: string }
/** How a refund reached its payer that the channel could not carry out. */
export interface RefundPayoutProof {
  readonly way: 'cash' | 'bank'
  readonly placeOf: string
  readonly slipNo: string
  readonly slipSha256: string
  readonly payeeName: string
  readonly payeeIdTail: string
}
