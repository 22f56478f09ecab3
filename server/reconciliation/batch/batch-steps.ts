import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import type { Finding } from '../file/finding.js'
import { feePpmOf } from '../merchant/merchant-register.js'
import { type BatchFigures, type BatchRecord, canMatch, gapOf, runOf, takesFile } from './batch-machine.js'
import * as rows from './batch-repository.js'
import type { BillFiles } from './bill-files.js'
import type { BillWork } from './bill-work.js'
import { type Difference, NO_ESTATE } from './difference-rules.js'
import { type FundDeduction, numbersInBill, unknownDeductions } from './fund-repository.js'

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

const chargeback = ({ line, atMs, businessNo, flowNo, what, fen, voucher }: FundDeduction): Difference => ({
  leg: 2, classCode: 'CHARGEBACK', key: flowNo, reference: voucher === '' ? businessNo : voucher, orderNo: null, transactionId: null, billId: null, estateId: NO_ESTATE, line,
  riskFen: -fen, differenceFen: fen, theirs: { businessNo, flowNo, what, atMs, fen, voucher }, ours: null,
})

/** What the fund bill of a day deducts and neither we nor the trade bill of the day know of. Nothing is said before both bills are there. */
async function matchFundBill({ read, work, runtime: { clock } }: BatchServiceDeps, { channel, merchantId, billDate }: BatchRecord): Promise<void> {
  const fund = await rows.latestBatch(read, { channel, merchantId, billDate, kind: 'fund' })
  const trade = await rows.latestBatch(read, { channel, merchantId, billDate, kind: 'trade' })
  if (fund === null || fund.figures === null) return
  const deductions = trade === null || trade.figures === null ? [] : await unknownDeductions(read, fund.batchNo, channel)
  const inBill = trade === null ? new Set() : await numbersInBill(read, trade.batchNo, deductions.flatMap(({ businessNo, voucher }) => [businessNo, voucher]))
  const found = deductions.filter(({ businessNo, voucher }) => !inBill.has(businessNo) && !inBill.has(voucher)).map(chargeback)
  await work.store([{
    scope: { leg: 2, batchNo: fund.batchNo, channel, merchantId, bizDate: billDate, run: runOf(fund), atMs: clock.wallMs(), classes: ['CHARGEBACK', 'BILL_INTEGRITY'] },
    found, isAll: true,
  }])
}

/** @throws AppError SV_RECON_BATCH where it has no rows, or has moved meanwhile */
export async function matchBill(deps: BatchServiceDeps, batch: BatchRecord, by: string | null): Promise<BatchRecord> {
  const { read, change, work, runtime: { clock } } = deps
  const { batchNo, channel, merchantId, billDate, kind, figures, state } = batch
  if (!canMatch(state) || figures === null) throw fail('SV_RECON_BATCH', { batchNo, state })
  // A fund bill proves the balance by itself.
  const outcome = kind === 'fund' ? null : await work.match({ batchNo, channel, merchantId, billDate, run: runOf(batch), atMs: clock.wallMs() })
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
