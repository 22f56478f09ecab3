import assert from 'node:assert/strict'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { gatewayError } from '../errors.js'
import { createGalleryMirror } from './gallery-mirror.js'
import { createJobQueue } from './job-queue.js'
import type { FaceSettings } from './manifest-schema.js'
import { fuseTemplates } from './templates.js'
import type { FaceEngine, FaceModelInfo } from './types.js'
import type { GalleryChange } from './worker-protocol.js'
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
export function createFaceEngine(deps: FaceEngineDeps): FaceEngine {
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
    async analyse({ image, ...job }) {
      if (info === undefined) return { kind: 'failed', stage: 'decode', message: 'the engine is not started', timings: {} }
      const result = await queue.submit({ kind: 'analyse', image: ownMemory(image), ...job })
      if (result.kind === 'lost') return { kind: 'failed', stage: result.stage, message: result.message, timings: {} }
      assert(result.kind === 'analysed', 'an answer to another job')
      return result.outcome
    },
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
function checkTemplate(embedding: Float32Array, { dimensions }: FaceModelInfo): void {
  const wrong = (reason: string) => gatewayError('GW_FACE_TEMPLATE', { reason, dimensions })
  if (embedding.length !== dimensions) throw wrong(`${embedding.length} values`)
  const length = Math.hypot(...embedding)
  if (!(Math.abs(length - 1) < 1e-3)) throw wrong(`length ${length}, must be 1`)
}
