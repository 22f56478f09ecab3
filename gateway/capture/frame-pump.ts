import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RosterLookup, SeenFrame } from '../access/ports.js'
import type { DeviceHandlers } from '../device/ports.js'
import type { FaceEngine, FaceOutcome, PassagePlace } from '../face/types.js'
import { type WaitingFrame, createFrameInbox } from './frame-inbox.js'
import type { FrameObserver } from './frame-observer.js'
import { createPassageKeeper } from './passage-keeper.js'

/** Where frames of a camera are looked at by another process. */
export interface RemoteLane {
  /** @returns undefined where no answer came that is worth anything: the frame is lost, and nobody else looks at it. Never rejects */
  analyse(frame: SeenFrame, image: Uint8Array, terms: { readonly galleryKey: string; readonly passage: PassagePlace }): Promise<FaceOutcome | undefined>
}
/** `here`: by the face engine of this process. `away`: by nobody now. */
export type FrameLane = 'here' | 'away' | RemoteLane

export interface FrameEngine extends Pick<FaceEngine, 'analyse' | 'workers'> {
  /** Who looks at this camera's next frame; absent where all are looked at here. Asked once for each frame, so that no two look at one. */
  laneOf?(cameraId: string): FrameLane
}

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
  readonly engine: FrameEngine
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

/** Stands for a frame that is lost where the passage of its camera goes on. */
const LOST: FaceOutcome = { kind: 'failed', stage: 'decode', message: 'the face worker gave no answer', timings: {} }

async function outcomeOf(
  { engine, runtime: { log } }: FramePumpDeps, { frame, image }: WaitingFrame, lane: Exclude<FrameLane, 'away'>, terms: { galleryKey: string; passage: PassagePlace },
): Promise<FaceOutcome | undefined> {
  try {
    if (lane !== 'here') return await lane.analyse(frame, image, terms)
    // The engine takes the buffer over, and the message's may be shared: this is the frame's one copy.
    return await engine.analyse({ image: new Uint8Array(image), ...terms })
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
 * From received frames to outcomes: as many at a time as there are face workers here, and one at a time of each camera wherever it is
 * looked at, so that a camera's outcomes come in the order of its frames and none can occupy every worker. What the frames of one face
 * have shown together travels with them.
 */
export function createFramePump(deps: FramePumpDeps): FramePump {
  const { engine, limits, observer, runtime: { clock } } = deps
  const inbox = createFrameInbox({ camerasMax: limits.camerasMax, admits: limits.admits, clock, observer })
  const galleryKeyOf = createGateLookup(deps)
  const laneOf = (cameraId: string): FrameLane => engine.laneOf?.(cameraId) ?? 'here'
  /** Cameras one frame of which is looked at, and those of them by the engine of this process. */
  const busy = new Set<string>()
  const busyHere = new Set<string>()
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

  const work = async (waiting: WaitingFrame, lane: Exclude<FrameLane, 'away'>, galleryKey: string): Promise<void> => {
    const { frame } = waiting
    const outcome = await outcomeOf(deps, waiting, lane, { galleryKey, passage: keeper.begin(frame) })
    keeper.end(frame, outcome ?? LOST)
    busy.delete(frame.cameraId)
    busyHere.delete(frame.cameraId)
    if (outcome === undefined) observer.dropped('worker-lost', frame.cameraId)
    const decided = outcome === undefined ? undefined : decide(deps, frame, outcome)
    next()
    await decided
  }

  const begin = (waiting: WaitingFrame): void => {
    const { cameraId, receivedMonoMs } = waiting.frame
    if (clock.monoMs() - receivedMonoMs > limits.frameAgeMsMax) return observer.dropped('stale', cameraId)
    const galleryKey = galleryKeyOf(cameraId)
    if (galleryKey === undefined) return observer.dropped('no-gate', cameraId)
    const lane = laneOf(cameraId)
    if (lane === 'away') return observer.dropped('worker-away', cameraId)
    busy.add(cameraId)
    if (lane === 'here') busyHere.add(cameraId)
    track(work(waiting, lane, galleryKey))
  }

  function next(): void {
    while (running) {
      const isFull = busyHere.size >= engine.workers
      const waiting = inbox.take((cameraId) => busy.has(cameraId) || (isFull && laneOf(cameraId) === 'here'))
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
