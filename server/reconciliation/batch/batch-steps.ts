import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { type Holidays, poolDays } from '../bank/settle-rules.js'
import type { Finding } from '../file/finding.js'
import type { FundTotals } from '../file/fund-row.js'
import { feePpmOf } from '../merchant/merchant-register.js'
import { type BatchFigures, type BatchRecord, canMatch, gapOf, runOf, takesFile } from './batch-machine.js'
import * as rows from './batch-repository.js'
import type { BillFiles } from './bill-files.js'
import type { BillWork } from './bill-work.js'
import { NO_ESTATE } from './difference-rules.js'
import type { FoundScope } from './found-case-repository.js'

export interface UploadedBill extends rows.BillKey {
  readonly fileName: string
  /** What the channel said that the unzipped file's SHA-1 is; null where nobody knows. */
  readonly sha1: string | null
}

export interface BatchServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly work: BillWork
  readonly files: BillFiles
  readonly holidays: () => Promise<Holidays>
  readonly runtime: { readonly clock: Clock; readonly log: Logger }
}

export const subjectOf = ({ channel, merchantId, billDate, kind, version }: BatchRecord): string => `bill:${channel}:${merchantId}:${billDate}:${kind}:${version}`

/** @throws AppError SV_HTTP_NOT_FOUND */
export async function freshBatch(read: Tx, batchNo: number): Promise<BatchRecord> {
  const batch = await rows.findBatch(read, batchNo)
  if (batch === null) throw fail('SV_HTTP_NOT_FOUND')
  return batch
}

/** The row that a file is for: the one that waits, or a new version. @throws AppError SV_RECON_BATCH where the day takes none any more */
export const reserveBatch = ({ change }: BatchServiceDeps, by: string | null, bill: UploadedBill): Promise<BatchRecord> => change(by, async ({ tx, atMs }) => {
  const latest = await rows.latestBatch(tx, bill)
  if (latest !== null && !takesFile(latest.state)) throw fail('SV_RECON_BATCH', { batchNo: latest.batchNo, state: latest.state })
  if (latest !== null && latest.state === 'waiting') return latest
  const { channel, merchantId, billDate, kind } = bill
  return rows.insertBatch(tx, { channel, merchantId, billDate, kind, version: (latest?.version ?? 0) + 1, source: by === null ? 'channel' : 'upload', createdBy: by,
    createdAtMs: atMs,
    nextTryAtMs: null })
})

/** Opens a case about a bill that is damaged or does not come. */
export const tellFinding = ({ work, runtime: { clock } }: BatchServiceDeps, batch: BatchRecord, finding: Finding): Promise<void> => {
  const { batchNo, channel, merchantId, billDate, kind, figures } = batch
  return work.store([{
    scope: { leg: kind === 'trade' ? 1 : 2, batchNo, channel, merchantId, bizDate: billDate, run: 0, atMs: clock.wallMs() }, isAll: false,
    found: [{
      leg: kind === 'trade' ? 1 : 2, classCode: 'BILL_INTEGRITY', key: kind, reference: finding.file, orderNo: null, transactionId: null, billId: null, estateId: NO_ESTATE,
        line: finding.line,
      riskFen: Math.abs(figures?.bill.trade?.netFen ?? 0), differenceFen: 0, theirs: { ...finding }, ours: null,
    }],
  }])
}

/** Reads the kept file into rows. Where it is wrong the batch says so, and stands where it stood. */
export async function loadBatch(deps: BatchServiceDeps, batch: BatchRecord): Promise<BatchRecord> {
  const { read, change, work, files, runtime: { log } } = deps
  const { batchNo, channel, merchantId, billDate, kind, sha1, fileName, fileHash } = batch
  if (fileName === null || fileHash === null) throw fail('SV_RECON_BATCH', { batchNo, state: batch.state })
  const path = files.pathOf({ name: fileName, sha256: fileHash })
  const loaded = await work.load({ batchNo, channel, merchantId, billDate, kind, path, sha1, feePpm: await feePpmOf(read, channel, merchantId) })
  await change(null, async (one) => {
    if (!loaded.ok) {
      // People know the file by its own name, not by that under which it is kept.
      const finding = { ...loaded.error, file: fileName }
      await rows.moveBatch(one.tx, batchNo, 'fetched', { finding }, one.atMs)
      await one.audit({ action: 'reconciliation.bill-refused', subject: subjectOf(batch), estateId: null, after: { code: finding.code, detail: finding.detail } })
      return
    }
    const figures: BatchFigures = { bill: loaded.value, match: null, gapFen: null }
    if (!await rows.moveBatch(one.tx, batchNo, 'fetched', { state: 'parsed', finding: null, figures, nextTryAtMs: null }, one.atMs)) return
    await rows.replaceEarlier(one.tx, batch, one.atMs)
  })
  if (!loaded.ok) {
    log.warn({ batchNo, finding: loaded.error }, 'a bill was refused')
    await tellFinding(deps, batch, { ...loaded.error, file: fileName })
  }
  return freshBatch(read, batchNo)
}

