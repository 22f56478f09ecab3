import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '#kernel/clock.js'
import { readManifest } from '../../gateway/face/model-manifest.js'
import type { FaceImage } from './face-set.js'
import { look, type Look, type LookOptions } from './look.js'
import { openLookCache } from './look-cache.js'
import type { FromLookWorker, LookWorkerSetup, ToLookWorker } from './look-worker.js'
import { pipelineDigest } from './pipeline-digest.js'
import { createProgress, type ProgressStream } from './progress.js'
import { openStages } from './stages.js'

/** Takes a look somewhere: on this thread or another. */
interface Looker {
  look(bytes: Uint8Array): Promise<Look>
  close(): Promise<unknown>
}

export interface LookAllDeps {
  readonly manifestPath: string
  /** Folder of the cache. */
  readonly cacheDir: string
  /** 1 looks on the calling thread. */
  readonly threads: number
  readonly clock: Clock
  readonly out: ProgressStream
}

/** Looks at every picture once, taking from the cache what is there. In the order of `images`. */
export async function lookAtAll(deps: LookAllDeps, images: readonly FaceImage[], options: LookOptions, what: string): Promise<Look[]> {
  const { manifestPath, cacheDir, threads, clock, out } = deps
  const digest = await pipelineDigest(await readManifest(manifestPath), options)
  const cache = openLookCache(join(cacheDir, `${digest}-${options.recipe}.ndjson`))
  const looks = new Array<Look>(images.length)
  const missing: Array<{ index: number; sha256: string; path: string }> = []
  for (const [index, { path }] of images.entries()) {
    const sha256 = createHash('sha256').update(await readFile(path)).digest('hex')
    const known = cache.get(sha256)
    if (known === undefined) missing.push({ index, sha256, path })
    else looks[index] = known
  }
  if (missing.length === 0) return looks

  const progress = createProgress({ out, clock, what, total: images.length })
  const lookers = await Promise.all(Array.from({ length: Math.min(threads, missing.length) }, () => (threads === 1 ? onThisThread : onAnotherThread)(manifestPath, options)))
  let done = images.length - missing.length
  let next = 0
  const work = async (looker: Looker): Promise<void> => {
    for (let item = missing[next++]; item !== undefined; item = missing[next++]) {
      const seen = await looker.look(await readFile(item.path))
      looks[item.index] = seen
      cache.put(item.sha256, seen)
      progress.at(++done)
    }
  }
  try {
    await Promise.all(lookers.map(work))
  } finally {
    progress.end()
    await Promise.all(lookers.map((looker) => looker.close()))
  }
  return looks
}

async function onThisThread(manifestPath: string, options: LookOptions): Promise<Looker> {
  const stages = await openStages(manifestPath)
  return { look: (bytes) => look(stages, bytes, options), close: () => stages.faceNets.close() }
}

async function onAnotherThread(manifestPath: string, options: LookOptions): Promise<Looker> {
  const worker = new Worker(new URL('./look-worker.js', import.meta.url), { workerData: { manifestPath, options } satisfies LookWorkerSetup })
  return {
    look: (bytes) => new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (answer: FromLookWorker) => {
        worker.off('error', reject)
        resolve(answer.look)
      })
      worker.postMessage({ bytes } satisfies ToLookWorker)
    }),
    close: () => worker.terminate(),
  }
}
