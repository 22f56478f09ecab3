import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Account, ACCOUNTS, RECEIVABLES } from '../../../server/ledger/chart.js'
import type { Posting } from '../../../server/ledger/journal-rules.js'
import * as ledger from '../../../server/ledger/ledger-service.js'
import type { MoneyPlace, PostingEvent } from '../../../server/ledger/posting-rules.js'
import { tempDatabase } from '../support/temp-database.js'

const DAY = '2026-09-22'
const WX: MoneyPlace = { account: 'transit-wechat', of: '1900000109' }
const BANK: MoneyPlace = { account: 'bank', of: 'special-1' }
const rent = (fen: number, billId = 'b1') => ({ billId, householdId: 'h1', receivable: 'rent-receivable', fen } as const)

async function books() {
  const db = await tempDatabase()
  const posting = (causeRef: string, event: PostingEvent, bizDate = DAY, estateId = 'jh'): Posting => ({ estateId, causeRef, event, bizDate, memo: null })
  const change = <T>(work: (change: { tx: Parameters<Parameters<typeof db.transact>[0]>[0]; atMs: number; by: string }) => Promise<T>): Promise<T> =>
    db.transact((tx) => work({ tx, atMs: 1, by: 'u1' }))
  return {
    db, posting, change,
    post: (...postings: Posting[]) => change((one) => ledger.post(one, postings)),
    async balance(account: Account, untilDate = '2099-12-31', of: string | null = null): Promise<number> {
      return (await ledger.balances(db.read, null, untilDate)).filter((row) => row.account === account && (of === null || row.of === of)).reduce((sum, row) => sum + row.balanceFen, 0)
    },
  }
}

