import type { FrameEnvelope } from '#contract/frame-envelope.js'
import type { Clock } from '#kernel/clock.js'
import type { SeenFrame } from '../access/ports.js'
import type { FrameObserver } from './frame-observer.js'
import { createFrameOrder } from './frame-order.js'

export interface WaitingFrame {
  readonly frame: SeenFrame
  /** A view into the message that brought it. */
  readonly image: Uint8Array
}

export interface FrameInbox {
  /** Takes a frame in, stamped with the time of its receipt; false where it was dropped. */
  offer(cameraId: string, envelope: FrameEnvelope): boolean
  /** Removes and returns the frame of the camera that has waited longest, of those that are not busy. */
  take(isBusy: (cameraId: string) => boolean): WaitingFrame | undefined
  /** Drops all that wait. */
  clear(): void
  /** Frames that wait. */
  size(): number
}

export interface FrameInboxDeps {
  /** Cameras that may wait at a time; it bounds memory to that many frames. */
  readonly camerasMax: number
  /** False while there is no room for the records that frames make. */
  readonly admits: () => boolean
  readonly clock: Clock
  readonly observer: FrameObserver
}

/**
 * One place for each camera, for its newest frame: what a door needs is who stands there now, so a frame that waits
 * gives its place, not its turn, to the next of its camera. A busy camera cannot push another's frame back.
 */
export function createFrameInbox(deps: FrameInboxDeps): FrameInbox {
  const { clock, observer } = deps
  const order = createFrameOrder({ camerasMax: deps.camerasMax })
  /** Camera → frame, the one that has waited longest first. A replaced value keeps its key's place. */
  const waiting = new Map<string, WaitingFrame>()

  return {
    offer(cameraId, { header, image }) {
      observer.received(cameraId, image.length)
      const wrong = order.judge(cameraId, header)
      if (wrong !== undefined) observer.dropped(wrong, cameraId)
      else if (!deps.admits()) observer.dropped('no-space', cameraId)
      else if (!waiting.has(cameraId) && waiting.size >= deps.camerasMax) observer.dropped('too-many-cameras', cameraId)
      else {
        if (waiting.has(cameraId)) observer.dropped('superseded', cameraId)
        const { frameId, bootId, capturedMonoMs } = header
        waiting.set(cameraId, { frame: { cameraId, frameId, bootId, capturedMonoMs, receivedMonoMs: clock.monoMs() }, image })
        return true
      }
      return false
    },
    take(isBusy) {
      for (const [cameraId, frame] of waiting) {
        if (isBusy(cameraId)) continue
        waiting.delete(cameraId)
        return frame
      }
      return undefined
    },
    clear() {
      for (const cameraId of waiting.keys()) observer.dropped('stopping', cameraId)
      waiting.clear()
    },
    size: () => waiting.size,
  }
}
