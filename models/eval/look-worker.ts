import { parentPort, workerData } from 'node:worker_threads'
import { look, type Look, type LookOptions } from './look.js'
import { openStages } from './stages.js'

/** What a worker is given at its start. */
export interface LookWorkerSetup {
  readonly manifestPath: string
  readonly options: LookOptions
}

export type ToLookWorker = { readonly bytes: Uint8Array }
export type FromLookWorker = { readonly look: Look }

/** Entry of a thread that looks at one picture at a time. */
if (parentPort === null) throw new Error('this module is the entry of a worker thread')
const port = parentPort
const { manifestPath, options } = workerData as LookWorkerSetup
const stages = await openStages(manifestPath)
port.on('message', ({ bytes }: ToLookWorker) => {
  void look(stages, bytes, options).then((seen) => port.postMessage({ look: seen } satisfies FromLookWorker))
})
