import type { Clock } from '#kernel/clock.js'
import type { Timeline } from './timeline.js'

/** One life of a process: it ends between two steps, and nothing of it happens afterwards. */
export interface Life {
  isAlive(): boolean
  /** A step that it may die at. False once it is dead. */
  step(): boolean
  /** It dies at the step after so many. */
  dieAfter(steps: number): void
  /** Takes `dieAfter` back. */
  spare(): void
  die(): void
  /** What it waits for once it is dead. */
  readonly never: Promise<never>
}

/** @param onDeath called once, at the very step */
export function createLife(onDeath: () => void): Life {
  let alive = true
  let left = Infinity
  const die = (): void => {
    if (!alive) return
    alive = false
    onDeath()
  }
  return {
    isAlive: () => alive,
    step() {
      if (alive && left-- <= 0) die()
      return alive
    },
    dieAfter(steps) {
      left = Math.min(left, steps)
    },
    spare() {
      left = Infinity
    },
    die,
    never: new Promise(() => undefined),
  }
}

/** The clocks of one machine: quartz that runs a little wrong, a wall clock that people and time servers set. */
export interface MachineTime {
  /** Milliseconds of its quartz for one true millisecond. */
  readonly rate: number
  /** How far its wall clock is ahead of the true one. */
  wallAheadMs: number
}

/** A timer is never early: whoever looks at the clock then must find that its time has come. */
const ROUNDING_MS = 1e-6

/** A process's clock: the monotonic one begins with its life, the wall clock is the machine's. */
export function createLifeClock(deps: { timeline: Timeline; life: Pick<Life, 'isAlive'>; machine: MachineTime; startWallMs: number }): Clock {
  const { timeline, life, machine, startWallMs } = deps
  const bornMs = timeline.nowMs()
  return {
    wallMs: () => Math.max(0, Math.floor(startWallMs + timeline.nowMs() * machine.rate + machine.wallAheadMs)),
    monoMs: () => 1_000 + (timeline.nowMs() - bornMs) * machine.rate,
    after(delayMs, callback) {
      return timeline.after(delayMs / machine.rate + ROUNDING_MS, () => {
        if (life.isAlive()) callback()
      })
    },
  }
}
