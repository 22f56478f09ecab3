import { CHINA_OFFSET_MS } from '#kernel/schedule.js'
import { yuanText } from '../money/fen.js'
import type { ReceiptRequest } from './receipt-port.js'
import type { TreasuryTerms } from './treasury-rules.js'

/** What a bill's receipts say of it: nothing as long as something is open, else all that was paid. */
export interface PaidBill {
  readonly billId: string
  readonly estateId: string
  readonly householdId: string
  readonly label: string
  readonly openFen: number
  readonly paid: ReadonlyArray<{ readonly name: string; readonly fen: number }>
}

interface Known {
  readonly turn: number
  readonly kind: 'issue' | 'reversal'
  readonly totalFen: number
}

export interface ReceiptStep {
  readonly kind: 'issue' | 'reversal'
  readonly turn: number
  readonly totalFen: number
}

/**
 * What has to be written so that a bill has exactly the receipt that it should: one over all that was paid once nothing is open, none
 * otherwise; one that no longer fits is taken back by a red one. Pure.
 */
export function receiptSteps(bill: PaidBill, known: readonly Known[]): ReceiptStep[] {
  const paidFen = bill.paid.reduce((sum, part) => sum + part.fen, 0)
  const dueFen = bill.openFen === 0 ? paidFen : 0
  const last = known.filter((one) => one.kind === 'issue').at(-1)
  const live = last !== undefined && !known.some((one) => one.kind === 'reversal' && one.turn === last.turn) ? last : undefined
  if ((live?.totalFen ?? 0) === dueFen) return []
  return [
    ...(live === undefined ? [] : [{ kind: 'reversal', turn: live.turn, totalFen: live.totalFen } as const]),
    ...(dueFen === 0 ? [] : [{ kind: 'issue', turn: (last?.turn ?? 0) + 1, totalFen: dueFen } as const]),
  ]
}

export interface ReceiptContent {
  readonly label: string
  readonly paid: PaidBill['paid']
}

/** The request as the platform wants it. A red receipt has every amount below zero. @param how.payer who the receipt is for */
export function requestOf(
  receipt: { receiptNo: string; kind: 'issue' | 'reversal'; totalFen: number; busAtMs: number; content: string }, terms: TreasuryTerms,
  how: Pick<ReceiptRequest, 'relate' | 'payer'>,
): ReceiptRequest {
  const { label, paid } = JSON.parse(receipt.content) as ReceiptContent
  const sign = receipt.kind === 'reversal' ? -1 : 1
  const [date = '', time = ''] = new Date(receipt.busAtMs + CHINA_OFFSET_MS).toISOString().slice(0, 19).split('T')
  return {
    busNo: receipt.receiptNo, placeCode: terms.receiptPlace, billBatchCode: terms.receiptBatch, billName: terms.receiptName, busDate: date.replaceAll('-', ''),
    busTime: time.replaceAll(':', ''), totalAmt: yuanText(sign * receipt.totalFen), ...how, remark: label,
    items: paid.map(({ name, fen }) => ({ itemCode: terms.itemCode, itemName: name, amt: yuanText(sign * fen) })),
  }
}
