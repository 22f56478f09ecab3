import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadBill } from '../../../../server/reconciliation/batch/load-bill.js'
import { matchBatch } from '../../../../server/reconciliation/batch/match-batch.js'
import { matchFund } from '../../../../server/reconciliation/fund/match-fund.js'
import { judge, judgeTrade } from '../../../bench/reconcile.js'
import { DATE, DAY_BEFORE, MERCHANT } from '../../../bench/reconcile/bill-text.js'
import { FILES, writeDay } from '../../../bench/reconcile/day.js'
import { tempFolder } from '../../support/temp-database.js'
import { poolOf, reconRig } from './recon-rig.js'

it('of a made-up day every fault of trade and fund bill is found by its class, none is taken for the same and nothing else is told', async () => {
  const rig = await reconRig()
  const folder = await tempFolder()
  const truth = await writeDay({ rows: 12_000, seed: 7, folder, databaseFile: rig.url.slice('file:'.length) })
  const bill = async (name: keyof typeof FILES, billDate: string, kind: 'trade' | 'fund') => {
    const of = { channel: 'wechat', merchantId: MERCHANT, billDate, kind } as const
    const batchNo = await rig.batch(of)
    return { batchNo, ...await loadBill(rig.bulk, { ...of, batchNo, path: join(folder, FILES[name]), sha1: null, feePpm: null }) }
  }
  const days = [
    { billDate: DAY_BEFORE, of: await bill('tradeBefore', DAY_BEFORE, 'trade'), moved: await bill('fundBefore', DAY_BEFORE, 'fund') },
    { billDate: DATE, of: await bill('trade', DATE, 'trade'), moved: await bill('fund', DATE, 'fund') },
  ]
  expect([days[1]?.of.trade?.rows, days[1]?.moved.fund?.rows]).toEqual([truth.rows, truth.fundRows])
  for (const { billDate, of, moved } of days) {
    const job = { channel: 'wechat', merchantId: MERCHANT, billDate, pool: poolOf(billDate), run: 1, atMs: 1 }
    matchBatch(rig.bulk, { ...job, batchNo: of.batchNo })
    matchFund(rig.bulk, { ...job, tradeBatchNo: of.batchNo, fundBatchNo: moved.batchNo })
  }
  const legs: Record<number, Record<string, string[]>> = { 1: {}, 2: {} }
  for (const { leg, classCode, reference } of await rig.db.read.reconCase.findMany()) ((legs[leg] ??= {})[classCode] ??= []).push(reference)
  // The bank's faults are none of the bills'.
  const { BANK_SUSPENSE: _unknown, ...ofBills } = truth.fund.faults
  const fund = { ...truth.fund, faults: { ...ofBills, SETTLEMENT_SHORT: (ofBills['SETTLEMENT_SHORT'] ?? []).filter((reference) => !reference.startsWith('BK')) } }
  for (const [leg, told] of [[truth.trade, judgeTrade(truth.trade, legs[1] ?? {})], [fund, judge(fund, legs[2] ?? {})]] as const) {
    const faults = Object.values(leg.faults).flat().length
    expect(faults).toBeGreaterThan(25)
    expect(told).toEqual({ faults, foundRightly: faults, falseMatches: 0, needless: 0, autoMatchPercent: 100 })
  }
})
