import { pictureOf } from '../gateway/face-engine.js'
import { type DeviceDeps, type Talker, createTalker } from './talker.js'

const PERIOD_MS = 200

export interface Camera {
  readonly talker: Talker
  /** Somebody stands before it for so many frames. */
  show(face: number, frames: number): void
}

/** @param deps.captured told the true time of each frame by its id */
export function createCamera(deps: DeviceDeps & { captured: (frameId: string) => void }): Camera {
  let frameNo = 0
  const talker = createTalker(deps, {
    events: { connected: () => undefined, disconnected: () => undefined, received: () => undefined }, doors: () => [], pendingEvents: () => 0,
    rebooted: () => void (frameNo = 0),
  })
  const show = (face: number, frames: number): void => {
    if (frames <= 0) return
    const { bootId, monoMs, wallMs } = talker.life.stamp()
    const frameId = talker.ids.uuid()
    deps.captured(frameId)
    const header = { v: 1, frameId, bootId, frameNo: ++frameNo, capturedMonoMs: monoMs, capturedWallMs: wallMs, mime: 'image/jpeg' } as const
    deps.broker.send(talker.plug, 'cameraFrame', { header, image: pictureOf(face) })
    talker.clock.after(PERIOD_MS, () => show(face, frames - 1))
  }
  return { talker, show }
}
