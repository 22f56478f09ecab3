import type { CancelTimer } from '#kernel/clock.js'
import type { Incoming } from '../device/device-client.js'
import { createDeviceCore } from '../device/device-core.js'
import { type CameraReport, type DeviceSettings, type DeviceWorld, type SimulatedDevice, count } from '../device/device.js'
import type { FrameShow } from '../frames/frame-show.js'

export interface CameraSettings extends DeviceSettings {
  readonly fps: number
}

export interface SimulatedCamera extends SimulatedDevice {
  reboot(): void
  drop(): void
  /** Something is wrong with it from now on, or no more. */
  fault(name: string, isWrong: boolean): void
  report(): CameraReport
}

/** Frames whose result may still come. */
const AWAITED_MAX = 256
const RESULT_TIMES_MAX = 10_000

/** A camera that sends what `show` shows, at its rate, and counts what it is told to display. Starts nothing yet. */
export function createCamera(deps: { world: DeviceWorld; settings: CameraSettings; show: FrameShow }): SimulatedCamera {
  const { world: { clock, ids }, settings, show } = deps
  let periodMs = 1_000 / settings.fps
  const sentAtMs = new Map<string, number>()
  const results: Record<string, number> = {}
  const resultMs: number[] = []
  let frameNo = 0
  let sent = 0
  let skipped = 0
  let nextAtMs = 0
  let cancelShot: CancelTimer | undefined

  const send = (image: Uint8Array): void => {
    const { bootId, monoMs, wallMs } = core.life.stamp()
    const frameId = ids.uuid()
    const header = {
      v: 1 as const, frameId, bootId, frameNo: ++frameNo, capturedMonoMs: monoMs, capturedWallMs: wallMs, mime: 'image/jpeg' as const,
    }
    if (!core.client.send('cameraFrame', { header, image })) return void (skipped += 1)
    sent += 1
    sentAtMs.set(frameId, clock.monoMs())
    const oldest = sentAtMs.size > AWAITED_MAX ? sentAtMs.keys().next().value : undefined
    if (oldest !== undefined) sentAtMs.delete(oldest)
  }
  /** Keeps to the rate over time; what the machine could not keep up with is left out, not sent in a burst. */
  const shoot = (): void => {
    send(show.next())
    nextAtMs = Math.max(nextAtMs + periodMs, clock.monoMs())
    cancelShot = clock.after(nextAtMs - clock.monoMs(), shoot)
  }
  const received = (message: Incoming): void => {
    if (message.kind !== 'frameResult') return
    const { frameId, outcome, reason } = message.payload
    count(results, outcome === 'refused' && reason !== null ? `refused:${reason}` : outcome)
    const atMs = sentAtMs.get(frameId)
    if (atMs === undefined) return
    sentAtMs.delete(frameId)
    if (resultMs.push(clock.monoMs() - atMs) > RESULT_TIMES_MAX) resultMs.shift()
  }
  const core = createDeviceCore({
    world: deps.world, settings, capabilities: ['jpeg', '1280x720'], parameters: { fps: { min: 0.1, max: 30 }, 'night-mode': 'boolean' },
    hooks: {
      connected() {}, disconnected: () => sentAtMs.clear(), received, rebooted: () => void (frameNo = 0),
      configured: ({ fps }) => void (periodMs = 1_000 / (typeof fps === 'number' ? fps : settings.fps)),
      doors: () => [], pendingEvents: () => 0,
    },
  })
  return {
    start() {
      core.start()
      nextAtMs = clock.monoMs() + deps.world.random.float() * periodMs
      cancelShot = clock.after(nextAtMs - clock.monoMs(), shoot)
    },
    async stop() {
      cancelShot?.()
      await core.stop()
    },
    reboot: () => core.reboot(),
    drop: () => core.client.drop(),
    fault: core.health.set,
    report: () => ({
      kind: 'camera', deviceId: settings.address.deviceId, firmware: core.firmware(), connects: core.connects(), framesSent: sent, framesSkipped: skipped,
      resultsShown: { ...results }, resultMs, notices: { ...core.notices() },
    }),
  }
}
