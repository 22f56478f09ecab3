import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { GatewayStore } from '../store/types.js'

/** An age is written down this often: what a restart may forget of it where the wall clock went back, too. */
const NOTE_MS = 600_000

/** For how long the server may have said something that is not known here. */
export interface RosterAge {
  /** Goes on from what was written down, or from nothing. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Everything that the server had is applied here, as of now. */
  heard(): void
  ageMs(): number
}

/**
 * Counts on the monotonic clock, and over a restart by the wall clock: one that was set back makes the roster no younger than it was when
 * its age was last written down.
 */
export function createRosterAge(deps: { store: Pick<GatewayStore, 'rosterAge' | 'transact'>; clock: Clock; log: Logger }): RosterAge {
  const { store, clock, log } = deps
  let known = { ageMs: 0, atMonoMs: clock.monoMs() }
  let cancel: CancelTimer = () => undefined
  const ageMs = (): number => known.ageMs + clock.monoMs() - known.atMonoMs

  const note = async (): Promise<void> => {
    try {
      const row = { ageMs: Math.round(ageMs()), atWallMs: clock.wallMs() }
      await store.transact((tx) => tx.setRosterAge(row))
    } catch (error) {
      log.error({ err: error }, 'the age of the roster could not be written down, trying again later')
    }
  }
  const noteAgain = (): void => {
    cancel = clock.after(NOTE_MS, () => {
      noteAgain()
      void note()
    })
  }

  return {
    ageMs,
    heard() {
      known = { ageMs: 0, atMonoMs: clock.monoMs() }
    },
    async start() {
      const row = await store.rosterAge()
      const sinceMs = row === undefined ? 0 : row.ageMs + Math.max(0, clock.wallMs() - row.atWallMs)
      known = { ageMs: sinceMs, atMonoMs: clock.monoMs() }
      noteAgain()
    },
    async stop() {
      cancel()
      await note()
    },
  }
}
