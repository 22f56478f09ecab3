/** A payment or refund as a channel's bill says it. */
export interface BillRow {
  readonly line: number
  readonly channel: 'wechat' | 'alipay' | 'unionpay'
  readonly merchantId: string
  readonly kind: 'payment' | 'refund'
  readonly outTradeNo: string
  readonly transactionId: string
  /** Ours; null on payments. */
  readonly refundNo: string | null
  /** The channel's; null on payments. */
  readonly refundId: string | null
  /** Success of a payment; start of a refund. */
  readonly atMs: number
  /** Above zero for payments and refunds alike; 0 is possible after discounts. */
  readonly fen: number
  /** The channel's charge; below zero where it is given back. */
  readonly feeFen: number
  /** Rate of the charge in parts per million, null where the bill says none. */
  readonly ratePpm: number | null
  /** Of a refund; a payment has succeeded or was revoked. */
  readonly state: 'succeeded' | 'processing' | 'failed' | 'revoked'
  readonly description: string
}

/** What a bill adds up to, proven against its own totals. */
export interface BillTotals {
  readonly rows: number
  readonly payments: number
  readonly refunds: number
  readonly grossFen: number
  readonly refundFen: number
  /** Charged less given back. */
  readonly feeFen: number
  /** What the channel settles: gross less refunds less fees. */
  readonly netFen: number
}

/** Reads one bill line by line. */
export interface BillReader<Row> {
  /** @throws AppError SV_RECON_FILE at the first line that is wrong */
  line(text: string, number: number): Row | undefined
  /** To be called after the last line. @throws AppError SV_RECON_FILE where the bill is incomplete or its totals are others */
  end(): BillTotals
}

export interface Running {
  rows: number
  payments: number
  refunds: number
  grossFen: number
  refundFen: number
  feeFen: number
}
export const emptyRunning = (): Running => ({ rows: 0, payments: 0, refunds: 0, grossFen: 0, refundFen: 0, feeFen: 0 })

/** Adds a row to what was read so far. Failed and revoked ones moved nothing but what their cells say, which is counted as it is. */
export function count(running: Running, row: Pick<BillRow, 'kind' | 'fen' | 'feeFen'>): void {
  running.rows += 1
  running.feeFen += row.feeFen
  if (row.kind === 'payment') {
    running.payments += 1
    running.grossFen += row.fen
  } else {
    running.refunds += 1
    running.refundFen += row.fen
  }
}
export const totalsOf = (running: Running): BillTotals => ({ ...running, netFen: running.grossFen - running.refundFen - running.feeFen })
