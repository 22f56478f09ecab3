import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { fail } from '../../errors.js'
import { packageRoot } from '../../package-root.js'
import type { Finding } from '../file/finding.js'
import type { BillPage } from './bill-row-repository.js'
import type { BillFileJob, LoadedBill, TakePage } from './load-bill.js'

/** `page`s in their order, each answered by an empty message once it was taken; then how it ended. */
export type ReaderMessage =
  | { readonly kind: 'page'; readonly page: BillPage }
  | { readonly kind: 'read'; readonly bill: LoadedBill }
  | { readonly kind: 'found'; readonly finding: Finding }

/** Lines are read some hundred kilobytes at a time, and a few pages wait. */
const HEAP_MB = 64
/** Nearly all of a line is garbage with the next: with less it is swept too often. */
const YOUNG_MB = 24

/**
 * As `readBill`, in a thread of its own: one reads while the other writes.
 * @throws AppError SV_RECON_FILE with the finding; SV_RECON_WORKER where the thread ends without a word
 */
export function readInThread(job: BillFileJob, take: TakePage): Promise<LoadedBill> {
  return new Promise((resolve, reject) => {
    const reader = new Worker(join(packageRoot(), 'dist/server/reconciliation/batch/bill-reader.js'), {
      workerData: job, execArgv: [], name: 'bill-reader', resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    })
    const give = async (page: BillPage): Promise<void> => {
      await take(page)
      reader.postMessage(null)
    }
    reader.on('message', (message: ReaderMessage) => {
      if (message.kind === 'read') resolve(message.bill)
      else if (message.kind === 'found') reject(fail('SV_RECON_FILE', { ...message.finding }))
      else {
        give(message.page).catch((error: unknown) => {
          reject(error as Error)
          void reader.terminate()
        })
      }
    })
    reader.once('error', (cause: Error) => reject(fail('SV_RECON_WORKER', { job: 'read' }, cause)))
    reader.once('exit', () => reject(fail('SV_RECON_WORKER', { job: 'read' })))
  })
}
