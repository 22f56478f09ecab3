/** Shapes of the server's answers about money. Amounts in whole fen, days `YYYY-MM-DD` in Asia/Shanghai, times milliseconds since the Unix epoch. */

export interface BillFinding {
  readonly code: string
  readonly file: string
  readonly line: number | null
  readonly column: string | null
  readonly detail: string
}
export interface BillTotals {
  readonly rows: number
  readonly payments: number
  readonly refunds: number
  readonly grossFen: number
  readonly refundFen: number
  readonly feeFen: number
  readonly netFen: number
}
export interface BillMatch {
  readonly local: { readonly payments: number; readonly paidFen: number; readonly refunds: number; readonly refundFen: number }
  /** Rows of the bill that came to nothing at the channel itself. */
  readonly voided: { readonly paidFen: number; readonly refundFen: number }
  readonly classes: Readonly<Record<string, { readonly count: number; readonly riskFen: number; readonly differenceFen: number }>>
  readonly digest: string
}
/** A bill of a channel for one day. */
export interface ChannelBill {
  readonly batchNo: number
  readonly channel: string
  readonly merchantId: string
  readonly billDate: string
  readonly kind: 'trade' | 'fund'
  readonly version: number
  readonly state: string
  readonly source: 'channel' | 'upload'
  readonly fileName: string | null
  readonly finding: BillFinding | null
  readonly figures: {
    readonly bill: { readonly trade: BillTotals | null; readonly fund: { readonly rows: number; readonly inFen: number; readonly outFen: number;
      readonly closingFen: number | null } | null }
    readonly match: BillMatch | null
    readonly gapFen: number | null
  } | null
  readonly nextTryAtMs: number | null
  readonly changedAtMs: number
}
export interface BillRow {
  readonly line: number
  readonly kind: string
  readonly outTradeNo: string
  readonly transactionId: string
  readonly refundNo: string | null
  readonly atMs: number
  readonly fen: number
  readonly feeFen: number
  readonly state: string
  readonly description: string
}

/** A kind of difference: what may be done about it, the default first. */
export interface DifferenceClass {
  readonly code: string
  readonly settled: boolean
  readonly actions: ReadonlyArray<{ readonly action: string; readonly carriedOut: boolean }>
}
export type Side = Readonly<Record<string, string | number | null | readonly string[]>>
export interface DifferenceCase {
  readonly caseId: string
  readonly leg: number
  readonly channel: string
  readonly merchantId: string
  readonly bizDate: string
  /** `*` where it is of no known estate. */
  readonly estateId: string
  readonly classCode: string
  readonly reference: string
  readonly orderNo: string | null
  readonly transactionId: string | null
  readonly billId: string | null
  readonly batchNo: number | null
  readonly line: number | null
  readonly riskFen: number
  /** Theirs less ours. */
  readonly differenceFen: number
  readonly theirs: Side | null
  readonly ours: Side | null
  readonly state: 'open' | 'proposed' | 'approved' | 'cleared' | 'auto'
  readonly proposal: {
    readonly action: string
    readonly reason: string
    readonly makerId: string
    readonly atMs: number
    readonly approvals: ReadonlyArray<{ readonly by: string; readonly atMs: number; readonly head: boolean }>
  } | null
  readonly suggestion: ReadonlyArray<{ readonly source: string; readonly atMs: number; readonly text: string; readonly score?: number }> | null
  readonly foundAtMs: number
  readonly changedAtMs: number
  /** How many must agree; `head`: one of them for all estates. */
  readonly checkers: number
  readonly head: boolean
}
export interface CaseSums {
  readonly items: ReadonlyArray<{ readonly classCode: string; readonly state: string; readonly count: number; readonly riskFen: number; readonly differenceFen: number }>
  readonly settled: number
  readonly toDo: number
  readonly atRiskFen: number
  /** What is not explained yet; 0 is tied out. */
  readonly leftFen: number
}
/** `by` is null for the server itself, `byName` also where the user is gone. */
export interface CaseEvent { readonly seq: number; readonly atMs: number; readonly by: string | null; readonly byName: string | null;
  readonly what: string; readonly text: string | null }
export interface CaseDetail {
  readonly item: DifferenceCase
  readonly events: readonly CaseEvent[]
  readonly attachments: ReadonlyArray<{ readonly attachmentId: string; readonly name: string; readonly bytes: number; readonly addedAtMs: number }>
}
/** What became of one case of a bulk; `problem` null where it was done. */
export interface Decided {
  readonly caseId: string
  readonly state: string
  readonly problem: string | null
  /** Of what is too early: the last day on which it is. */
  readonly until?: string
}

