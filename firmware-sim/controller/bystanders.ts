import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import type { FaultProfile } from '../faults.js'
import { recurring } from '../faults.js'

/** What people and things do to the doors of one controller. */
export interface DoorHands {
  contact(doorNo: number, contact: 'closed' | 'open'): void
  exitButton(doorNo: number): void
  tamper(active: boolean): void
  fireInput(active: boolean): void
  fireReset(): void
}

/** The people around the doors: they walk through a released one, and sometimes misuse one. */
export interface Bystanders {
  start(): void
  stop(): void
  /** The relay has let go: someone is expected to push the door. */
  released(doorNo: number): void
}

export interface BystandersDeps {
  readonly doors: number
  readonly heldOpenAfterMs: number
  readonly faults: FaultProfile
  readonly hands: DoorHands
  readonly clock: Clock
  readonly random: RandomSource
}

/** Who was let in goes in, all but a few. */
const WALK_SHARE = 0.97
const FIRE_MS = 10_000

/** @see Bystanders */
export function createBystanders(deps: BystandersDeps): Bystanders {
  const { clock, random, hands, faults } = deps
  const timers = new Set<CancelTimer>()
  const later = (delayMs: number, act: () => void): void => {
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel)
      act()
    })
    timers.add(cancel)
  }
  const passThrough = (doorNo: number, openMs: number): void => {
    hands.contact(doorNo, 'open')
    later(openMs, () => hands.contact(doorNo, 'closed'))
  }
  const misuse = [
    (doorNo: number) => passThrough(doorNo, 3_000),
    (doorNo: number) => {
      hands.exitButton(doorNo)
      passThrough(doorNo, deps.heldOpenAfterMs + 5_000)
    },
    () => {
      hands.tamper(true)
      later(5_000, () => hands.tamper(false))
    },
  ]
  const happenings = [
    recurring(faults.doorSeconds, random, clock, () => {
      misuse[Math.floor(random.float() * misuse.length)]?.(1 + Math.floor(random.float() * deps.doors))
    }),
    recurring(faults.fireSeconds, random, clock, () => {
      hands.fireInput(true)
      later(FIRE_MS, () => hands.fireInput(false))
      later(FIRE_MS * 1.5, () => hands.fireReset())
    }),
  ]
  return {
    start() {
      for (const happening of happenings) happening.start()
    },
    stop() {
      for (const happening of happenings) happening.stop()
      for (const cancel of timers) cancel()
      timers.clear()
    },
    released(doorNo) {
      if (random.float() < WALK_SHARE * (1 - faults.absent)) {
        later(300 + random.float() * 900, () => passThrough(doorNo, 1_000 + random.float() * 2_000))
      }
    },
  }
}
