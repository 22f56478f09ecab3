import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACCOUNTS } from '../../../server/ledger/chart.js'
import { balances, balancesAsOf, verifyLedger } from '../../../server/ledger/ledger-service.js'
import { agesOf, gapsOf } from '../../../server/treasury/treasury-rules.js'
import { BANK, WX, rent, treasuryRig } from './treasury-rig.js'

describe('a hand-over to the treasury', () => {
  it('is gross, by two persons, against money that the books hold at the bank, and clears what was collected', async () => {
    const rig = await treasuryRig()
    await rig.book('2026-01-02', { kind: 'billed', parts: [rent(10_000)] })
    await rig.book('2026-01-03', { kind: 'paid', into: WX, parts: [rent(10_000)], prepaid: null })
    await rig.book('2026-01-03', { kind: 'fee-charged', from: WX, fen: 60 })
    await rig.book('2026-01-04', { kind: 'settled', from: WX, into: BANK, fen: 9_940 })
    await expect(rig.propose()).rejects.toMatchObject({ code: 'SV_TREASURY_TERMS' })
    await rig.setTerms()
    expect(await rig.vouchers.due('jh', '2026-01-02')).toMatchObject({ dueFen: 0 })
    expect(await rig.vouchers.due('jh', '2026-01-04')).toEqual({ estateId: 'jh', untilDate: '2026-01-04', collectedFen: 10_000, vouchedFen: 0, dueFen: 10_000 })
    await expect(rig.propose({ untilDate: '2026-01-05' })).rejects.toMatchObject({ code: 'SV_TREASURY_AMOUNT', details: { field: 'untilDate' } })
    await expect(rig.propose({ fen: 10_001 })).rejects.toMatchObject({ code: 'SV_TREASURY_AMOUNT', details: { field: 'fen', dueFen: 10_000 } })
    const { voucherId } = await rig.propose()
    // What stands in a voucher is not due a second time.
    await expect(rig.propose()).rejects.toMatchObject({ code: 'SV_TREASURY_AMOUNT', details: { dueFen: 0 } })
    await expect(rig.vouchers.decide('officer', voucherId, 'approve')).rejects.toMatchObject({ code: 'SV_TREASURY_SELF' })
    const proof = { bankSerial: 'S1', doneOn: '2026-01-05', paymentCode: '44070126000000000001' }
    await expect(rig.vouchers.carryOut('officer', voucherId, proof)).rejects.toMatchObject({ code: 'SV_TREASURY_STATE' })
    await rig.vouchers.decide('checker', voucherId, 'approve')
    await expect(rig.vouchers.carryOut('officer', voucherId, proof)).rejects.toMatchObject({ code: 'SV_TREASURY_FUNDS', details: { heldFen: 9_940, fen: 10_000 } })
    // The fee is never taken out of the revenue (不得坐支): the budget pays it, and only then is the money whole.
    const fees = { kind: 'fee-reimbursement', merchantId: WX.of } as const
    await rig.handOver(fees)
    await rig.vouchers.carryOut('officer', voucherId, proof)
    await expect(rig.vouchers.carryOut('officer', voucherId, proof)).rejects.toMatchObject({ code: 'SV_TREASURY_STATE' })
    expect([await rig.balance('to-hand-over'), await rig.balance('bank'), await rig.balance('fee-claim'), await rig.balance('transit-wechat')]).toEqual([0, 0, 0, 0])
    expect(await rig.vouchers.find(voucherId)).toMatchObject({ state: 'done', paymentCode: '44070126000000000001', fen: 10_000, account: 'bank' })
    await expect(rig.propose(fees)).rejects.toMatchObject({ code: 'SV_TREASURY_AMOUNT' })
    await expect(rig.propose({ kind: 'fee-reimbursement' })).rejects.toMatchObject({ details: { field: 'merchantId' } })
    expect((await verifyLedger(rig.db.read)).brokenAtSeq).toBeNull()
  })

  it('in direct mode goes from the channel itself, and never above what came by it', async () => {
    const rig = await treasuryRig()
    await rig.setTerms({ mode: 'direct' })
    await rig.book('2026-01-02', { kind: 'billed', parts: [rent(700), rent(300, 'b2')] })
    await rig.book('2026-01-03', { kind: 'paid', into: WX, parts: [rent(700)], prepaid: { householdId: 'h1', fen: 50 } })
    await rig.book('2026-01-03', { kind: 'paid', into: { account: 'transit-alipay', of: '2088' }, parts: [rent(300, 'b2')], prepaid: null })
    await expect(rig.propose()).rejects.toMatchObject({ details: { field: 'channel' } })
    await expect(rig.propose({ channel: 'wechat', merchantId: WX.of, fen: 701 })).rejects.toMatchObject({ details: { dueFen: 700 } })
    await rig.handOver({ channel: 'wechat', merchantId: WX.of })
    await rig.handOver({ channel: 'alipay', merchantId: '2088' })
    expect([await rig.balance('to-hand-over'), await rig.balance('transit-wechat'), await rig.balance('transit-alipay'), await rig.balance('prepayment')]).toEqual([0, 50, 0, 50])
  })

  it('takes money that came late for a day before it, and gives none twice', async () => {
    const rig = await treasuryRig()
    await rig.setTerms()
    await rig.book('2026-01-02', { kind: 'paid', into: BANK, parts: [rent(100)], prepaid: null })
    await rig.handOver({ untilDate: '2026-01-03' })
    await rig.book('2026-01-02', { kind: 'paid', into: BANK, parts: [rent(40)], prepaid: null })
    expect(await rig.vouchers.due('jh', '2026-01-04')).toMatchObject({ dueFen: 40 })
    await expect(rig.propose({ untilDate: '2026-01-02' })).rejects.toMatchObject({ details: { field: 'untilDate' } })
    await rig.handOver()
    expect(await rig.balance('to-hand-over')).toBe(0)
  })
})

