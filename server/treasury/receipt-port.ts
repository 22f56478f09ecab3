import type { Result } from '#kernel/result.js'

/** What the receipt platform is asked for, with the fields of a fiscal electronic receipt (财政电子票据). Amounts are yuan as text. */
export interface ReceiptRequest {
  /** Our own number; the same again is the same receipt. */
  readonly busNo: string
  readonly placeCode: string
  readonly billBatchCode: string
  readonly billName: string
  /** 交款人: who the receipt is for. */
  readonly payer: string
  /** `yyyyMMdd` and `HHmmss` in Beijing. */
  readonly busDate: string
  readonly busTime: string
  /** Below zero on a red receipt. */
  readonly totalAmt: string
  readonly items: ReadonlyArray<{ readonly itemCode: string; readonly itemName: string; readonly amt: string }>
  /** The receipt that a red one takes back. */
  readonly relate: { readonly billBatchCode: string; readonly billNo: string } | null
  readonly remark: string
}

export interface IssuedReceipt {
  readonly billBatchCode: string
  readonly billNo: string
  /** 校验码 */
  readonly random: string
  readonly issuedAtMs: number
}

export interface ReceiptProblem {
  /** `later`: the same again may do. `refused`: never. */
  readonly kind: 'later' | 'refused'
  readonly problem: string
}

/** A platform that gives out receipts. Throws for nothing that is to be expected. */
export interface ReceiptPlatform {
  issue(request: ReceiptRequest): Promise<Result<IssuedReceipt, ReceiptProblem>>
}
