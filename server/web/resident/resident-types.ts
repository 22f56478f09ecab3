/** Shapes of what the server tells a resident. Amounts are whole fen, dates YYYY-MM-DD in Asia/Shanghai. */

export const CHANNELS = ['wechat', 'alipay'] as const
export type Channel = (typeof CHANNELS)[number]

export type PaymentState = 'pending' | 'paid' | 'checking' | 'ended' | 'part-refunded' | 'refunded'

export interface HomeNotice {
  readonly kind: 'payment-pending' | 'payment-checking' | 'overdue' | 'face-to-enrol' | 'consent-ends' | 'lease-ends'
  readonly fen: number | null
  readonly days: number | null
  readonly billId: string | null
}

export interface Home {
  readonly person: { readonly personRef: string; readonly displayName: string; readonly estateName: string; readonly unitLabel: string }
  readonly owed: { readonly fen: number; readonly overdueFen: number; readonly dueDate: string | null; readonly billId: string | null; readonly bills: number }
  readonly face: 'on' | 'to-enrol' | 'off'
  readonly cards: number
  readonly notices: readonly HomeNotice[]
}

export interface Bill {
  readonly billId: string
  readonly kind: string
  readonly period: string
  readonly label: string
  readonly unitLabel: string
  readonly fromDate: string
  readonly untilDate: string
  readonly issuedOn: string
  readonly dueDate: string
  readonly totalFen: number
  readonly openFen: number
  readonly state: 'open' | 'settled' | 'void'
  readonly paying: boolean
}

/** Every figure that a line was made of; which ones there are goes by `kind`. */
export interface Explanation {
  readonly kind: string
  readonly [figure: string]: unknown
}
export interface BillLine {
  readonly lineNo: number
  readonly fen: number
  readonly explanation: Explanation
}

export interface Payment {
  readonly outTradeNo: string
  readonly billId: string
  readonly channel: Channel
  readonly totalFen: number
  readonly description: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly transactionId: string | null
  readonly paidFen: number
  readonly paidAtMs: number | null
  readonly refundedFen: number
  readonly prepaidFen: number
  readonly state: PaymentState
}

export interface BillCard extends Bill {
  readonly lines: readonly BillLine[]
  readonly adjustedBy: ReadonlyArray<{ readonly billId: string; readonly totalFen: number; readonly issuedOn: string }>
  /** Newest first. */
  readonly payments: readonly Payment[]
  readonly channels: readonly Channel[]
}

export type PayStep = { readonly kind: 'qr'; readonly text: string } | { readonly kind: 'redirect'; readonly url: string } | { readonly kind: 'bridge' }
export interface PlacedOrder {
  readonly outTradeNo: string
  readonly totalFen: number
  readonly expiresAtMs: number
  readonly payStep: PayStep
}
export interface PayWish {
  readonly channel: Channel
  readonly scene: 'phone' | 'qr'
  readonly instead?: boolean
}

export interface LinkedBill {
  readonly estateName: string
  readonly label: string
  readonly fromDate: string
  readonly untilDate: string
  readonly dueDate: string
  readonly totalFen: number
  readonly openFen: number
  readonly state: 'open' | 'settled' | 'void'
  readonly channels: readonly Channel[]
}
export interface LinkedPayment {
  readonly outTradeNo: string
  readonly state: PaymentState
  readonly totalFen: number
  readonly paidAtMs: number | null
}

/** The electronic receipt of a bill that was paid. */
export interface ElectronicReceipt {
  readonly state: 'queued' | 'issued' | 'reversed'
  readonly code: string | null
  readonly no: string | null
  readonly checkCode: string | null
}

export const TICKET_KINDS = ['rent', 'repair', 'pass', 'other'] as const
export interface Ticket {
  readonly ticketId: string
  readonly kind: (typeof TICKET_KINDS)[number] | 'data-erasure'
  readonly billId: string | null
  readonly text: string
  readonly answer: string | null
  readonly state: 'open' | 'taken' | 'done'
  readonly createdAtMs: number
}
export interface TicketWish {
  readonly kind: Ticket['kind']
  readonly text: string
  readonly billId?: string
}
export interface WechatState {
  /** Whether messages by WeChat are set up here. */
  readonly offered: boolean
  readonly bound: boolean
  readonly url: string | null
}

export interface Credential {
  readonly credentialId: string
  readonly kind: 'card' | 'phone-key' | 'token' | 'pin'
  readonly hint: string
  readonly validUntilMs: number
  readonly lastAtMs: number | null
  readonly lastGateName: string | null
}

export interface Consent {
  readonly consentId: string
  readonly personName: string
  readonly own: boolean
  readonly noticeVersion: string
  readonly grantedAtMs: number
  readonly expiresAtMs: number
  readonly endedAtMs: number | null
  readonly endCause: string | null
  readonly held: 'none' | 'held' | 'erasing' | 'erased'
}
export interface Notice {
  readonly version: string
  readonly purpose: string
  readonly textZh: string
  readonly textEn: string
}

export interface Passage {
  readonly passageId: string
  readonly gateName: string
  readonly way: string
  readonly direction: string
  readonly result: string
  readonly reason: string | null
  readonly occurredAtMs: number
}

export interface Look {
  readonly atMs: number
  readonly what: string
  readonly byMasked: string | null
  readonly role: string | null
}

export interface Household {
  readonly householdNo: string
  readonly lease: { readonly leaseNo: string; readonly unitLabel: string; readonly fromDate: string; readonly untilDate: string } | null
  readonly members: ReadonlyArray<{ readonly displayName: string; readonly role: string; readonly me: boolean }>
}

/** One of several persons whose number it is. */
export interface PhonePerson {
  readonly personRef: string
  readonly nameMasked: string
  readonly estateName: string
  readonly unitLabel: string
}
export type LoginResult = { readonly state: 'in' } | { readonly state: 'choose'; readonly persons: readonly PhonePerson[] }
