import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { AlarmService } from './alarm-service.js'
import type { AlarmPlace } from './ports.js'
import { judgeDisk } from './watch-rules.js'

export const DISK_LOOK_MS = 10_000
const DISK_LOW = { alarm: 'disk-low', gateId: null, deviceId: null } as const
const FRAMES_REFUSED = { alarm: 'frames-refused', gateId: null, deviceId: null } as const
const GB = 1_000_000_000

export interface DiskWatchDeps {
  /** Bytes that the log may still take. */
  readonly freeBytes: () => Promise<number>
  /** What is done about a lack of space, and what came of it so far. */
  readonly space: () => { readonly refusesFrames: boolean; readonly framesRefused: number }
  readonly alarms: Pick<AlarmService, 'raise' | 'clear' | 'list'>
  readonly freeBytesMin: number
  readonly clock: Clock
  readonly log: Logger
}

/** Watches the space that the log has: before it is gone somebody must know, for then no door opens any more. */
export function createDiskWatch(deps: DiskWatchDeps): { start(): void; stop(): void } {
  const { alarms, freeBytesMin, clock, log } = deps
  let cancel: CancelTimer = () => undefined
  let stopped = false
  let refusedBefore: number | undefined

  const stands = (place: AlarmPlace): boolean => alarms.list().some(({ alarm, phase }) => alarm === place.alarm && phase.kind === 'open' && phase.active)
  const lookAtFrames = (freeBytes: number): void => {
    const { refusesFrames, framesRefused } = deps.space()
    if (refusesFrames) refusedBefore ??= framesRefused
    if (refusesFrames && !stands(FRAMES_REFUSED)) alarms.raise({ ...FRAMES_REFUSED, detail: `${(freeBytes / GB).toFixed(2)} GB free` })
    if (refusesFrames || !stands(FRAMES_REFUSED)) return
    alarms.clear({ ...FRAMES_REFUSED, detail: refusedBefore === undefined ? null : `${framesRefused - refusedBefore} frames refused` })
    refusedBefore = undefined
  }
  const look = async (): Promise<void> => {
    try {
      const freeBytes = await deps.freeBytes()
      const verdict = judgeDisk(freeBytes, freeBytesMin, stands(DISK_LOW))
      if (verdict === 'raise') alarms.raise({ ...DISK_LOW, detail: `${(freeBytes / GB).toFixed(1)} GB free` })
      if (verdict === 'clear') alarms.clear(DISK_LOW)
      lookAtFrames(freeBytes)
    } catch (error) {
      log.error({ err: error }, 'the free space of the disk could not be measured')
    }
    if (!stopped) cancel = clock.after(DISK_LOOK_MS, () => void look())
  }
  return {
    start: () => void look(),
    stop() {
      stopped = true
      cancel()
    },
  }
}
