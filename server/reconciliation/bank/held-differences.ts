import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { addDays, civilDateOf, startOfDayMs } from '../../household/civil-date-rules.js'
import { post } from '../../ledger/ledger-service.js'
import type { MoneyPlace } from '../../ledger/posting-rules.js'
import { type HeldCause, noteSuspense, resolvedSuspense, withdrawSuspense } from '../../payment/payment-register.js'
import { type CaseRecord, findCase } from '../case/case-repository.js'
import { allMerchants } from '../merchant/merchant-repository.js'
import { type HeldPosting, approvedToHold, heldOfFundBill, heldPostings, standsHeld } from './held-repository.js'
import { transitOf } from './settlement-posting.js'
import type { Owed } from './settle-rules.js'

export interface HeldDifferences {
  /** Brings what the books hold in suspense for a case to what is agreed on about it. @returns whether anything was posted, null where the merchant has no bank account */
  settle(by: string | null, one: CaseRecord): Promise<boolean | null>
  /** The same for all cases, as after a look that found some of them gone. @returns how many moved */
  settleAll(): Promise<number>
  /** True where the money of a case found its place already: it is not taken out of there by opening the case. */
  isResolved(caseId: string): Promise<boolean>
}

export interface HeldDifferencesDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly clock: Clock
  readonly ids: IdSource
  readonly log: Logger
  /** Posts a settlement as it arrived, or takes it back. */
  readonly settled: (by: string | null, bankAccount: string, owed: readonly Owed[], isSettled: boolean, moreFen?: number) => Promise<void>
}

/** Approved cases of so many days are looked at again, whatever became of them. */
const WINDOW_DAYS = 60
const CAUSES: Readonly<Record<string, HeldCause>> = {
  SETTLEMENT_SHORT: 'settlement-short', SETTLEMENT_OVER: 'settlement-over', SETTLEMENT_MISSING: 'settlement-missing', BANK_SUSPENSE: 'bank-credit',
}

/** Where a difference is and since when. */
interface Held {
  readonly at: MoneyPlace
  readonly memo: string | null
  readonly bizDate: string
  readonly fen: number
}
const textOf = (sides: CaseRecord['theirs'], name: string): string | null => {
  const value = sides?.[name]
  return typeof value === 'string' ? value : Array.isArray(value) ? (value[0] ?? null) : null
}
const isBankCredit = ({ channel }: CaseRecord): boolean => channel === 'bank'
/** Told by bank and bill: what the bank brought otherwise. Others of the settlement's classes are told by the channel's own fund bill. */
const isOfBank = ({ batchNo }: CaseRecord): boolean => batchNo === null
const daysOf = ({ channel, merchantId, ours, bizDate }: CaseRecord): Owed[] => {
  const days = Array.isArray(ours?.['days']) ? ours['days'] : [bizDate]
  return days.map((billDate) => ({ channel, merchantId, billDate, netFen: 0, dueDate: textOf(ours, 'dueDate') ?? billDate }))
}

/**
 * Differences of settlements and credits that nobody knows, in suspense from the moment that people agreed until the bank explains them or
 * two persons resolve them. What the books hold is always brought to what the cases say: a repeat, or a start after a cut, posts nothing twice.
 */
