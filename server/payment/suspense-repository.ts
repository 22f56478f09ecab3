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

export interface SuspenseItem extends SuspenseRecord {
  /** open | proposed | approved (it goes back by the channel, or is to be handed over the desk) | applied | returned */
  readonly state: string
  readonly proposal: Resolution | null
  readonly makerId: string | null
  readonly checkerId: string | null
}

/** Where the money lies. */
export const moneyPlaceOf = ({ channel, merchantId }: SuspenseItem): MoneyPlace =>
  (channel === 'cash' ? { account: 'cash', of: merchantId } : { account: TRANSIT[channel], of: merchantId })

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

/** Where the money was found to belong. */
export const moveSuspenseEstate = async (tx: Tx, suspenseId: string, estateId: string): Promise<void> =>
  void (await tx.suspenseItem.update({ where: { suspenseId }, data: { estateId } }))
