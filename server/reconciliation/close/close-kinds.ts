export const CLOSE_KINDS = ['day', 'month'] as const
export type CloseKind = (typeof CLOSE_KINDS)[number]
export const CLOSE_STATES = ['prepared', 'closed', 'reopen-proposed', 'reopened'] as const
export type CloseState = (typeof CLOSE_STATES)[number]

/** What is left to be done before a period can be closed. */
export interface CloseProblem {
  readonly what: 'bills-missing' | 'bills-open' | 'cases-open' | 'shifts-open' | 'tills-differ' | 'not-tied-out' | 'earlier-open' | 'days-open'
  readonly count: number
}
export interface AccountFigures {
  readonly account: string
  /** Merchant, bank account or cash desk; null where the account is kept by nothing. */
  readonly of: string | null
  readonly openingFen: number
  readonly debitFen: number
  readonly creditFen: number
  readonly closingFen: number
}
/** An estate's payments of a day by the channel's bill and by the books; `leftFen` must be 0. */
export interface ChannelTie {
  readonly channel: string
  readonly merchantId: string
  readonly billFen: number
  readonly bookedFen: number
  readonly explainedFen: number
  readonly leftFen: number
}
/** An estate's orders and refunds of a day by the channels beside what the books took and gave back; `leftFen` must be 0. */
export interface BooksTie {
  readonly orderFen: number
  readonly refundFen: number
  readonly postedFen: number
  readonly postedBackFen: number
  readonly explainedFen: number
  readonly leftFen: number
}
export interface CloseFigures {
  readonly accounts: readonly AccountFigures[]
  /** Receipts and refunds by channel, as the books have them. */
  readonly channels: readonly ChannelTie[]
  /** Of a day. */
  readonly books?: BooksTie
  readonly debitFen: number
  readonly creditFen: number
  readonly problems: readonly CloseProblem[]
  /** Head of the audit log when it was closed. */
  readonly auditHash: string | null
}
export interface Reopening {
  readonly by: string
  readonly atMs: number
  readonly reason: string
  readonly agreedBy: string | null
}
export interface CloseRecord {
  readonly closeId: string
  readonly estateId: string
  readonly kind: CloseKind
  readonly period: string
  readonly state: CloseState
  readonly figures: CloseFigures
  readonly preparedBy: string
  readonly preparedAtMs: number
  readonly closedBy: string | null
  readonly closedAtMs: number | null
  readonly reopening: Reopening | null
}
