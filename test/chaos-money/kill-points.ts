/** What everything of a process that was killed runs into: nothing it does has any effect from there on. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

export interface KillPoints {
  /** @throws Killed where the process is dead, or dies here */
  pass(where: string): void
  /** The process dies at the so-manieth point from now, 1 the next. */
  arm(points: number): void
  /** Where it died; null while it lives. */
  diedAt(): string | null
}

/** Places between two steps at which power may go: around every call of a channel and around every commit. */
export function createKillPoints(): KillPoints {
  let left: number | null = null
  let died: string | null = null
  return {
    pass(where) {
      if (died === null && left !== null && (left -= 1) === 0) died = where
      if (died !== null) throw new Killed(died)
    },
    arm: (points) => void (left = points),
    diedAt: () => died,
  }
}
