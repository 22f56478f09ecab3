import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '#kernel/app-error.js'
import type { Finding } from '../file/finding.js'
import { type BillFileJob, readBill } from './load-bill.js'
import type { ReaderMessage } from './read-in-thread.js'

/** A thread that reads one bill, ahead of the one that writes it. */
const PAGES_AHEAD = 4
const port = parentPort
let ahead = 0
let goOn = (): void => undefined
port?.on('message', () => {
  ahead -= 1
  goOn()
})
const tell = (message: ReaderMessage): void => port?.postMessage(message)

async function resultOf(): Promise<ReaderMessage> {
  try {
    return { kind: 'read', bill: await readBill(workerData as BillFileJob, async (page) => {
      tell({ kind: 'page', page })
      ahead += 1
      while (ahead >= PAGES_AHEAD) await new Promise<void>((resolve) => { goOn = resolve })
    }) }
  } catch (error) {
    if (error instanceof AppError && error.code === 'SV_RECON_FILE') return { kind: 'found', finding: error.details as unknown as Finding }
    throw error
  }
}

try {
  tell(await resultOf())
} finally {
  port?.close()
}
