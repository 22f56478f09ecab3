import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '#kernel/app-error.js'
import { systemClock } from '#kernel/clock.js'
import type { Gallery } from './gallery.js'
import { faceSettings } from './model-manifest.js'
import { openFaceNets } from './nets.js'
import { createFacePipeline, type FacePipeline } from './pipeline.js'
import { resemblancesOf } from './resemblance.js'
import { createTiledGallery } from './tiled-gallery.js'
import type { Stage } from './types.js'
import { stageAt, stageIndex, type FromWorker, type GalleryChange, type Job, type JobResult, type ToWorker, type WorkerSetup } from './worker-protocol.js'

/** Entry of one worker thread: a pipeline of its own, fed by messages (see worker-protocol.ts). */
assert(parentPort !== null, 'this module is the entry of a worker thread')
const port = parentPort
const tell = (message: FromWorker): void => port.postMessage(message)

try {
  const { manifestPath, settings, stageCell } = workerData as WorkerSetup
  const faceNets = await openFaceNets(manifestPath)
  const stage = new Int32Array(stageCell)
  const gallery = createTiledGallery(faceNets.info.dimensions)
  const thresholds = faceSettings(faceNets.manifest, settings)
  const pipeline = createFacePipeline({
    faceNets,
    settings: thresholds,
    gallery,
    clock: systemClock,
    onStage: (current) => void Atomics.store(stage, 0, stageIndex(current)),
  })
  const compare = ({ personRef, embeddings }: Extract<Job, { kind: 'compare' }>): JobResult =>
    ({ kind: 'compared', resemblances: resemblancesOf(gallery, personRef, embeddings, thresholds) })
  const work = async (job: Job): Promise<JobResult> =>
    job.kind === 'compare' ? compare(job) : lookAt(pipeline, job, () => stageAt(stage[0] ?? 0))
  tell({ kind: 'ready', info: faceNets.info })
  let lastJob: Promise<void> = Promise.resolve()
  // Messages that came meanwhile wait in the port until it has this listener.
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'change') {
      apply(gallery, message.change)
      tell({ kind: 'changed', changeId: message.changeId })
    } else if (message.kind === 'job') {
      lastJob = work(message.job).then((result) => tell({ kind: 'done', result }))
    } else {
      void lastJob.then(() => faceNets.close()).finally(() => port.close())
    }
  })
  port.on('messageerror', (error) => { throw error })
} catch (error) {
  const known = error instanceof AppError
  tell({ kind: 'start-failed', code: known ? error.code : null, message: String(error), details: known ? error.details : {} })
  port.close()
}

function apply(gallery: Gallery, change: GalleryChange): void {
  if (change.kind === 'person') gallery.setPerson(change.personRef, change.embeddings, change.lookAlikes)
  else gallery.permit(change.galleryKey, change.personRefs)
}

async function lookAt(pipeline: FacePipeline, job: Exclude<Job, { kind: 'compare' }>, stageNow: () => Stage): Promise<JobResult> {
  if (job.kind === 'analyse') return { kind: 'analysed', outcome: await pipeline.analyse(job) }
  if (job.kind === 'look') return { kind: 'looked', look: await pipeline.look(job) }
  if (job.kind === 'judge') return { kind: 'analysed', outcome: await pipeline.judge(job) }
  try {
    return { kind: 'embedded', outcome: await pipeline.embed(job.photo) }
  } catch (error) {
    return { kind: 'lost', stage: stageNow(), message: error instanceof Error ? error.message : String(error) }
  }
}