export function createHeldDifferences({ read, change, clock, ids, log, settled }: HeldDifferencesDeps): HeldDifferences {
  const bankAccountOf = async ({ channel, merchantId }: CaseRecord): Promise<string | null> => (isBankCredit({ channel } as CaseRecord) ? merchantId
    : (await allMerchants(read)).find((one) => one.channel === channel && one.merchantId === merchantId)?.bankAccount ?? null)

  const wantedOf = async (one: CaseRecord, bankAccount: string): Promise<Held> => {
    const { differenceFen, classCode, theirs, ours, bizDate, channel, merchantId } = one
    const bank = { account: 'bank', of: bankAccount } as const
    if (isBankCredit(one)) return { at: bank, memo: one.reference, bizDate: textOf(theirs, 'date') ?? bizDate, fen: differenceFen }
    const transit = transitOf(channel, merchantId)
    if (!isOfBank(one)) return { at: transit, memo: one.reference, bizDate, fen: differenceFen }
    const dueDate = textOf(ours, 'dueDate') ?? bizDate
    const fundFen = await heldOfFundBill(read, { channel, merchantId, billDate: bizDate })
    // What has not come at all is still the channel's.
    return classCode === 'SETTLEMENT_MISSING' ? { at: transit, memo: one.reference, bizDate: dueDate, fen: differenceFen - fundFen }
      : { at: bank, memo: textOf(theirs, 'serials'), bizDate: dueDate, fen: differenceFen - fundFen }
  }

  const move = (by: string | null, one: CaseRecord, held: Held, before: HeldPosting | undefined): Promise<void> => change(by, async (now) => {
    const fen = held.fen - (before?.fen ?? 0)
    const { caseId, estateId, classCode, channel, merchantId, reference } = one
    const causeRef = `${caseId}:${(before?.turns ?? 0) + 1}`
    const bizDate = before === undefined || held.fen !== 0 ? held.bizDate : civilDateOf(now.atMs)
    await post(now, [{ estateId, causeRef, bizDate, memo: held.memo, event: { kind: 'difference-held', at: held.at, fen } }])
    const place = { channel: (channel === 'unionpay' ? 'pos' : channel) as 'wechat' | 'alipay' | 'pos' | 'bank', merchantId }
    // What waits under the case and is now explained is gone; otherwise this is one thing more to explain.
    if (!await withdrawSuspense(now.tx, caseId, 0 - fen, now.atMs)) {
      await noteSuspense(now.tx, { suspenseId: ids.uuid(), estateId, ...place, outTradeNo: reference, transactionId: causeRef, fen, cause: CAUSES[classCode] ?? 'bank-credit',
        createdAtMs: startOfDayMs(bizDate) })
    }
    const action = `reconciliation.difference-${held.fen === 0 ? 'released' : 'held'}`
    await now.audit({ action, subject: `case:${caseId}`, estateId, after: { class: classCode, fen, causeRef } })
  })

  const settle: HeldDifferences['settle'] = async (by, one) => {
    const before = (await heldPostings(read, one.caseId)).get(one.caseId)
    if (!standsHeld(one) && (before?.fen ?? 0) === 0) return false
    const bankAccount = await bankAccountOf(one)
    const isSettlement = isOfBank(one) && !isBankCredit(one) && one.classCode !== 'SETTLEMENT_MISSING'
    if (bankAccount === null && isOfBank(one)) return null
    const wanted = standsHeld(one) ? await wantedOf(one, bankAccount ?? '') : before === undefined ? undefined : { ...before, bizDate: civilDateOf(clock.wallMs()), fen: 0 }
    // What came is in the bank, whatever is missing of it; a case that is open again says nothing for sure.
    if (isSettlement && bankAccount !== null && one.state !== 'cleared' && one.state !== 'auto') {
      await settled(by, bankAccount, daysOf(one), standsHeld(one), one.differenceFen - (wanted?.fen ?? 0))
    }
    if (wanted === undefined || wanted.fen === (before?.fen ?? 0)) return false
    await move(by, one, wanted, before)
    return true
  }

  return {
    settle,
    async settleAll() {
      const cases = new Map((await approvedToHold(read, addDays(civilDateOf(clock.wallMs()), -WINDOW_DAYS))).map((one) => [one.caseId, one]))
      for (const caseId of (await heldPostings(read, null)).keys()) {
        const one = cases.get(caseId) ?? await findCase(read, caseId)
        if (one !== null) cases.set(caseId, one)
      }
      let moved = 0
      for (const one of cases.values()) {
        const hasMoved = await settle(null, one).catch((error: unknown) => {
          log.error({ caseId: one.caseId, err: error }, 'what stands in suspense for a case could not be brought to what it says')
          return false
        })
        if (hasMoved === true) moved += 1
      }
      return moved
    },
    isResolved: (caseId) => resolvedSuspense(read, caseId),
  }
}