describe('money on its way', () => {
  it('ages by the day that it came; what is older than two days is overdue', async () => {
    const rig = await treasuryRig()
    await rig.book('2026-01-01', { kind: 'paid', into: WX, parts: [rent(500)], prepaid: null })
    await rig.book('2026-01-04', { kind: 'paid', into: WX, parts: [rent(300)], prepaid: null })
    await rig.book('2026-01-04', { kind: 'settled', from: WX, into: BANK, fen: 450 })
    expect(await rig.transit.ageing(['jh'])).toEqual({ date: '2026-01-05', overdueFen: 550, lines: [
      { estateId: 'jh', account: 'transit-wechat', of: WX.of, fen: 350, overdueFen: 50, days: [{ date: '2026-01-01', fen: 50, days: 4 }, { date: '2026-01-04', fen: 300, days: 1 }] },
      { estateId: 'jh', account: 'to-hand-over', of: null, fen: 800, overdueFen: 500, days: [{ date: '2026-01-01', fen: 500, days: 4 }, { date: '2026-01-04', fen: 300, days: 1 }] },
    ] })
    expect((await rig.transit.ageing(['elsewhere'])).lines).toEqual([])
  })

  it('adds up to what is there, whatever came and left', () => {
    const day = fc.record({ date: fc.integer({ min: 1, max: 28 }).map((at) => `2026-01-${String(at).padStart(2, '0')}`), fen: fc.integer({ min: -50, max: 500 }) })
    fc.assert(fc.property(fc.array(day, { maxLength: 20 }), fc.nat(100), (days, share) => {
      const sorted = [...days].sort((a, b) => (a.date < b.date ? -1 : 1))
      const came = sorted.reduce((sum, one) => sum + one.fen, 0)
      fc.pre(came >= 0)
      const left = Math.floor((came * share) / 100)
      const aged = agesOf(sorted, left, '2026-02-01')
      expect(aged.reduce((sum, one) => sum + one.fen, 0)).toBe(came - left)
      expect(aged.every((one) => one.fen > 0)).toBe(true)
    }))
  })
})

