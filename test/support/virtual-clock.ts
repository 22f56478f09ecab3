import type { Clock } from '#kernel/clock.js'

export interface VirtualClock extends Clock {
  /** Moves both clocks on by `ms` and fires the timers that fall due, in order, synchronously. */
  advance(ms: number): void
  /** As `advance`, but lets promises and I/O callbacks run before and after each timer. */
  run(ms: number): Promise<void>
  /** Moves the wall clock alone, either way. */
  jumpWall(ms: number): void
  /** Timers that are armed. */
  pending(): number
}

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly callback: () => void
}

/** 2026-01-05 08:00 in Jiangmen. */
export const START_WALL_MS = Date.UTC(2026, 0, 5)

/** A few turns of the event loop: enough for chains of promises, not for disk or network. */
export async function settle(turns = 5): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** A clock that stands still until it is moved. `monoMs` starts at 1 000 so that zero is never a time. */
export function createVirtualClock(startWallMs = START_WALL_MS): VirtualClock {
  let monoMs = 1_000
  let wallOffsetMs = startWallMs - monoMs
  let order = 0
  const timers = new Set<Timer>()

  const nextDue = (untilMs: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (timer.dueMs > untilMs) continue
      if (first === undefined || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)) first = timer
    }
    return first
  }
  const fire = (timer: Timer): void => {
    timers.delete(timer)
    monoMs = Math.max(monoMs, timer.dueMs)
    timer.callback()
  }

  return {
    wallMs: () => Math.floor(monoMs + wallOffsetMs),
    monoMs: () => monoMs,
    after(delayMs, callback) {
      const timer: Timer = { dueMs: monoMs + Math.max(0, delayMs), order: order++, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms) {
      const untilMs = monoMs + ms
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) fire(timer)
      monoMs = untilMs
    },
    async run(ms) {
      const untilMs = monoMs + ms
      await settle()
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        fire(timer)
        await settle()
      }
      monoMs = untilMs
      await settle()
    },
    jumpWall(ms) {
      wallOffsetMs += ms
    },
    pending: () => timers.size,
  }
}
