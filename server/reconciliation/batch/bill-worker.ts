import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '#kernel/app-error.js'
import { openBulkConnection } from '../../db/bulk-connection.js'
import type { Finding } from '../file/finding.js'
import { matchFund } from '../fund/match-fund.js'
import type { WorkerAnswer, WorkerJob } from './bill-work.js'
import { clearUnseen, storeFound } from './found-case-repository.js'
import { loadBill } from './load-bill.js'
import { estateSums } from './match-repository.js'
import { matchBatch } from './match-batch.js'
import { readInThread } from './read-in-thread.js'

/** Bills that are read from end to end: pages are not looked at twice. */
const ONCE_KB = 8_192

/** A thread for one bill: it ends with its job. */
const work = workerData as WorkerJob
const db = openBulkConnection(work.url, work.kind === 'fund' || work.kind === 'estates' ? ONCE_KB : undefined)

async function answerOf(): Promise<WorkerAnswer> {
  if (work.kind === 'match') return { kind: 'matched', outcome: matchBatch(db, work.job) }
  if (work.kind === 'fund') return { kind: 'fund-matched', outcome: matchFund(db, work.job) }
  if (work.kind === 'store') {
    for (const { scope, found, isAll } of work.job) {
      storeFound(db, scope, found)
      if (isAll) clearUnseen(db, scope)
    }
    return { kind: 'stored' }
  }
  if (work.kind === 'estates') return { kind: 'summed', sums: estateSums(db, work.job) }
  try {
    return { kind: 'loaded', bill: await loadBill(db, work.job, readInThread) }
  } catch (error) {
    if (error instanceof AppError && error.code === 'SV_RECON_FILE') return { kind: 'found', finding: error.details as unknown as Finding }
    throw error
  }
}

try {
  parentPort?.postMessage(await answerOf())
} finally {
  db.close()
}
