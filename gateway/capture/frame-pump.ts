import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RosterLookup, SeenFrame } from '../access/ports.js'
import type { DeviceHandlers } from '../device/ports.js'
import type { FaceEngine, FaceOutcome } from '../face/types.js'
import { type WaitingFrame, createFrameInbox } from './frame-inbox.js'
import type { FrameObserver } from './frame-observer.js'
import { type PassageKeeper, createPassageKeeper } from './passage-keeper.js'

export interface FramePump {
  /** The handler of camera frames: takes the frame in and returns at once. */
  readonly onFrame: NonNullable<DeviceHandlers['cameraFrame']>
  start(): void
  /** Drops what waits; resolves once the frames that are under way were decided. */
  stop(): Promise<void>
  /** Frames that wait for a worker. */
  waiting(): number
}

export interface FramePumpDeps {
  readonly engine: Pick<FaceEngine, 'analyse' | 'workers'>
  /** A gate's id is the key of those permitted there (see `FaceGallery.permit`). */
  readonly gates: Pick<RosterLookup, 'gateOfCamera'>
  /** Decides about the frame. What it fails with is logged. */
  readonly onOutcome: (frame: SeenFrame, outcome: FaceOutcome) => Promise<void>
  readonly limits: {
    /** Cameras whose frames may wait at a time. */
    readonly camerasMax: number
    /** A frame that waited longer than this is dropped: no door would open for it. */
    readonly frameAgeMsMax: number
    /** False while there is no room for the records that frames make. */
    readonly admits: () => boolean
  }
  readonly observer: FrameObserver
  readonly runtime: { readonly clock: Clock; readonly log: Logger }
}

/** Where a camera looks: the key of those permitted there, undefined (and said once) where it looks at no gate. */
function createGateLookup({ gates, runtime: { log } }: FramePumpDeps): (cameraId: string) => string | undefined {
  const warned = new Set<string>()
  return (cameraId) => {
    const gateId = gates.gateOfCamera(cameraId)?.gateId
    if (gateId !== undefined) warned.delete(cameraId)
    else if (!warned.has(cameraId)) {
      warned.add(cameraId)
      log.warn({ cameraId }, 'frames of a camera that watches no gate are dropped')
    }
    return gateId
  }
}

async function outcomeOf({ engine, runtime: { log } }: FramePumpDeps, keeper: PassageKeeper, { frame, image }: WaitingFrame, galleryKey: string): Promise<FaceOutcome> {
  try {
    // The engine takes the buffer over, and the message's may be shared: this is the frame's one copy.
    return await engine.analyse({ image: new Uint8Array(image), galleryKey, passage: keeper.begin(frame) })
  } catch (error) {
    log.error({ err: error, cameraId: frame.cameraId }, 'the face engine failed instead of answering')
    return { kind: 'failed', stage: 'decode', message: 'the face engine failed', timings: {} }
  }
}

async function decide({ onOutcome, runtime: { log } }: FramePumpDeps, frame: SeenFrame, outcome: FaceOutcome): Promise<void> {
  try {
    await onOutcome(frame, outcome)
  } catch (error) {
    log.error({ err: error, cameraId: frame.cameraId }, 'a frame could not be decided about')
  }
}

/**
 * From received frames to outcomes: as many at a time as there are face workers, one at a time of each camera, so that
 * a camera's outcomes come in the order of its frames and none can occupy every worker. What the frames of one face
 * have shown together travels with them.
 */
export function createFramePump(deps: FramePumpDeps): FramePump {
  const { engine, limits, observer, runtime: { clock } } = deps
  const inbox = createFrameInbox({ camerasMax: limits.camerasMax, admits: limits.admits, clock, observer })
  const galleryKeyOf = createGateLookup(deps)
  /** Cameras whose frame is with the engine. */
  const busy = new Set<string>()
  /** Frames that are analysed or decided about. */
  const tasks = new Set<Promise<void>>()
  const track = (task: Promise<void>): void => {
    tasks.add(task)
    void task.finally(() => tasks.delete(task))
  }
  const keeper = createPassageKeeper({
    camerasMax: limits.camerasMax, clock, onGone: (frame, outcome) => track(decide(deps, frame, outcome)),
  })
  let running = false

  const work = async (waiting: WaitingFrame, galleryKey: string): Promise<void> => {
    const outcome = await outcomeOf(deps, keeper, waiting, galleryKey)
    keeper.end(waiting.frame, outcome)
    busy.delete(waiting.frame.cameraId)
    const decided = decide(deps, waiting.frame, outcome)
    next()
    await decided
  }

  const begin = (waiting: WaitingFrame): void => {
    const { cameraId, receivedMonoMs } = waiting.frame
    if (clock.monoMs() - receivedMonoMs > limits.frameAgeMsMax) return observer.dropped('stale', cameraId)
    const galleryKey = galleryKeyOf(cameraId)
    if (galleryKey === undefined) return observer.dropped('no-gate', cameraId)
    busy.add(cameraId)
    track(work(waiting, galleryKey))
  }

  function next(): void {
    while (running && busy.size < engine.workers) {
      const waiting = inbox.take((cameraId) => busy.has(cameraId))
      if (waiting === undefined) return
      begin(waiting)
    }
  }

  return {
    onFrame({ deviceId }, envelope) {
      if (inbox.offer(deviceId, envelope)) next()
    },
    start() {
      running = true
      next()
    },
    async stop() {
      running = false
      inbox.clear()
      await Promise.all(tasks)
      keeper.clear()
    },
    waiting: inbox.size,
  }
}
