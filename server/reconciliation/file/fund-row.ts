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

/** A movement together with the charge that stands in the line after it: half of a bill's lines are charges of the line before. */
export interface ChargedRow {
  readonly row: FundRow
  readonly charge: FundRow | undefined
}

export const isFee = ({ what }: Pick<FundRow, 'what'>): boolean => what.includes('手续费') || ['收费', '退费', '服务费', '退服务费'].includes(what)
/** The merchant's own money on its way between balance and bank. */
export const isOwn = ({ what }: Pick<FundRow, 'what'>): boolean => ['提现', '充值', '结算'].some((word) => what.includes(word))
/** What goes back stands under the number of its payment in Alipay's bills. */
export const isBack = ({ what }: Pick<FundRow, 'what'>): boolean => what.startsWith('退')

const isChargeOf = (fee: FundRow, row: FundRow): boolean =>
  isFee(fee) && !isFee(row) && !isOwn(row) && isBack(fee) === isBack(row) && fee.line === row.line + 1 && fee.businessNo === row.businessNo && fee.voucher === row.voucher

/** Puts charges to the movements before them. Those that stand elsewhere, or alone, stay rows of their own. */
export function withCharges(rows: readonly FundRow[]): ChargedRow[] {
  const charged: ChargedRow[] = []
  for (let at = 0; at < rows.length; at += 1) {
    const [row, next] = [rows[at] as FundRow, rows[at + 1]]
    const charge = next !== undefined && isChargeOf(next, row) ? next : undefined
    charged.push({ row, charge })
    if (charge !== undefined) at += 1
  }
  return charged
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
