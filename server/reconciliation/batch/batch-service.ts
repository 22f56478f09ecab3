import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { openCaseCount } from '../case/case-register.js'
import type { Finding } from '../file/finding.js'
import { feePpmOf } from '../merchant/merchant-register.js'
import { type BatchFigures, type BatchRecord, canMatch, gapOf, runOf, takesFile } from './batch-machine.js'
import * as rows from './batch-repository.js'
import type { BillFiles } from './bill-files.js'
import { NO_ESTATE } from './difference-rules.js'
import type { BillWork } from './bill-work.js'

export interface UploadedBill extends rows.BillKey {
  readonly fileName: string
  /** What the channel said that the unzipped file's SHA-1 is; null where nobody knows. */
  readonly sha1: string | null
}

export interface BatchService {
  find(batchNo: number): Promise<BatchRecord | null>
  list(filter: rows.BatchFilter): Promise<BatchRecord[]>
  /** A bill that came by hand or from the channel: kept, read, matched. Where the file is wrong the batch says so and stays open. @throws AppError SV_RECON_BATCH */
  take(by: string | null, bill: UploadedBill, bytes: AsyncIterable<Uint8Array>): Promise<BatchRecord>
  /** Matches it once more, as after a correction. @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_BATCH */
  rematch(by: string | null, batchNo: number): Promise<BatchRecord>
  /** Opens a case about a bill that is damaged or does not come; the next one that is good clears it. */
  tell(batch: BatchRecord, finding: Finding): Promise<void>
  /** Every difference is explained: nothing of the bill changes any more. @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_BATCH with how many are open */
  review(by: string, batchNo: number): Promise<BatchRecord>
  /** Opens a reviewed bill again. @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_BATCH */
  unreview(by: string, batchNo: number, reason: string): Promise<BatchRecord>
  /** Goes on with what a restart cut off. @returns how many */
  resume(): Promise<number>
}

export interface BatchServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly work: BillWork
  readonly files: BillFiles
  readonly runtime: { readonly clock: Clock; readonly log: Logger }
}

const LIST_MAX = 500

const subjectOf = ({ channel, merchantId, billDate, kind, version }: BatchRecord): string => `bill:${channel}:${merchantId}:${billDate}:${kind}:${version}`