describe('posting', () => {
  it('moves what is owed, collected, settled and handed over, to zero', async () => {
    const { post, posting, balance, db } = await books()
    await post(posting('bill-1', { kind: 'billed', parts: [rent(12_480), { ...rent(20), receivable: 'late-charge-receivable' }] }))
    expect([await balance('rent-receivable'), await balance('late-charge-receivable'), await balance('not-yet-collected')]).toEqual([12_480, 20, 12_500])
    await post(posting('pay-1', { kind: 'paid', into: WX, parts: [rent(12_480), { ...rent(20), receivable: 'late-charge-receivable' }], prepaid: { householdId: 'h1', fen: 100 } }))
    expect([await balance('not-yet-collected'), await balance('to-hand-over'), await balance('prepayment'), await balance('transit-wechat')]).toEqual([0, 12_500, 100, 12_600])
    await post(posting('fee-1', { kind: 'fee-charged', from: WX, fen: 76 }))
    await post(posting('bk-1', { kind: 'settled', from: WX, into: BANK, fen: 12_524 }))
    await post(posting('re-1', { kind: 'fee-reimbursed', merchant: WX.of, into: BANK, fen: 76 }))
    await post(posting('ho-1', { kind: 'handed-over', from: BANK, fen: 12_500 }))
    const left = (await ledger.balances(db.read, ['jh'], '2099-12-31')).filter((row) => row.balanceFen !== 0)
    expect(left.map(({ account, of, balanceFen }) => [account, of, balanceFen])).toEqual([['bank', 'special-1', 100], ['prepayment', null, 100]])
    expect(await ledger.verifyLedger(db.read)).toEqual({ journals: 6, brokenAtSeq: null, wrongSums: 0 })
  })

  it('of a cause happens once: the same again is known, other content is refused, and nothing is written', async () => {
    const { post, posting, db } = await books()
    const first = posting('pay-1', { kind: 'paid', into: WX, parts: [rent(100)], prepaid: null })
    expect(await post(first)).toEqual([{ outcome: 'posted', seq: 1, bizDate: DAY }])
    expect(await post(first, { ...first, bizDate: '2026-09-23' })).toEqual([{ outcome: 'exists', seq: 1, bizDate: DAY }, { outcome: 'exists', seq: 1, bizDate: DAY }])
    await expect(post(posting('pay-2', { kind: 'paid', into: WX, parts: [rent(1)], prepaid: null }), posting('pay-1', { kind: 'paid', into: WX, parts: [rent(101)], prepaid: null })))
      .rejects.toMatchObject({ code: 'SV_LEDGER_CONFLICT' })
    expect(await db.read.ledgerJournal.count()).toBe(1)
    expect(await db.read.ledgerTransfer.count()).toBe(2)
  })

  it('twice in one call is once', async () => {
    const { post, posting, balance } = await books()
    const one = posting('pay-1', { kind: 'suspended', into: WX, fen: 5 })
    expect((await post(one, one)).map((posted) => posted.outcome)).toEqual(['posted', 'exists'])
    expect(await balance('suspense')).toBe(5)
  })

  it.each([0, -1, 0.5, Number.NaN, 2 ** 53])('of %s fen is refused', async (fen) => {
    const { post, posting, db } = await books()
    await expect(post(posting('x', { kind: 'suspended', into: WX, fen }))).rejects.toThrow(RangeError)
    expect(await db.read.ledgerJournal.count()).toBe(0)
  })

  it('for a closed day goes to the first open one and says so', async () => {
    const { post, posting, change, balance, db } = await books()
    await change((one) => ledger.closeUntil(one, 'jh', DAY))
    expect(await post(posting('late', { kind: 'suspended', into: WX, fen: 7 }))).toEqual([{ outcome: 'posted', seq: 1, bizDate: '2026-09-23' }])
    expect(await db.read.ledgerJournal.findFirst()).toMatchObject({ bizDate: '2026-09-23', lateFor: DAY })
    expect([await balance('suspense', DAY), await balance('suspense', '2026-09-23')]).toEqual([0, 7])
    await post(posting('elsewhere', { kind: 'suspended', into: WX, fen: 1 }, DAY, 'xh'))
    expect(await balance('suspense', DAY)).toBe(1)
    await expect(change((one) => ledger.closeUntil(one, 'jh', DAY))).rejects.toMatchObject({ code: 'SV_LEDGER_CLOSED' })
  })

  it('stays: the database refuses to change or remove it, and a change past it is found', async () => {
    const { post, posting, db } = await books()
    await post(posting('a', { kind: 'suspended', into: WX, fen: 7 }))
    await post(posting('b', { kind: 'suspended', into: WX, fen: 8 }))
    for (const sql of ['UPDATE "LedgerTransfer" SET "amountFen" = 1', 'DELETE FROM "LedgerTransfer"', 'UPDATE "LedgerJournal" SET "memo" = \'x\'', 'DELETE FROM "LedgerJournal"']) {
      await expect(db.transact((tx) => tx.$executeRawUnsafe(sql))).rejects.toThrow(/append-only/)
    }
    await db.transact((tx) => tx.$executeRawUnsafe('DROP TRIGGER "LedgerTransfer_no_update"'))
    await db.transact((tx) => tx.$executeRawUnsafe('UPDATE "LedgerTransfer" SET "amountFen" = 1 WHERE "seq" = 2'))
    expect(await ledger.verifyLedger(db.read)).toMatchObject({ brokenAtSeq: 2 })
    await db.transact((tx) => tx.$executeRawUnsafe('UPDATE "LedgerTransfer" SET "amountFen" = 8 WHERE "seq" = 2'))
    await db.transact((tx) => tx.$executeRawUnsafe('UPDATE "LedgerDay" SET "debitFen" = "debitFen" + 1 WHERE "account" = \'suspense\''))
    expect(await ledger.verifyLedger(db.read)).toEqual({ journals: 2, brokenAtSeq: null, wrongSums: 1 })
  })
})

/** A year of one household's money, made of steps that may happen in any order that its amounts allow. */
const step = fc.record({ kind: fc.constantFrom('bill', 'late', 'reduce', 'subsidy', 'pay', 'prepay', 'apply', 'refund', 'suspend', 'resolve', 'fee', 'settle', 'deposit'), share: fc.integer({ min: 1, max: 100 }), fen: fc.integer({ min: 1, max: 100_000 }) })

