import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { TRANSIT } from '../../ledger/chart.js'
import type { Posting } from '../../ledger/journal-rules.js'
import { post } from '../../ledger/ledger-service.js'
import type { MoneyPlace } from '../../ledger/posting-rules.js'
import type { BillWork } from '../batch/bill-work.js'
import type { EstateSums } from '../batch/match-repository.js'
import { settledBills } from './settled-bills-repository.js'
import type { Owed } from './settle-rules.js'

const TRANSIT_OF = { wechat: TRANSIT.wechat, alipay: TRANSIT.alipay, unionpay: TRANSIT.pos } as const

export const transitOf = (channel: string, merchantId: string): MoneyPlace => ({ account: TRANSIT_OF[channel as keyof typeof TRANSIT_OF], of: merchantId })

/** What a day's settlement means for an estate: its charge is a claim on the budget, the rest has gone from the channel to the bank. Pure. */
export function settlementPostings(sums: EstateSums, of: { transit: MoneyPlace; bank: MoneyPlace; ref: string; bizDate: string }): Posting[] {
  const { transit, bank, ref, bizDate } = of
  const { estateId, paidFen, refundFen, feeFen } = sums
  const netFen = paidFen - refundFen - feeFen
  const common = { estateId, causeRef: `${ref}:${estateId}`, bizDate, memo: ref }
  const postings: Posting[] = []
  if (feeFen > 0) postings.push({ ...common, event: { kind: 'fee-charged', from: transit, fen: feeFen } })
  if (feeFen < 0) postings.push({ ...common, event: { kind: 'fee-returned', into: transit, fen: -feeFen } })
  // An estate that gave back more than it took is settled by the others' money.
  if (netFen > 0) postings.push({ ...common, event: { kind: 'settled', from: transit, into: bank, fen: netFen } })
  if (netFen < 0) postings.push({ ...common, event: { kind: 'settled', from: bank, into: transit, fen: -netFen } })
  return postings
}

/** Posts settlements that arrived, once each however often they are matched. */
export function createSettlementPosting(deps: { readonly read: Tx; readonly change: RunChange; readonly work: BillWork }) {
  return async (by: string | null, bankAccount: string, owed: readonly Owed[]): Promise<void> => {
    for (const { channel, merchantId, billDate, dueDate } of owed) {
      const bill = (await settledBills(deps.read, { channel, merchantId }, billDate)).find((one) => one.billDate === billDate)
      if (bill === undefined) continue
      const sums = await deps.work.estates({ batchNo: bill.batchNo, channel, merchantId })
      const of = { transit: transitOf(channel, merchantId), bank: { account: 'bank', of: bankAccount } as const, ref: `${channel}:${merchantId}:${billDate}`, bizDate: dueDate }
      const postings = sums.flatMap((one) => settlementPostings(one, of))
      await deps.change(by, async (one) => {
        for (const kind of ['fee-charged', 'fee-returned', 'settled'] as const) await post(one, postings.filter((posting) => posting.event.kind === kind))
        await one.audit({ action: 'reconciliation.settled', subject: `bill:${channel}:${merchantId}:${billDate}`, estateId: null, after: { bankAccount, netFen: bill.netFen } })
      })
    }
  }
}
