import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadBill } from '../../../../server/reconciliation/batch/load-bill.js'
import { matchBatch } from '../../../../server/reconciliation/batch/match-batch.js'
import { judge } from '../../../bench/reconcile.js'
import { DATE, MERCHANT, writeDay } from '../../../bench/reconcile/day.js'
import { tempFolder } from '../../support/temp-database.js'
import { poolOf, reconRig } from './recon-rig.js'

it('of a made-up day every fault is found by its class, none is taken for the same and nothing else is told', async () => {
  const rig = await reconRig()
  const billFile = join(await tempFolder(), 'bill.csv')
  const truth = await writeDay({ rows: 12_000, seed: 7, billFile, databaseFile: rig.url.slice('file:'.length) })
  const of = { batchNo: await rig.batch(), channel: 'wechat', merchantId: MERCHANT, billDate: DATE } as const
  const loaded = await loadBill(rig.bulk, { ...of, kind: 'trade', path: billFile, sha1: null, feePpm: null })
  expect([loaded.trade?.rows, truth.rows]).toEqual([truth.rows, truth.rows])
  matchBatch(rig.bulk, { ...of, pool: poolOf(DATE), run: 1, atMs: 1 })
  const classes: Record<string, string[]> = {}
  for (const { classCode, reference } of await rig.cases()) (classes[classCode] ??= []).push(reference)
  const faults = Object.values(truth.faults).flat().length
  expect(faults).toBeGreaterThan(30)
  expect(judge(truth, classes)).toEqual({ faults, foundRightly: faults, falseMatches: 0, needless: 0, autoMatchPercent: 100 })
})
