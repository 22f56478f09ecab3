import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { TRANSIT } from '../../ledger/chart.js'
import type { Posting } from '../../ledger/journal-rules.js'
import { post } from '../../ledger/ledger-service.js'
import type { MoneyPlace } from '../../ledger/posting-rules.js'
import { NO_ESTATE } from '../batch/difference-rules.js'
import type { BillWork } from '../batch/bill-work.js'
import { settledBills } from './settled-bills-repository.js'
import { type PostedSettlement, postedSettlement } from './settlement-repository.js'
import type { Owed } from './settle-rules.js'

const TRANSIT_OF = { wechat: TRANSIT.wechat, alipay: TRANSIT.alipay, unionpay: TRANSIT.pos } as const

export const transitOf = (channel: string, merchantId: string): MoneyPlace => ({ account: TRANSIT_OF[channel as keyof typeof TRANSIT_OF], of: merchantId })

/** What a day's settlement is to be at an estate, more or less than the books have of it. */
export interface SettlementChange {
  readonly estateId: string
  readonly netFen: number
  readonly feeFen: number
  /** How often something was posted for it before. */
  readonly turns: number
}

/** What a settlement is to be less what the books have of it, estate by estate. Pure. */
function settlementChanges(due: ReadonlyArray<Omit<SettlementChange, 'turns'>>, posted: readonly PostedSettlement[]): SettlementChange[] {
  const before = new Map(posted.map((one) => [one.estateId, one]))
  const wanted = new Map(due.map((one) => [one.estateId, one]))
  return [...new Set([...wanted.keys(), ...before.keys()])].sort().map((estateId) => {
    const [to, from] = [wanted.get(estateId), before.get(estateId)]
    return { estateId, netFen: (to?.netFen ?? 0) - (from?.netFen ?? 0), feeFen: (to?.feeFen ?? 0) - (from?.feeFen ?? 0), turns: from?.turns ?? 0 }
  })
}

/** What a day's settlement means for an estate: its charge is a claim on the budget, the rest has gone from the channel to the bank. Pure. */
function settlementPostings(change: SettlementChange, of: { transit: MoneyPlace; bank: MoneyPlace; ref: string; bizDate: string }): Posting[] {
  const { transit, bank, ref, bizDate } = of
  const { estateId, netFen, feeFen, turns } = change
  const common = { estateId, causeRef: `${ref}:${estateId}${turns === 0 ? '' : `:${turns + 1}`}`, bizDate, memo: ref }
  const postings: Posting[] = []
  if (feeFen > 0) postings.push({ ...common, event: { kind: 'fee-charged', from: transit, fen: feeFen } })
  if (feeFen < 0) postings.push({ ...common, event: { kind: 'fee-returned', into: transit, fen: -feeFen } })
  // An estate that gave back more than it took is settled by the others' money.
  if (netFen > 0) postings.push({ ...common, event: { kind: 'settled', from: transit, into: bank, fen: netFen } })
  if (netFen < 0) postings.push({ ...common, event: { kind: 'settled', from: bank, into: transit, fen: -netFen } })
  return postings
}

const totalOf = (posted: readonly PostedSettlement[], of: 'netFen' | 'feeFen'): number => posted.reduce((sum, one) => sum + one[of], 0)

/**
 * Posts settlements that arrived, once however often they are matched. Where the bill was replaced since, or the bank says otherwise now,
 * what was posted is put right by a posting of its own. `moreFen`: what the channel has moved otherwise on the last of the days and stands in
 * suspense for it already.
 */
export function createSettlementPosting(deps: { readonly read: Tx; readonly change: RunChange; readonly work: BillWork }) {
  const { read, change, work } = deps
  return async (by: string | null, bankAccount: string, owed: readonly Owed[], isSettled: boolean, moreFen = 0): Promise<void> => {
    for (const [index, { channel, merchantId, billDate, dueDate }] of owed.entries()) {
      const ref = `${channel}:${merchantId}:${billDate}`
      const posted = await postedSettlement(read, ref)
      const [bill] = isSettled ? await settledBills(read, { channel, merchantId }, billDate, billDate) : []
      if (isSettled ? bill === undefined : posted.length === 0) continue
      const ownFen = isSettled && index === owed.length - 1 ? moreFen : 0
      if (totalOf(posted, 'netFen') === (bill?.netFen ?? 0) + ownFen && totalOf(posted, 'feeFen') === (bill?.feeFen ?? 0)) continue
      const sums = bill === undefined ? [] : await work.estates({ batchNo: bill.batchNo, channel, merchantId })
      const due = sums.map(({ estateId, paidFen, refundFen, feeFen }) =>
        ({ estateId, netFen: paidFen - refundFen - feeFen + (estateId === NO_ESTATE ? ownFen : 0), feeFen }))
      if (ownFen !== 0 && !due.some(({ estateId }) => estateId === NO_ESTATE)) due.push({ estateId: NO_ESTATE, netFen: ownFen, feeFen: 0 })
      const of = { transit: transitOf(channel, merchantId), bank: { account: 'bank', of: bankAccount } as const, ref, bizDate: dueDate }
      const postings = settlementChanges(due, posted).flatMap((one) => settlementPostings(one, of))
      // A bill may name refunds that failed: its net is then another than that of its estates, and stays so.
      if (postings.length === 0) continue
      await change(by, async (one) => {
        for (const kind of ['fee-charged', 'fee-returned', 'settled'] as const) await post(one, postings.filter((posting) => posting.event.kind === kind))
        await one.audit({ action: isSettled ? 'reconciliation.settled' : 'reconciliation.unsettled', subject: `bill:${ref}`, estateId: null,
          after: { bankAccount, netFen: bill?.netFen ?? 0 } })
      })
    }
  }
}
