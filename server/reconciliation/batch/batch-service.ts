import { fail } from '../../errors.js'
import { openCaseCount } from '../case/case-register.js'
import type { Finding } from '../file/finding.js'
import type { BatchRecord } from './batch-machine.js'
import * as rows from './batch-repository.js'
import { type BatchServiceDeps, type UploadedBill, freshBatch, loadBatch, matchBill, reserveBatch, subjectOf, tellFinding } from './batch-steps.js'

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

const LIST_MAX = 500

export function createBatchService(deps: BatchServiceDeps): BatchService {
  const { read, change, files, runtime: { log } } = deps
  /** Bills under work: what goes on with those that were cut off leaves them alone. */
  const working = new Set<number>()
  const advance = async (batch: BatchRecord, by: string | null): Promise<BatchRecord> => {
    working.add(batch.batchNo)
    try {
      const parsed = batch.state === 'fetched' && batch.finding === null ? await loadBatch(deps, batch) : batch
      return parsed.state === 'parsed' ? await matchBill(deps, parsed, by) : parsed
    } finally {
      working.delete(batch.batchNo)
    }
  }

  return {
    find: (batchNo) => rows.findBatch(read, batchNo),
    list: (filter) => rows.batchesOf(read, filter, LIST_MAX),
    async take(by, bill, bytes) {
      const kept = await files.keep(bytes, bill.fileName)
      const reserved = await reserveBatch(deps, by, bill)
      working.add(reserved.batchNo)
      await change(by, async (one) => {
        const fetched = { state: 'fetched', fileName: kept.name, fileHash: kept.sha256, sha1: bill.sha1, source: by === null ? 'channel' : 'upload', finding: null,
          nextTryAtMs: null } as const
        if (!await rows.moveBatch(one.tx, reserved.batchNo, 'waiting', fetched, one.atMs)) throw fail('SV_RECON_BATCH', { batchNo: reserved.batchNo, state: reserved.state })
        await one.audit({ action: 'reconciliation.bill', subject: subjectOf(reserved), estateId: null, after: { file: kept.name, sha256: kept.sha256, bytes: kept.bytes } })
      })
      return advance(await freshBatch(read, reserved.batchNo), by)
    },
    async rematch(by, batchNo) {
      return matchBill(deps, await freshBatch(read, batchNo), by)
    },
    tell: (batch, finding) => tellFinding(deps, batch, finding),
    async review(by, batchNo) {
      const batch = await freshBatch(read, batchNo)
      const { state, channel, merchantId, billDate, kind, figures } = batch
      const open = await openCaseCount(read, { channel, merchantId, billDate, leg: kind === 'trade' ? 1 : 2 })
      if (state !== 'matched' || open > 0 || (figures?.gapFen ?? 0) !== 0) throw fail('SV_RECON_BATCH', { batchNo, state, openCases: open, gapFen: figures?.gapFen ?? 0 })
      await change(by, async (one) => {
        if (!await rows.moveBatch(one.tx, batchNo, 'matched', { state: 'reviewed' }, one.atMs)) throw fail('SV_RECON_BATCH', { batchNo, state })
        await one.audit({ action: 'reconciliation.review', subject: subjectOf(batch), estateId: null, after: { digest: batch.digest } })
      })
      return freshBatch(read, batchNo)
    },
    async unreview(by, batchNo, reason) {
      const batch = await freshBatch(read, batchNo)
      await change(by, async (one) => {
        if (!await rows.moveBatch(one.tx, batchNo, 'reviewed', { state: 'matched' }, one.atMs)) throw fail('SV_RECON_BATCH', { batchNo, state: batch.state })
        await one.audit({ action: 'reconciliation.unreview', subject: subjectOf(batch), estateId: null, after: { reason } })
      })
      return freshBatch(read, batchNo)
    },
    async resume() {
      const unfinished = (await rows.unfinishedBatches(read)).filter(({ batchNo }) => !working.has(batchNo))
      for (const batch of unfinished) await advance(batch, null).catch((error: unknown) => log.error({ batchNo: batch.batchNo, err: error }, 'a bill could not be worked on'))
      return unfinished.length
    },
  }
}