describe('any history', () => {
  it('keeps the treasury\'s two sides equal, and brings every account to zero that must clear', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const { post, posting, balance, db } = await books()
      const part = (of: number, share: number): number => Math.max(1, Math.floor((of * share) / 100))
      let count = 0
      let paid = 0
      const run = (event: PostingEvent) => post(posting(`c${(count += 1)}`, event))
      for (const { kind, share, fen } of steps) {
        const owed = await balance('rent-receivable')
        const [prepaid, suspended, transit, handOver] = [await balance('prepayment'), await balance('suspense'), await balance('transit-wechat'), await balance('to-hand-over')]
        if (kind === 'bill') await run({ kind: 'billed', parts: [rent(fen)] })
        else if (kind === 'late') await run({ kind: 'billed', parts: [{ ...rent(fen), receivable: 'late-charge-receivable' }] })
        else if (kind === 'reduce' && owed > 0) await run({ kind: 'reduced', parts: [rent(part(owed, share))] })
        else if (kind === 'subsidy' && owed > 0) await run({ kind: 'subsidy-offset', parts: [rent(part(owed, share))] })
        else if (kind === 'pay' && owed > 0) {
          paid += part(owed, share)
          await run({ kind: 'paid', into: WX, parts: [rent(part(owed, share))], prepaid: share > 90 ? { householdId: 'h1', fen } : null })
        } else if (kind === 'prepay') await run({ kind: 'paid', into: WX, parts: [], prepaid: { householdId: 'h1', fen } })
        else if (kind === 'apply' && owed > 0 && prepaid > 0) await run({ kind: 'prepayment-applied', parts: [rent(Math.min(part(owed, share), prepaid))] })
        else if (kind === 'refund' && Math.min(paid, transit, handOver) > 0) {
          const back = part(Math.min(paid, transit, handOver), share)
          paid -= back
          await run({ kind: 'refunded', from: WX, parts: [rent(back)], handedOver: share > 50 })
        } else if (kind === 'suspend') await run({ kind: 'suspended', into: WX, fen })
        else if (kind === 'resolve' && suspended > 0) await run(share > 50 ? { kind: 'suspense-returned', from: WX, fen: part(suspended, share) } : { kind: 'suspense-applied', parts: [], prepaid: { householdId: 'h1', fen: part(suspended, share) } })
        else if (kind === 'fee' && transit > 0) await run({ kind: 'fee-charged', from: WX, fen: part(transit, 1) })
        else if (kind === 'settle' && transit > 0) await run({ kind: 'settled', from: WX, into: BANK, fen: part(transit, share) })
        else if (kind === 'deposit') await run({ kind: 'deposit-received', into: BANK, householdId: 'h1', fen })
        const receivables = await Promise.all(RECEIVABLES.map((account) => balance(account)))
        expect(receivables.reduce((sum, one) => sum + one, 0)).toBe(await balance('not-yet-collected'))
      }
      for (const receivable of ['rent-receivable', 'late-charge-receivable'] as const) {
        const owed = await balance(receivable)
        if (owed > 0) await run({ kind: 'paid', into: WX, parts: [{ ...rent(owed), receivable }], prepaid: null })
      }
      const subsidy = await balance('subsidy-receivable')
      if (subsidy > 0) await run({ kind: 'subsidy-received', into: BANK, parts: [rent(subsidy)] })
      const suspended = await balance('suspense')
      if (suspended > 0) await run({ kind: 'suspense-returned', from: WX, fen: suspended })
      const transit = await balance('transit-wechat')
      if (transit > 0) await run({ kind: 'settled', from: WX, into: BANK, fen: transit })
      // Money that went back after its settlement: the bank makes the channel's balance good.
      if (transit < 0) await run({ kind: 'settled', from: BANK, into: WX, fen: -transit })
      const fees = await balance('fee-claim')
      if (fees > 0) await run({ kind: 'fee-reimbursed', merchant: WX.of, into: BANK, fen: fees })
      const claim = await balance('treasury-refund-claim')
      if (claim > 0) await run({ kind: 'treasury-paid-back', into: BANK, fen: claim })
      const handOver = await balance('to-hand-over')
      if (handOver > 0) await run({ kind: 'handed-over', from: BANK, fen: handOver })
      const left = (await ledger.balances(db.read, null, '2099-12-31')).filter((row) => row.balanceFen !== 0)
      const mayStay = left.filter((row) => ACCOUNTS[row.account].clears !== null && row.account !== 'bank')
      expect(mayStay).toEqual([])
      // What is left at the bank is exactly what belongs to households.
      expect(await balance('bank')).toBe((await balance('prepayment')) + (await balance('deposit')))
      expect(await ledger.verifyLedger(db.read)).toMatchObject({ brokenAtSeq: null, wrongSums: 0 })
    }), { numRuns: 12 })
  }, 120_000)
})
