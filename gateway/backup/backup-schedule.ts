import { AppError } from '#kernel/app-error.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { createRetryLoop } from '../sync/retry-loop.js'
import type { BackupService } from './backup-service.js'

const HOUR_MS = 3_600_000
const RETRY_MS_MIN = 60_000
/** A folder on a network that answers nothing fails no backup, it holds it up: without one for two pauses that is told too. */
const OVERDUE_PAUSES = 2

export interface BackupStatus {
  /** Wall clock of the last one of this life of the gateway, null before the first. */
  readonly takenAtMs: number | null
  /** Code of what went wrong last, null while all is well. */
  readonly problem: string | null
}

export interface BackupSchedule extends BackupService {
  start(): void
  stop(): Promise<void>
  status(): BackupStatus
}

/** Told when no backup comes about, and when one did: who finds out once the hardware is dead finds out too late. */
export interface BackupAlarm {
  failed(detail: string): void
  over(): void
}

/** Backups by the clock, the first one at once, and whenever they are asked for. */
export function createBackupSchedule(deps: {
  backups: BackupService; alarm: BackupAlarm; everyHours: number; clock: Clock; random: RandomSource; log: Logger
}): BackupSchedule {
  const { backups, alarm, everyHours, clock, random, log } = deps
  let status: BackupStatus = { takenAtMs: null, problem: null }
  let cancelOverdue: CancelTimer = () => undefined

  const failed = (problem: string): void => {
    status = { ...status, problem }
    alarm.failed(problem)
  }
  const watch = (): void => {
    cancelOverdue()
    cancelOverdue = clock.after(OVERDUE_PAUSES * everyHours * HOUR_MS, () => failed('overdue'))
  }
  const take: BackupService['take'] = async () => {
    const taken = await backups.take()
    status = { takenAtMs: taken.takenAtMs, problem: null }
    alarm.over()
    watch()
    return taken
  }
  const loop = createRetryLoop({
    clock, random, times: { idleMs: everyHours * HOUR_MS, coalesceMs: 0, retryMsMin: RETRY_MS_MIN, retryMsMax: HOUR_MS },
    round: () => take().then(() => 'idle' as const, (error: unknown) => {
      log.error({ err: error }, 'no backup could be taken, trying again')
      failed(error instanceof AppError ? error.code : 'failed')
      return 'failed' as const
    }),
  })

  return {
    take,
    start() {
      watch()
      loop.start()
    },
    stop() {
      cancelOverdue()
      return loop.stop()
    },
    status: () => status,
  }
}
