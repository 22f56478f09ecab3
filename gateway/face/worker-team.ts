import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { gatewayError } from '../errors.js'
import type { FaceModelInfo } from './types.js'
import type { GalleryChange } from './worker-protocol.js'
import type { SlotDeps, WorkerSlot } from './worker-slot.js'

/** A worker that could not start is tried again after this long, then twice as long, and so on. */
const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 30_000

/** A fixed number of workers, each replaced when it ends. */
export interface WorkerTeam {
  /** Resolves when all workers are ready. @throws what the first one says that cannot start; all are ended then */
  start(): Promise<FaceModelInfo>
  stop(): Promise<void>
  /** A worker without a job. */
  idle(): WorkerSlot | undefined
  /** Resolves once no worker is without the change. */
  change(change: GalleryChange): Promise<void>
  count(state: WorkerSlot['state']): number
  readonly restarts: number
}

export interface TeamDeps {
  readonly size: number
  readonly spawn: (events: Pick<SlotDeps, 'onReady' | 'onEnd'>) => WorkerSlot
  readonly clock: Clock
  readonly log: Logger
  /** A worker became free for jobs, other than by finishing one. */
  readonly onIdle: () => void
}

interface Starting {
  missing: number
  readonly resolve: (info: FaceModelInfo) => void
  readonly reject: (error: Error) => void
}

export function createWorkerTeam({ size, spawn, clock, log, onIdle }: TeamDeps): WorkerTeam {
  const slots = new Map<number, WorkerSlot>()
  const retries = new Map<number, CancelTimer>()
  let info: FaceModelInfo | undefined
  let starting: Starting | undefined
  let active = false
  let restarts = 0

  /** The start is over, one way or the other. */
  const startEnds = (): Starting => {
    const over = starting as Starting
    starting = undefined
    return over
  }
  const stop = async (): Promise<void> => {
    active = false
    if (starting !== undefined) startEnds().reject(gatewayError('GW_FACE_ENGINE', { reason: 'stopped before it was ready' }))
    for (const cancel of retries.values()) cancel()
    retries.clear()
    const ending = [...slots.values()].map((slot) => slot.stop())
    slots.clear()
    await Promise.all(ending)
  }
  const launch = (place: number, failedBefore: number): void => {
    let failures = failedBefore
    retries.delete(place)
    slots.set(place, spawn({
      onReady(ready) {
        if (info !== undefined && !sameModel(info, ready)) {
          void slots.get(place)?.stop()
          return ended(place, failures, gatewayError('GW_FACE_MODEL', { reason: 'the models changed while the engine ran' }))
        }
        info = ready
        failures = 0
        if (starting !== undefined && --starting.missing === 0) startEnds().resolve(ready)
        onIdle()
      },
      onEnd: (error) => ended(place, failures, error),
    }))
  }
  const ended = (place: number, failures: number, error: Error): void => {
    slots.delete(place)
    if (!active) return
    if (starting !== undefined) {
      const { reject } = startEnds()
      return void stop().then(() => reject(error))
    }
    restarts += 1
    const delayMs = retryDelayMs(failures)
    log.error({ worker: place, delayMs, err: error }, 'face worker lost, another starts')
    if (delayMs === 0) launch(place, 1)
    else retries.set(place, clock.after(delayMs, () => launch(place, failures + 1)))
  }
  return {
    start: () => new Promise((resolve, reject) => {
      active = true
      info = undefined
      starting = { missing: size, resolve, reject }
      for (let place = 1; place <= size; place++) launch(place, 0)
    }),
    stop,
    idle: () => [...slots.values()].find((slot) => slot.state === 'idle'),
    change: async (change) => void await Promise.all([...slots.values()].map((slot) => slot.change(change))),
    count: (state) => [...slots.values()].filter((slot) => slot.state === state).length,
    get restarts() {
      return restarts
    },
  }
}

/** A worker that had been ready is replaced at once. */
const retryDelayMs = (failures: number): number => (failures === 0 ? 0 : Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (failures - 1)))

/** Weights that changed on disk give embeddings that cannot be compared with those of the gallery. */
const sameModel = (a: FaceModelInfo, b: FaceModelInfo): boolean => a.digest === b.digest && a.modelId === b.modelId
