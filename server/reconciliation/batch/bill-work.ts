import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Result, err, ok } from '#kernel/result.js'
import { fail } from '../../errors.js'
import { packageRoot } from '../../package-root.js'
import type { FundJob, FundOutcome } from '../fund/match-fund.js'
import type { EstateSums } from './match-repository.js'
import type { Finding } from '../file/finding.js'
import type { Difference } from './difference-rules.js'
import type { FoundScope } from './found-case-repository.js'
import type { BillFileJob, LoadedBill } from './load-bill.js'
import type { MatchJob, MatchOutcome } from './match-batch.js'

/** Work on whole bills, off the thread that answers requests. One at a time. */
export interface BillWork {
  /** Reads a file into the rows of its batch; the finding where the file is wrong, and then no row is left. */
  load(job: BillFileJob): Promise<Result<LoadedBill, Finding>>
  match(job: MatchJob): Promise<MatchOutcome>
  /** A day's fund bill with its trade bill. */
  matchFund(job: FundJob): Promise<FundOutcome>
  /** Stores differences that were found elsewhere as cases, in one thread. */
  store(jobs: readonly StoreJob[]): Promise<void>
  /** What a bill comes to by estate. */
  estates(job: EstatesJob): Promise<EstateSums[]>
  /** Resolves after the work under way. */
  stop(): Promise<void>
}

export interface StoreJob {
  readonly scope: FoundScope
  readonly found: readonly Difference[]
  /** True where they are all of their day and leg: what is not among them is cleared. */
  readonly isAll: boolean
}
export interface EstatesJob {
  readonly batchNo: number
  readonly channel: string
  readonly merchantId: string
}
export type WorkerJob = { readonly url: string } & (
  | { readonly kind: 'load'; readonly job: BillFileJob }
  | { readonly kind: 'match'; readonly job: MatchJob }
  | { readonly kind: 'fund'; readonly job: FundJob }
  | { readonly kind: 'store'; readonly job: readonly StoreJob[] }
  | { readonly kind: 'estates'; readonly job: EstatesJob }
)
export type WorkerAnswer =
  | { readonly kind: 'loaded'; readonly bill: LoadedBill }
  | { readonly kind: 'found'; readonly finding: Finding }
  | { readonly kind: 'matched'; readonly outcome: MatchOutcome }
  | { readonly kind: 'fund-matched'; readonly outcome: FundOutcome }
  | { readonly kind: 'stored' }
  | { readonly kind: 'summed'; readonly sums: EstateSums[] }

/** A bill of a million rows is read with 64 MB to spare. */
const HEAP_MB = 128

function inThread(job: WorkerJob): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(packageRoot(), 'dist/server/reconciliation/batch/bill-worker.js'), {
      workerData: job, execArgv: [], name: 'bill', resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 8 },
    })
    let answer: WorkerAnswer | undefined
    worker.once('message', (message: WorkerAnswer) => { answer = message })
    worker.once('error', (cause: Error) => reject(fail('SV_RECON_WORKER', { job: job.kind }, cause)))
    worker.once('exit', () => (answer === undefined ? reject(fail('SV_RECON_WORKER', { job: job.kind })) : resolve(answer)))
  })
}

/** @param url of the database, as `openDatabase` */
export function createBillWork(url: string): BillWork {
  let last: Promise<unknown> = Promise.resolve()
  const run = (job: WorkerJob): Promise<WorkerAnswer> => {
    const answer = last.then(() => inThread(job))
    last = answer.catch(() => undefined)
    return answer
  }
  return {
    async load(job) {
      const answer = await run({ url, kind: 'load', job })
      if (answer.kind === 'found') return err(answer.finding)
      if (answer.kind === 'loaded') return ok(answer.bill)
      throw new TypeError('the worker answered something else')
    },
    async match(job) {
      const answer = await run({ url, kind: 'match', job })
      if (answer.kind === 'matched') return answer.outcome
      throw new TypeError('the worker answered something else')
    },
    async matchFund(job) {
      const answer = await run({ url, kind: 'fund', job })
      if (answer.kind === 'fund-matched') return answer.outcome
      throw new TypeError('the worker answered something else')
    },
    store: async (job) => void (job.length > 0 && await run({ url, kind: 'store', job })),
    async estates(job) {
      const answer = await run({ url, kind: 'estates', job })
      if (answer.kind === 'summed') return answer.sums
      throw new TypeError('the worker answered something else')
    },
    stop: async () => void (await last),
  }
}