export function createBatchService(deps: BatchServiceDeps): BatchService {
  const { read, change, work, files, runtime: { clock, log } } = deps
  /** Bills under work: what goes on with those that were cut off leaves them alone. */
  const working = new Set<number>()
  const fresh = async (batchNo: number): Promise<BatchRecord> => {
    const batch = await rows.findBatch(read, batchNo)
    if (batch === null) throw fail('SV_HTTP_NOT_FOUND')
    return batch
  }

  /** The row that the file is for: the one that waits, or a new version. */
  const reserve = (by: string | null, bill: UploadedBill): Promise<BatchRecord> => change(by, async ({ tx, atMs }) => {
    const latest = await rows.latestBatch(tx, bill)
    if (latest !== null && !takesFile(latest.state)) throw fail('SV_RECON_BATCH', { batchNo: latest.batchNo, state: latest.state })
    if (latest !== null && latest.state === 'waiting') return latest
    const { channel, merchantId, billDate, kind } = bill
    return rows.insertBatch(tx, { channel, merchantId, billDate, kind, version: (latest?.version ?? 0) + 1, source: by === null ? 'channel' : 'upload', createdBy: by, createdAtMs: atMs,
      nextTryAtMs: null })
  })

  const tell = ({ batchNo, channel, merchantId, billDate, kind, figures }: BatchRecord, finding: Finding): Promise<void> => work.store([{
    scope: { leg: kind === 'trade' ? 1 : 2, batchNo, channel, merchantId, bizDate: billDate, run: 0, atMs: clock.wallMs() }, isAll: false,
    found: [{
      leg: kind === 'trade' ? 1 : 2, classCode: 'BILL_INTEGRITY', key: kind, reference: finding.file, orderNo: null, transactionId: null, billId: null, estateId: NO_ESTATE, line: finding.line,
      riskFen: Math.abs(figures?.bill.trade?.netFen ?? 0), differenceFen: 0, theirs: { ...finding }, ours: null,
    }],
  }])

  const load = async (batch: BatchRecord): Promise<BatchRecord> => {
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
      await tell(batch, { ...loaded.error, file: fileName })
    }
    return fresh(batchNo)
  }

  const match = async (batch: BatchRecord, by: string | null): Promise<BatchRecord> => {
    const { batchNo, channel, merchantId, billDate, kind, figures, state } = batch
    if (!canMatch(state) || figures === null) throw fail('SV_RECON_BATCH', { batchNo, state })
    // A fund bill proves the balance by itself; what it says of single payments is compared with the trade bill at settlement.
    const outcome = kind === 'fund' ? null : await work.match({ batchNo, channel, merchantId, billDate, run: runOf(batch), atMs: clock.wallMs() })
    await change(by, async (one) => {
      const gapFen = outcome === null ? null : gapOf(figures.bill, outcome)
      const matched = { state: 'matched', figures: { bill: figures.bill, match: outcome, gapFen }, runs: batch.runs + 1, ...(outcome === null ? {} : { digest: outcome.digest }) } as const
      if (!await rows.moveBatch(one.tx, batchNo, state, matched, one.atMs)) throw fail('SV_RECON_BATCH', { batchNo, state })
      await one.audit({ action: 'reconciliation.match', subject: subjectOf(batch), estateId: null, after: { run: batch.runs + 1, digest: outcome?.digest ?? null } })
    })
    return fresh(batchNo)
  }

  const advance = async (batch: BatchRecord, by: string | null): Promise<BatchRecord> => {
    working.add(batch.batchNo)
    try {
      const parsed = batch.state === 'fetched' && batch.finding === null ? await load(batch) : batch
      return parsed.state === 'parsed' ? await match(parsed, by) : parsed
    } finally {
      working.delete(batch.batchNo)
    }
  }

  return {
    find: (batchNo) => rows.findBatch(read, batchNo),
    list: (filter) => rows.batchesOf(read, filter, LIST_MAX),
    async take(by, bill, bytes) {
      const kept = await files.keep(bytes, bill.fileName)
      const reserved = await reserve(by, bill)
      working.add(reserved.batchNo)
      await change(by, async (one) => {
        const fetched = { state: 'fetched', fileName: kept.name, fileHash: kept.sha256, sha1: bill.sha1, source: by === null ? 'channel' : 'upload', finding: null, nextTryAtMs: null } as const
        if (!await rows.moveBatch(one.tx, reserved.batchNo, 'waiting', fetched, one.atMs)) throw fail('SV_RECON_BATCH', { batchNo: reserved.batchNo, state: reserved.state })
        await one.audit({ action: 'reconciliation.bill', subject: subjectOf(reserved), estateId: null, after: { file: kept.name, sha256: kept.sha256, bytes: kept.bytes } })
      })
      return advance(await fresh(reserved.batchNo), by)
    },
    async rematch(by, batchNo) {
      return match(await fresh(batchNo), by)
    },
    tell,
    async review(by, batchNo) {
      const batch = await fresh(batchNo)
      const { state, channel, merchantId, billDate, kind, figures } = batch
      const open = await openCaseCount(read, { channel, merchantId, billDate, leg: kind === 'trade' ? 1 : 2 })
      if (state !== 'matched' || open > 0 || (figures?.gapFen ?? 0) !== 0) throw fail('SV_RECON_BATCH', { batchNo, state, openCases: open, gapFen: figures?.gapFen ?? 0 })
      await change(by, async (one) => {
        if (!await rows.moveBatch(one.tx, batchNo, 'matched', { state: 'reviewed' }, one.atMs)) throw fail('SV_RECON_BATCH', { batchNo, state })
        await one.audit({ action: 'reconciliation.review', subject: subjectOf(batch), estateId: null, after: { digest: batch.digest } })
      })
      return fresh(batchNo)
    },
    async unreview(by, batchNo, reason) {
      const batch = await fresh(batchNo)
      await change(by, async (one) => {
        if (!await rows.moveBatch(one.tx, batchNo, 'reviewed', { state: 'matched' }, one.atMs)) throw fail('SV_RECON_BATCH', { batchNo, state: batch.state })
        await one.audit({ action: 'reconciliation.unreview', subject: subjectOf(batch), estateId: null, after: { reason } })
      })
      return fresh(batchNo)
    },
    async resume() {
      const unfinished = (await rows.unfinishedBatches(read)).filter(({ batchNo }) => !working.has(batchNo))
      for (const batch of unfinished) await advance(batch, null).catch((error: unknown) => log.error({ batchNo: batch.batchNo, err: error }, 'a bill could not be worked on'))
      return unfinished.length
    },
  }
}
