/** One movement on the merchant's balance. */
export interface FundRow {
  readonly line: number
  readonly atMs: number
  /** The channel's number of what moved it: a payment's or a refund's. */
  readonly businessNo: string
  readonly flowNo: string
  /** The channel's own word: 交易, 扣除交易手续费, 退款, 提现… */
  readonly what: string
  /** Above zero comes in. */
  readonly fen: number
  readonly balanceFen: number
  /** Ours: the order's or refund's number, or a withdrawal's. */
  readonly voucher: string
}

export interface FundTotals {
  readonly rows: number
  readonly inFen: number
  readonly outFen: number
  readonly closingFen: number | null
}
export interface FundReader {
  line(text: string, number: number): FundRow | undefined
  /** To be called after the last line. @throws AppError SV_RECON_FILE where the bill is incomplete or its totals are others */
  end(): FundTotals
}