export interface PayOrder {
  readonly outTradeNo: string
  readonly estateId: string
  readonly householdId: string
  readonly billId: string
  readonly channel: string
  readonly merchantId: string
  readonly totalFen: number
  readonly description: string
  readonly state: string
  readonly createdAtMs: number
  readonly transactionId: string | null
  readonly paidFen: number
  readonly paidAtMs: number | null
  readonly bizDate: string | null
  readonly refundedFen: number
  readonly prepaidFen: number
}
export interface Refund {
  readonly outRefundNo: string
  readonly outTradeNo: string
  readonly estateId: string
  readonly refundFen: number
  readonly reason: string
  readonly state: string
  /** Null where a rule of the configuration made it. */
  readonly makerId: string | null
  readonly checkerId: string | null
  readonly createdAtMs: number
  readonly refundId: string | null
  /** Who proposed to pay it out otherwise; null where nobody did. */
  readonly payoutMakerId: string | null
}
/** Money between a payment and its arrival at the bank. */
export interface Transit {
  readonly date: string
  /** Later than was agreed on. */
  readonly overdueFen: number
  readonly lines: readonly TransitLine[]
}
export interface TransitLine {
  readonly estateId: string
  readonly account: string
  readonly of: string | null
  readonly fen: number
  readonly overdueFen: number
  /** The oldest first. */
  readonly days: ReadonlyArray<{ readonly date: string; readonly fen: number; readonly days: number }>
}

export interface RentBill {
  readonly billId: string
  readonly estateId: string
  readonly householdId: string
  readonly kind: string
  readonly period: string
  readonly label: string
  readonly unitLabel: string
  readonly tier: string | null
  readonly issuedOn: string
  readonly dueDate: string
  readonly totalFen: number
  readonly openFen: number
  readonly state: string
}
export interface BillCard extends RentBill {
  readonly lines: ReadonlyArray<{ readonly lineNo: number; readonly receivable: string; readonly fen: number; readonly explanation: Readonly<Record<string, unknown>> }>
  readonly parts: ReadonlyArray<{ readonly receivable: string; readonly issuedFen: number; readonly reducedFen: number; readonly offsetFen: number;
    readonly paidFen: number; readonly openFen: number }>
  readonly adjustedBy: ReadonlyArray<{ readonly billId: string; readonly totalFen: number; readonly approvalNo: string | null; readonly issuedOn: string }>
}
export interface ArrearsList {
  readonly date: string
  readonly households: number
  readonly openFen: number
  /** Households with so many unpaid months that two persons look at them. */
  readonly cases: number
  readonly items: ReadonlyArray<{
    readonly householdId: string
    readonly unitLabel: string
    readonly openFen: number
    readonly oldestDueDate: string
    readonly daysOverdue: number
    readonly unpaidMonths: number
    /** Open by days overdue: to 30, to 90, to 180, longer. */
    readonly ageingFen: readonly number[]
    readonly step: string | null
    readonly stoppedBy: readonly string[]
  }>
}

export interface AuditItem {
  readonly seq: number
  readonly atMs: number
  /** Null for what the server did by itself. */
  readonly userId: string | null
  readonly userName: string | null
  readonly action: string
  readonly subject: string
  readonly estateId: string | null
  readonly before: Readonly<Record<string, unknown>> | null
  readonly after: Readonly<Record<string, unknown>> | null
  readonly hash: string
}

/** What a day or month comes to when it is closed. */
export interface CloseFigures {
  readonly accounts: ReadonlyArray<{ readonly account: string; readonly of: string | null; readonly openingFen: number; readonly debitFen: number;
    readonly creditFen: number; readonly closingFen: number }>
  readonly channels: ReadonlyArray<{ readonly channel: string; readonly merchantId: string; readonly billFen: number; readonly bookedFen: number;
    readonly explainedFen: number; readonly leftFen: number }>
  readonly debitFen: number
  readonly creditFen: number
  /** What is in the way of closing. */
  readonly problems: ReadonlyArray<{ readonly what: string; readonly count: number }>
  /** Head of the audit log at that moment. */
  readonly auditHash: string | null
}
export interface Close {
  readonly closeId: string
  readonly estateId: string
  readonly kind: 'day' | 'month'
  readonly period: string
  readonly state: 'prepared' | 'closed' | 'reopen-proposed' | 'reopened'
  readonly figures: CloseFigures
  readonly preparedBy: string
  readonly preparedAtMs: number
  readonly closedBy: string | null
  readonly closedAtMs: number | null
  readonly reopening: { readonly by: string; readonly atMs: number; readonly reason: string; readonly agreedBy: string | null } | null
}
export interface CloseWish {
  readonly estateId: string
  readonly kind: Close['kind']
  /** `2026-09-22` or `2026-09`. */
  readonly period: string
}
/** A cashier's time at a desk: what lay in it, what was counted. */
export interface Shift {
  readonly shiftId: string
  readonly estateId: string
  readonly desk: string
  readonly cashierId: string
  readonly bizDate: string
  readonly state: 'open' | 'counted' | 'reviewed'
  readonly openingFen: number
  readonly expectedFen: number | null
  readonly countedFen: number | null
  readonly differenceFen: number | null
  readonly note: string | null
}
export interface TrialBalance {
  readonly rows: ReadonlyArray<CloseFigures['accounts'][number] & {
    readonly code: string
    /** Of what was posted in the span, that which belongs to closed days before it. */
    readonly priorDebitFen: number
    readonly priorCreditFen: number
  }>
  readonly debitFen: number
  readonly creditFen: number
}
