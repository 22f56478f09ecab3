import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { AlarmService } from './alarm-service.js'
import { judgeDisk } from './watch-rules.js'

export const DISK_LOOK_MS = 60_000
const DISK_LOW = { alarm: 'disk-low', gateId: null, deviceId: null } as const
const GB = 1_000_000_000

/** Watches the disk that the log lies on: before it is full somebody must know, for then no door opens any more. */
export function createDiskWatch(deps: {
  /** Bytes that this process may still write. */
  freeBytes: () => Promise<number>
  alarms: Pick<AlarmService, 'raise' | 'clear' | 'list'>
  freeBytesMin: number
  clock: Clock
  log: Logger
}): { start(): void; stop(): void } {
  const { alarms, freeBytesMin, clock, log } = deps
  let cancel: CancelTimer = () => undefined
  let stopped = false

  const look = async (): Promise<void> => {
    try {
      const freeBytes = await deps.freeBytes()
      const stands = alarms.list().some(({ alarm, phase }) => alarm === 'disk-low' && phase.kind === 'open' && phase.active)
      const verdict = judgeDisk(freeBytes, freeBytesMin, stands)
      if (verdict === 'raise') alarms.raise({ ...DISK_LOW, detail: `${(freeBytes / GB).toFixed(1)} GB free` })
      if (verdict === 'clear') alarms.clear(DISK_LOW)
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
