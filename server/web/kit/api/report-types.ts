/** What the server answers about reports, the treasury and banks. Whole fen throughout. */

export interface ReportColumn {
  readonly key: string
  readonly unit: 'text' | 'code' | 'fen' | 'count' | 'ppm' | 'date' | 'month'
}
export type ReportCell = string | number | null
export interface RowLink {
  readonly estateId?: string
  readonly buildingId?: string
  readonly tier?: string
  readonly month?: string
  readonly householdId?: string
  readonly billId?: string
}
export interface ReportRow {
  readonly cells: readonly ReportCell[]
  readonly link: RowLink
}
export interface ReportTable {
  readonly report: string
  readonly columns: readonly ReportColumn[]
  readonly rows: readonly ReportRow[]
  readonly totals: readonly ReportCell[]
}
export type ReportFilter = Readonly<Record<string, string | number | readonly string[]>>

/** A household that was searched for; the name is masked. */
export interface HouseholdHit {
  readonly householdId: string
  readonly estateId: string
  readonly householdNo: string
  readonly unitLabel: string
  readonly name: string
  readonly by: 'order' | 'number' | 'name' | 'room'
}

export interface NamesRequest {
  readonly exportId: string
  readonly estateId: string
  readonly report: string
  readonly filter: string
  readonly reason: string
  readonly state: 'requested' | 'approved' | 'refused' | 'taken'
  readonly requestedBy: string
  readonly requestedAtMs: number
  readonly endsAtMs: number
}

export interface Voucher {
  readonly voucherId: string
  readonly estateId: string
  readonly kind: 'hand-over' | 'pay-back' | 'fee-reimbursement'
  readonly fromDate: string
  readonly untilDate: string
  readonly account: string
  readonly accountOf: string
  readonly fen: number
  readonly state: 'proposed' | 'refused' | 'approved' | 'done'
  readonly paymentCode: string | null
  readonly bankSerial: string | null
  readonly doneOn: string | null
  readonly makerId: string
  readonly createdAtMs: number
}
export interface TreasuryTerms {
  readonly mode: 'direct' | 'agency'
  readonly unitName: string
  readonly itemName: string
  readonly bankAccount: string
}
export interface TreasuryDue {
  readonly untilDate: string
  readonly collectedFen: number
  readonly vouchedFen: number
  readonly dueFen: number
}
export interface VoucherWish {
  readonly estateId: string
  readonly kind: Voucher['kind']
  readonly untilDate: string
  readonly channel: string | null
  readonly merchantId: string | null
  readonly fen: number | null
  readonly paymentCode: string | null
}

export interface Receipt {
  readonly receiptNo: string
  readonly estateId: string
  readonly billId: string
  readonly turn: number
  readonly kind: 'issue' | 'reversal'
  readonly totalFen: number
  readonly state: string
  readonly billBatchCode: string | null
  readonly billNo: string | null
  readonly issuedAtMs: number | null
  readonly busAtMs: number
  readonly attempts: number
  readonly problem: string | null
}
export interface ReceiptGaps {
  readonly billBatchCode: string
  readonly issued: number
  readonly gaps: ReadonlyArray<{ readonly from: string; readonly until: string; readonly count: number }>
}

export interface Merchant {
  readonly channel: string
  readonly merchantId: string
  readonly bankAccount: string | null
}
/** How a bank's file names its columns. */
export interface BankMapping {
  readonly date: string
  readonly debit: string | null
  readonly credit: string | null
  readonly amount?: string | null
  readonly balance: string
  readonly payer: string
  readonly memo: readonly string[]
  readonly serial: string
}
export interface BankLine {
  readonly serial: string
  readonly date: string
  readonly fen: number
  readonly balanceFen: number | null
  readonly payer: string
  readonly memo: string
  readonly purpose: string | null
  readonly matchedWith: string | null
}

/** 余额调节表 of an account at the end of a day. Items above zero came in, below went out. */
export interface BankStatement {
  readonly date: string
  readonly bankFen: number
  readonly bookFen: number
  readonly openingFen: number
  readonly missingFen: number
  readonly bankOnly: readonly StatementItem[]
  readonly bookOnly: readonly StatementItem[]
  readonly adjustedBankFen: number
  readonly adjustedBookFen: number
  readonly leftFen: number
}
export interface StatementItem {
  readonly date: string
  readonly reference: string
  readonly fen: number
  readonly text: string
}

export interface ToldEvent {
  readonly channel: string
  readonly eventId: string
  readonly source: string
  readonly receivedAtMs: number
  readonly verdict: string
}
/** All that is known of an order beyond itself. */
export interface OrderTrail {
  readonly events: readonly ToldEvent[]
  readonly postings: ReadonlyArray<{
    readonly seq: number; readonly cause: string; readonly bizDate: string; readonly debit: string; readonly credit: string; readonly fen: number
  }>
  readonly receipts: ReadonlyArray<Pick<Receipt, 'receiptNo' | 'kind' | 'totalFen' | 'state' | 'billNo'>>
  readonly credits: ReadonlyArray<Pick<BankLine, 'serial' | 'date' | 'fen' | 'memo'> & { readonly bankAccount: string; readonly billDate: string }>
}
