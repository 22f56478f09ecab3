import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { DiskReserve } from './disk-reserve.js'

/** What a gateway says of the space that its log has. */
export interface SpaceStatus {
  /** Bytes that the log may still take; null before the first look. */
  readonly freeBytes: number | null
  /** True while frames are refused for the sake of everything else that must be recorded. */
  readonly refusesFrames: boolean
  /** Frames refused for that since the process began. */
  readonly framesRefused: number
  /** False once the reserve was given up, until there is room for it again. */
  readonly reserveHeld: boolean
}

/**
 * When space runs short, frames are the first to go: they make most of the log, and at every gate there is a way in
 * without a face. What is at the server already goes next, before its time. Events, alarms, cards and payments
 * have what is left, and in the end the reserve.
 */
export interface SpaceGuard {
  start(): void
  /** Resolves once the look that is under way has ended. */
  stop(): Promise<void>
  /** False where a frame must not be looked at; it is counted. */
  admitFrame(): boolean
  status(): SpaceStatus
}

const LOOK_MS = 1_000
/** Space has to grow by a fifth beyond the bound before frames are looked at again. */
const FREED_SHARE = 1.2

/** @param deps.freeBytesOfLog what the log may still take: of the disk, and of the size that its file may have */
export function createSpaceGuard(deps: {
  freeBytesOfLog: () => Promise<number>
  reserve: Pick<DiskReserve, 'fill' | 'isHeld' | 'bytes'>
  /** Removes rows that the server has; resolves to how many. */
  pruneUploaded: () => Promise<number>
  frameBytesMin: number
  clock: Clock
  log: Logger
}): SpaceGuard {
  const { reserve, frameBytesMin, clock, log } = deps
  let freeBytes: number | null = null
  let refuses = false
  let refused = 0
  let refusedBefore = 0
  let reserveHeld = false
  let troubled = false
  let stopped = false
  let cancel: CancelTimer = () => undefined
  let looking: Promise<void> = Promise.resolve()

  const judge = (free: number): void => {
    if (!refuses && free < frameBytesMin) {
      refuses = true
      refusedBefore = refused
      log.error({ freeBytes: free, frameBytesMin }, 'space for the log runs out: no more faces are looked at, everything else goes on')
    } else if (refuses && free >= frameBytesMin * FREED_SHARE) {
      refuses = false
      log.warn({ freeBytes: free, framesRefused: refused - refusedBefore }, 'there is space for the log again: faces are looked at')
    }
  }
  const look = async (): Promise<void> => {
    try {
      freeBytes = await deps.freeBytesOfLog()
      judge(freeBytes)
      if (refuses) {
        const rows = await deps.pruneUploaded()
        if (rows > 0) log.warn({ rows }, 'records that the server has were removed before their time')
      } else if (freeBytes >= frameBytesMin + reserve.bytes) await reserve.fill()
      reserveHeld = await reserve.isHeld()
      troubled = false
    } catch (error) {
      if (!troubled) log.error({ err: error }, 'the space for the log could not be looked after, trying again')
      troubled = true
    }
    if (!stopped) cancel = clock.after(LOOK_MS, begin)
  }
  const begin = (): void => {
    looking = look()
  }

  return {
    start: begin,
    async stop() {
      stopped = true
      cancel()
      await looking
    },
    admitFrame() {
      if (refuses) refused += 1
      return !refuses
    },
    status: () => ({ freeBytes, refusesFrames: refuses, framesRefused: refused, reserveHeld }),
  }
}
