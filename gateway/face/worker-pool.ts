import assert from 'node:assert/strict'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { gatewayError } from '../errors.js'
import { createGalleryMirror } from './gallery-mirror.js'
import { type JobQueue, createJobQueue } from './job-queue.js'
import type { FaceSettings } from './manifest-schema.js'
import { fuseTemplates } from './templates.js'
import type { FaceModelInfo, FaceOutcome, SplitFaceEngine, Stage } from './types.js'
import type { GalleryChange, Job } from './worker-protocol.js'
import { startWorkerSlot } from './worker-slot.js'
import { createWorkerTeam } from './worker-team.js'

export interface FaceEngineDeps {
  /** `models/manifest.json`, or another with its nets beside it. */
  readonly manifestPath: string
  /** Thresholds that differ from the manifest's. */
  readonly settings: Partial<FaceSettings>
  /** Threads. Each keeps a core busy while it looks, and holds its own nets and gallery. */
  readonly workers: number
  readonly clock: Clock
  readonly log: Logger
  /** Compiled entry of the worker threads; by default the one beside this module. */
  readonly workerUrl?: URL
}

/**
 * The face engine on worker threads. A worker that dies, or that does not answer in time, is replaced and given the gallery anew;
 * its job fails, and no other worker notices.
 */
export function createFaceEngine(deps: FaceEngineDeps): SplitFaceEngine {
  const { manifestPath, settings, workers, clock, log } = deps
  const url = deps.workerUrl ?? new URL('./worker.js', import.meta.url)
  const mirror = createGalleryMirror()
  const team = createWorkerTeam({
    size: workers,
    spawn: (events) => startWorkerSlot({ url, setup: { manifestPath, settings }, replay: mirror.replay(), clock, ...events }),
    clock,
    log,
    onIdle: () => queue.pump(),
  })
  const queue = createJobQueue({ clock, idle: team.idle })
  let info: FaceModelInfo | undefined

  const change = async (next: GalleryChange): Promise<void> => {
    running()
    mirror.take(next)
    await team.change(next)
  }
  const running = (): FaceModelInfo => {
    if (info === undefined) throw gatewayError('GW_FACE_ENGINE', { reason: 'the engine is not started' })
    return info
  }
  return {
    workers,
    async start() {
      info = await team.start()
      log.info({ modelId: info.modelId, digest: info.digest, workers }, 'face engine ready')
      return info
    },
    async stop() {
      info = undefined
      queue.clear('the engine stopped')
      await team.stop()
      mirror.clear()
    },
    ...createFrameJobs(queue, () => info),
    async embed(photo) {
      running()
      const result = await queue.submit({ kind: 'embed', photo: new Uint8Array(photo) })
      if (result.kind === 'lost') throw gatewayError('GW_FACE_ENGINE', { stage: result.stage, reason: result.message })
      assert(result.kind === 'embedded', 'an answer to another job')
      return result.outcome
    },
    async resembling(personRef, embeddings) {
      const result = await queue.submit({ kind: 'compare', personRef, embeddings: fused(embeddings, running()) })
      if (result.kind === 'lost') throw gatewayError('GW_FACE_ENGINE', { stage: result.stage, reason: result.message })
      assert(result.kind === 'compared', 'an answer to another job')
      return result.resemblances
    },
    async setPerson(personRef, embeddings, lookAlikes = []) {
      await change({ kind: 'person', personRef, embeddings: fused(embeddings, running()), lookAlikes })
    },
    removePerson: (personRef) => change({ kind: 'person', personRef, embeddings: [], lookAlikes: [] }),
    permit: (galleryKey, personRefs) => change({ kind: 'permit', galleryKey, personRefs }),
    size: () => mirror.size(),
    status: () => ({
      workersReady: team.count('idle') + team.count('busy'),
      restarts: team.restarts,
      inFlight: team.count('busy') + queue.waiting,
    }),
  }
}

const failedAt = (stage: Stage, message: string) => ({ kind: 'failed', stage, message, timings: {} }) as const

/** What is asked of the workers about frames. None of it rejects: a job that was lost is a failure of that frame. */
function createFrameJobs(queue: JobQueue, model: () => FaceModelInfo | undefined): Pick<SplitFaceEngine, 'analyse' | 'look' | 'judge'> {
  const outcomeOf = async (job: Extract<Job, { kind: 'analyse' | 'judge' }>): Promise<FaceOutcome> => {
    if (model() === undefined) return failedAt('decode', 'the engine is not started')
    const result = await queue.submit(job)
    if (result.kind === 'lost') return failedAt(result.stage, result.message)
    assert(result.kind === 'analysed', 'an answer to another job')
    return result.outcome
  }
  return {
    analyse: ({ image, ...job }) => outcomeOf({ kind: 'analyse', image: ownMemory(image), ...job }),
    async judge(job) {
      const { look } = job
      const info = model()
      const flaw = info === undefined || look.kind !== 'seen' ? undefined : flawOfTemplate(look.embedding, info)
      return flaw === undefined ? outcomeOf({ kind: 'judge', ...job }) : failedAt('embed', flaw)
    },
    async look({ image, faceHeightPxMin }) {
      if (model() === undefined) return failedAt('decode', 'the engine is not started')
      const result = await queue.submit({ kind: 'look', image: ownMemory(image), faceHeightPxMin })
      if (result.kind === 'lost') return failedAt(result.stage, result.message)
      assert(result.kind === 'looked', 'an answer to another job')
      return result.look
    },
  }
}

/**
 * Memory that can be moved to another thread: a view into a larger buffer, such as Node's pool, is copied first. What
 * was moved away before has length 0 and cannot be moved again.
 */
function ownMemory(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength === 0) return new Uint8Array(0)
  const whole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
  return whole ? bytes : new Uint8Array(bytes)
}

/**
 * What the gallery holds of templates, in memory of their own: a message to a thread would carry the whole buffer that a view looks into.
 * @throws GW_FACE_TEMPLATE
 */
function fused(embeddings: readonly Float32Array[], model: FaceModelInfo): Float32Array[] {
  embeddings.forEach((embedding) => checkTemplate(embedding, model))
  return fuseTemplates(embeddings)
}

/** @throws GW_FACE_TEMPLATE */
function checkTemplate(embedding: Float32Array, model: FaceModelInfo): void {
  const reason = flawOfTemplate(embedding, model)
  if (reason !== undefined) throw gatewayError('GW_FACE_TEMPLATE', { reason, dimensions: model.dimensions })
}

/** Why this cannot be compared with anything of the model, or undefined. */
function flawOfTemplate(embedding: Float32Array, { dimensions }: FaceModelInfo): string | undefined {
  if (embedding.length !== dimensions) return `${embedding.length} values`
  const length = Math.hypot(...embedding)
  return Math.abs(length - 1) < 1e-3 ? undefined : `length ${length}, must be 1`
}
