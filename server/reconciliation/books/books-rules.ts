import type { Difference, Sides } from '../batch/difference-rules.js'
import type { ClassCode } from '../classes.js'
import type { Booked, Unfounded } from './books-repository.js'

/** A bill as its receipts must say it. */
export interface ReceiptedBill {
  readonly billId: string
  readonly estateId: string
  readonly openFen: number
  readonly paid: ReadonlyArray<{ readonly fen: number }>
}
export interface GivenReceipt {
  readonly turn: number
  readonly kind: 'issue' | 'reversal'
  readonly totalFen: number
  readonly state: 'queued' | 'issued' | 'failed'
  readonly billNo: string | null
  readonly problem: string | null
}

const common = { leg: 3, transactionId: null, line: null } as const

/** A payment or refund that the books have not, or with another amount. @param sign refunds go out: -1 */
export function bookedDifference(one: Booked, sign: 1 | -1): Difference {
  const { number, orderNo, estateId, billId, channel, transactionId, state, fen, bookedFen } = one
  return {
    ...common, classCode: bookedFen === null ? 'POSTING_MISSING' : 'POSTING_AMOUNT', key: number, reference: number, orderNo, transactionId, billId, estateId,
    riskFen: Math.abs(fen - (bookedFen ?? 0)), differenceFen: sign * (fen - (bookedFen ?? 0)),
    theirs: { kind: sign === 1 ? 'payment' : 'refund', outTradeNo: orderNo, channel, state, fen },
    ours: bookedFen === null ? null : { fen: bookedFen },
  }
}

/** A posting for which there is no payment and no refund. */
export function unfoundedDifference({ seq, cause, causeRef, estateId, fen }: Unfounded): Difference {
  const isBack = cause !== 'paid' && cause !== 'suspended'
  return {
    ...common, classCode: 'POSTING_UNKNOWN', key: `${cause} ${causeRef}`, reference: causeRef, orderNo: null, billId: null, estateId, riskFen: fen,
    differenceFen: isBack ? fen : 0 - fen, theirs: null, ours: { seq, cause, fen },
  }
}

function receiptClass(dueFen: number, given: readonly GivenReceipt[]): ClassCode | undefined {
  const reversals = given.filter((one) => one.kind === 'reversal')
  const live = given.filter((one) => one.kind === 'issue' && !reversals.some(({ turn }) => turn === one.turn))
  const [last] = live
  if (live.length > 1) return 'RECEIPT_DUPLICATE'
  // What was taken back must be so at the platform too; one that never was given needs nothing.
  if (reversals.some((one) => one.state !== 'issued') || (last !== undefined && last.state === 'issued' && last.totalFen !== dueFen)) return 'RECEIPT_NOT_REVERSED'
  return dueFen > 0 && last?.state !== 'issued' ? 'RECEIPT_MISSING' : undefined
}

/** Whether a bill has the one receipt that it should have: over all that was paid once nothing is open, none otherwise. */
export function receiptDifference({ billId, estateId, openFen, paid }: ReceiptedBill, given: readonly GivenReceipt[], orderNo: string): Difference[] {
  const dueFen = openFen === 0 ? paid.reduce((sum, part) => sum + part.fen, 0) : 0
  const classCode = receiptClass(dueFen, given)
  if (classCode === undefined) return []
  const last = given.at(-1)
  const ours: Sides | null = last === undefined ? null
    : { kind: last.kind, turn: last.turn, fen: last.totalFen, state: last.state, billNo: last.billNo, problem: last.problem, numbers: given.flatMap((one) => one.billNo ?? []) }
  return [{
    ...common, classCode, key: billId, reference: orderNo, orderNo, billId, estateId, riskFen: Math.max(dueFen, last?.totalFen ?? 0), differenceFen: 0,
    theirs: { billId, fen: dueFen }, ours,
  }]
}

/** Revenue that an estate collected on a day and that the treasury should have by now. */
export const handOverDifference = (one: { estateId: string; date: string; fen: number; dueDate: string }): Difference => ({
  ...common, classCode: 'HANDOVER_MISSING', key: one.estateId, reference: `${one.estateId} ${one.date}`, orderNo: null, billId: null, estateId: one.estateId,
  riskFen: one.fen, differenceFen: 0, theirs: { date: one.date, fen: one.fen, dueDate: one.dueDate }, ours: null,
})
