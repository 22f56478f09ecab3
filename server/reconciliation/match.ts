import { shareOf } from '../money/fen.js'
import type { ClassCode } from './classes.js'
import type { BillRow } from './file/bill-row.js'
import type { BankRow, OrderRow, RefundRow } from './file/own-files.js'

/** Parts of a fen that a channel may round otherwise. */
export const FEE_TOLERANCE_FEN = 1

/** What of a bill's row and of an order is compared. */
export type PaymentSide = Pick<BillRow, 'fen' | 'transactionId'>
export type OrderSide = Pick<OrderRow, 'state' | 'fen' | 'transactionId'>
export type RefundSide = Pick<BillRow, 'fen' | 'state'>

/** What a payment of the bill is, beside the order of the same number. @param byTransaction the order that has its transaction number, where none has its own */
export function paymentClass(row: PaymentSide, order: OrderSide | undefined, byTransaction: OrderSide | undefined): ClassCode {
  if (order === undefined) return byTransaction === undefined ? 'CHANNEL_ONLY_UNKNOWN' : 'ORDER_NO_MISMATCH'
  // The order was paid by another transaction: nobody knows of this one.
  if (order.state === 'paid' && order.transactionId !== null && order.transactionId !== row.transactionId) return 'CHANNEL_ONLY_UNKNOWN'
  if (order.state === 'closed' || order.state === 'failed') return 'LATE_PAYMENT_AFTER_CLOSE'
  if (order.state !== 'paid') return 'STATUS_CHANNEL_SUCCESS_LOCAL_PENDING'
  return order.fen === row.fen ? 'MATCHED' : 'AMOUNT_MISMATCH'
}

/** What a refund of the bill is, beside ours of the same number. */
export function refundClass(row: RefundSide, refund: Pick<RefundRow, 'fen' | 'state'> | undefined): ClassCode {
  if (refund === undefined) return 'REFUND_CHANNEL_ONLY'
  if (refund.fen !== row.fen) return 'REFUND_AMOUNT_MISMATCH'
  // A bill's state of a refund never changes again: what the channel told since counts.
  if (row.state === 'processing') return refund.state === 'succeeded' ? 'REFUND_MATCHED' : refund.state === 'failed' ? 'REFUND_STATUS_MISMATCH' : 'REFUND_PENDING_RECHECK'
  if (refund.state === 'failed' || row.state === 'failed') return refund.state === 'failed' && row.state === 'failed' ? 'REFUND_MATCHED' : 'REFUND_STATUS_MISMATCH'
  return 'REFUND_MATCHED'
}

/** True where the charge is not what the bill's own rate makes of the amount, half up to the fen. */
export function feeDiffers(row: Pick<BillRow, 'fen' | 'feeFen' | 'ratePpm'>, contractPpm: number | null): boolean {
  const dueFen = dueFeeFen(row, contractPpm)
  return dueFen !== null && Math.abs(Math.abs(row.feeFen) - dueFen) > FEE_TOLERANCE_FEN
}

/** What the agreed rate, or else the bill's own, makes of the amount; null where there is none. */
export function dueFeeFen(row: Pick<BillRow, 'fen' | 'ratePpm'>, contractPpm: number | null): number | null {
  const ppm = contractPpm ?? row.ratePpm
  return ppm === null ? null : shareOf(row.fen, ppm)
}

/** What a channel owes the bank account for one day. */
export interface Settlement {
  readonly merchantId: string
  /** YYYY-MM-DD */
  readonly date: string
  readonly netFen: number
}

/** A credit that names merchant and day is that day's settlement; its amount then says whether it is right. */
const names = (bank: BankRow, { merchantId, date }: Settlement): boolean => bank.memo.includes(merchantId) && bank.memo.includes(date.replaceAll('-', ''))

export interface BankVerdict {
  readonly code: Extract<ClassCode, 'BANK_MATCHED_NET' | 'SETTLEMENT_SHORT' | 'SETTLEMENT_OVER' | 'SETTLEMENT_MISSING' | 'BANK_SUSPENSE'>
  /** The bank's serial number; of a settlement that is missing the merchant and day. */
  readonly reference: string
  /** Bank less channel. */
  readonly differenceFen: number
}

/** Settlements against credits of the bank: by what the credit says, never by amount alone. Several credits may pay one settlement. */
export function matchBank(settlements: readonly Settlement[], bank: readonly BankRow[]): BankVerdict[] {
  const verdicts: BankVerdict[] = []
  const used = new Set<string>()
  for (const settlement of settlements) {
    if (settlement.netFen === 0) continue
    const credits = bank.filter((row) => row.fen > 0 && !used.has(row.serial) && names(row, settlement))
    for (const { serial } of credits) used.add(serial)
    if (credits.length === 0) {
      verdicts.push({ code: 'SETTLEMENT_MISSING', reference: `${settlement.merchantId} ${settlement.date}`, differenceFen: -settlement.netFen })
      continue
    }
    const differenceFen = credits.reduce((sum, row) => sum + row.fen, 0) - settlement.netFen
    const code = differenceFen === 0 ? 'BANK_MATCHED_NET' : differenceFen < 0 ? 'SETTLEMENT_SHORT' : 'SETTLEMENT_OVER'
    verdicts.push(...credits.map(({ serial }) => ({ code, reference: serial, differenceFen }) as const))
  }
  for (const row of bank) if (row.fen > 0 && !used.has(row.serial)) verdicts.push({ code: 'BANK_SUSPENSE', reference: row.serial, differenceFen: row.fen })
  return verdicts
}