describe('the books of any moment', () => {
  it('are what they were then, whatever was posted since for days before', async () => {
    const rig = await treasuryRig()
    await rig.book('2026-01-02', { kind: 'paid', into: BANK, parts: [rent(100)], prepaid: null })
    const then = rig.clock.wallMs()
    const before = await balances(rig.db.read, ['jh'], '2026-01-04')
    rig.clock.advance(60_000)
    await rig.book('2026-01-02', { kind: 'paid', into: BANK, parts: [rent(11)], prepaid: null })
    expect(await balancesAsOf(rig.db.read, ['jh'], then)).toEqual(before)
    expect(await balancesAsOf(rig.db.read, null, rig.clock.wallMs())).toEqual(await balances(rig.db.read, null, '2099-12-31'))
    expect(await balancesAsOf(rig.db.read, null, 0)).toEqual([])
  })
})

/** What services do in any order; every account that must clear is brought to zero by vouchers and settlements alone. */
describe('any year of an estate', () => {
  it('clears at its end: channels, bank, claims and what is to be handed over', async () => {
    const step = fc.record({ kind: fc.constantFrom('pay', 'pay-bank', 'refund', 'settle', 'fee', 'hand-over'), fen: fc.integer({ min: 1, max: 90_000 }) })
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const rig = await treasuryRig()
      await rig.setTerms()
      const day = '2026-01-04'
      for (const { kind, fen } of steps) {
        const [transit, bank, due] = [await rig.balance('transit-wechat'), await rig.balance('bank'), await rig.balance('to-hand-over')]
        if (kind === 'pay' || kind === 'pay-bank') {
          await rig.book(day, { kind: 'billed', parts: [rent(fen)] })
          await rig.book(day, { kind: 'paid', into: kind === 'pay' ? WX : BANK, parts: [rent(fen)], prepaid: null })
        } else if (kind === 'refund' && Math.min(transit, due) > 0) {
          await rig.book(day, { kind: 'refunded', from: WX, parts: [rent(Math.min(fen, transit, due))], handedOver: fen % 2 === 0 })
          await rig.book(day, { kind: 'reduced', parts: [rent(Math.min(fen, transit, due))] })
        } else if (kind === 'settle' && transit > 0) await rig.book(day, { kind: 'settled', from: WX, into: BANK, fen: Math.min(fen, transit) })
        else if (kind === 'fee' && transit > 0) await rig.book(day, { kind: 'fee-charged', from: WX, fen: Math.min(transit, 60) })
        else if (kind === 'hand-over' && Math.min(bank, due) > 0) await rig.handOver({ fen: Math.min(fen, bank, due) })
      }
      const transit = await rig.balance('transit-wechat')
      if (transit > 0) await rig.book(day, { kind: 'settled', from: WX, into: BANK, fen: transit })
      if (await rig.balance('fee-claim') > 0) await rig.handOver({ kind: 'fee-reimbursement', merchantId: WX.of })
      if (await rig.balance('treasury-refund-claim') > 0) await rig.handOver({ kind: 'pay-back' })
      if (await rig.balance('to-hand-over') > 0) await rig.handOver()
      const left = (await balances(rig.db.read, null, '2099-12-31')).filter((row) => row.balanceFen !== 0 && ACCOUNTS[row.account].clears !== null)
      expect(left).toEqual([])
    }), { numRuns: 3 })
  }, 120_000)
})

describe('numbers of receipts', () => {
  it('that nobody was given are named', () => {
    expect(gapsOf(['0000000003', '0000000001', '0000000007', '0000000003'])).toEqual([
      { from: '0000000002', until: '0000000002', count: 1 }, { from: '0000000004', until: '0000000006', count: 3 },
    ])
    expect(gapsOf([])).toEqual([])
  })
})
