import type { Tx } from '../db/transaction.js'
import { TRANSIT } from '../ledger/chart.js'
import type { MoneyPlace } from '../ledger/posting-rules.js'
import type { SuspenseRecord } from './order-repository.js'

/** What shall become of suspended money. */
export type Resolution =
  /** For a bill; what is over is its household's prepayment. */
  | { readonly kind: 'bill'; readonly billId: string }
  | { readonly kind: 'prepayment'; readonly householdId: string }
  | { readonly kind: 'return'; readonly reason: string }
  /** What a settlement came short or over by was the channel's charge: claimed from the budget, or less of such a claim. */
  | { readonly kind: 'charge'; readonly reason: string }
  /** Another item is the other half of it: as much, on the other side. */
  | { readonly kind: 'offset'; readonly suspenseId: string }

export interface SuspenseItem extends SuspenseRecord {
  /** open | proposed | approved (it goes back by the channel, or is to be handed over the desk) | applied | returned | withdrawn (it explained itself) */
  readonly state: string
  readonly proposal: Resolution | null
  readonly makerId: string | null
  readonly checkerId: string | null
}

/** Where the money lies. */
export const moneyPlaceOf = ({ channel, merchantId }: SuspenseItem): MoneyPlace =>
  ({ account: channel === 'cash' || channel === 'bank' ? channel : TRANSIT[channel], of: merchantId })

export async function findSuspense(tx: Tx, suspenseId: string): Promise<SuspenseItem | null> {
  const row = await tx.suspenseItem.findUnique({ where: { suspenseId } })
  return row === null ? null : {
    ...row, channel: row.channel as SuspenseItem['channel'], cause: row.cause as SuspenseItem['cause'], fen: Number(row.fen), createdAtMs: Number(row.createdAtMs),
    proposal: row.proposal === null ? null : (JSON.parse(row.proposal) as Resolution),
  }
}

export interface Payout {
  readonly suspenseId: string
  readonly estateId: string
  readonly slipNo: string
  readonly slipSha256: string
  readonly payeeName: string
  readonly payeeIdTail: string
  readonly desk: string | null
  readonly fen: number
  readonly paidBy: string
  readonly paidAtMs: number
}
export const insertPayout = async (tx: Tx, { fen, paidAtMs, ...same }: Payout): Promise<void> =>
  void (await tx.suspensePayout.create({ data: { ...same, fen: BigInt(fen), paidAtMs: BigInt(paidAtMs) } }))
/** The payout of an estate that has this slip. */
export const findPayout = (tx: Tx, estateId: string, slipNo: string): Promise<{ suspenseId: string } | null> =>
  tx.suspensePayout.findUnique({ where: { estateId_slipNo: { estateId, slipNo } }, select: { suspenseId: true } })

/** Money that came under an order's number and went to suspense, the first first. */
export const suspenseOfOrder = async (read: Tx, outTradeNo: string): Promise<string[]> =>
  (await read.suspenseItem.findMany({ where: { outTradeNo }, orderBy: { createdAtMs: 'asc' }, select: { suspenseId: true } })).map((row) => row.suspenseId)

type Unsettled = 'open' | 'proposed' | 'approved'
/** Compare and set: false, and nothing changed, where it does not stand at `from`. A proposal that is null is taken back. */
export const moveSuspense = async (
  tx: Tx, suspenseId: string, from: Unsettled, next: { state: Unsettled; proposal?: Resolution | null; makerId?: string | null; checkerId?: string | null },
): Promise<boolean> => {
  const { proposal, ...plain } = next
  const data = { ...plain, ...(proposal === undefined ? {} : { proposal: proposal === null ? null : JSON.stringify(proposal) }) }
  return (await tx.suspenseItem.updateMany({ where: { suspenseId, state: from }, data })).count === 1
}

const ofCase = (caseId: string) => ({ transactionId: { startsWith: `${caseId}:` } })
/** Takes out what waits under a case of the reconciliation and is exactly so much. @returns false where there is none */
export async function withdrawSuspense(tx: Tx, caseId: string, fen: number, atMs: number): Promise<boolean> {
  const item = await tx.suspenseItem.findFirst({ where: { ...ofCase(caseId), fen: BigInt(fen), state: { in: ['open', 'proposed', 'approved'] } }, select: { suspenseId: true } })
  if (item === null) return false
  await tx.suspenseItem.update({ where: item, data: { state: 'withdrawn', settledAtMs: BigInt(atMs) } })
  return true
}
/** True where money of a case of the reconciliation was given its place by two persons. */
export const resolvedSuspense = async (read: Tx, caseId: string): Promise<boolean> =>
  await read.suspenseItem.findFirst({ where: { ...ofCase(caseId), state: { in: ['applied', 'returned'] } }, select: { suspenseId: true } }) !== null

/** Where the money was found to belong. */
export const moveSuspenseEstate = async (tx: Tx, suspenseId: string, estateId: string): Promise<void> =>
  void (await tx.suspenseItem.update({ where: { suspenseId }, data: { estateId } }))