/** The fund bill of a day by its trade bill. Nothing is said before both bills are there. @returns days around that this may explain */
async function matchFundDay({ read, change, work, holidays, runtime: { clock } }: BatchServiceDeps, day: Omit<rows.BillKey, 'kind'>): Promise<readonly string[]> {
  const { channel, merchantId, billDate } = day
  const fund = await rows.latestBatch(read, { ...day, kind: 'fund' })
  const trade = await rows.latestBatch(read, { ...day, kind: 'trade' })
  if (fund === null || fund.figures?.bill.fund == null) return []
  const { batchNo: fundBatchNo, figures, state } = fund
  const found = { run: runOf(fund), atMs: clock.wallMs() }
  const scope: FoundScope = { leg: 2, batchNo: fundBatchNo, channel, merchantId, bizDate: billDate, ...found, classes: ['BILL_INTEGRITY'] }
  if (trade === null || trade.figures?.bill.trade == null) {
    await work.store([{ scope, found: [], isAll: true }])
    return []
  }
  const { classes, digest, ownFen, voidedFen, openDays } = await work.matchFund({
    ...day, fundBatchNo, tradeBatchNo: trade.batchNo, pool: poolDays(billDate, await holidays()), ...found,
  })
  const { inFen, outFen } = fund.figures.bill.fund as FundTotals
  const differenceFen = Object.values(classes).reduce((sum, one) => sum + one.differenceFen, 0)
  const gapFen = inFen - outFen - ownFen - (trade.figures.bill.trade.netFen - voidedFen) - differenceFen
  await change(null, ({ tx, atMs }) =>
    rows.moveBatch(tx, fundBatchNo, state, { figures: { bill: figures.bill, match: null, gapFen }, digest, runs: fund.runs + 1 }, atMs))
  return openDays
}

/** Days around are looked at again where they are not explained: a movement may stand in the bill of another day than its trade. */
async function matchFundBill(deps: BatchServiceDeps, { channel, merchantId, billDate }: BatchRecord): Promise<void> {
  for (const openDay of await matchFundDay(deps, { channel, merchantId, billDate })) await matchFundDay(deps, { channel, merchantId, billDate: openDay })
}

/** @throws AppError SV_RECON_BATCH where it has no rows, or has moved meanwhile */
export async function matchBill(deps: BatchServiceDeps, batch: BatchRecord, by: string | null): Promise<BatchRecord> {
  const { read, change, work, holidays, runtime: { clock } } = deps
  const { batchNo, channel, merchantId, billDate, kind, figures, state } = batch
  if (!canMatch(state) || figures === null) throw fail('SV_RECON_BATCH', { batchNo, state })
  // A fund bill is matched with the trade bill, not with what we have.
  const outcome = kind === 'fund' ? null : await work.match({
    batchNo, channel, merchantId, billDate, pool: poolDays(billDate, await holidays()), run: runOf(batch), atMs: clock.wallMs(),
  })
  await change(by, async (one) => {
    const gapFen = outcome === null ? null : gapOf(figures.bill, outcome)
    const matched = { state: 'matched', figures: { bill: figures.bill, match: outcome, gapFen }, runs: batch.runs + 1,
      ...(outcome === null ? {} : { digest: outcome.digest }) } as const
    if (!await rows.moveBatch(one.tx, batchNo, state, matched, one.atMs)) throw fail('SV_RECON_BATCH', { batchNo, state })
    await one.audit({ action: 'reconciliation.match', subject: subjectOf(batch), estateId: null, after: { run: batch.runs + 1, digest: outcome?.digest ?? null } })
  })
  await matchFundBill(deps, batch)
  return freshBatch(read, batchNo)
}
