import { createHash } from 'node:crypto'
import { afterWrongPin, keypadPauseMs } from './pin-rules.js'
import type { AccessPolicy, AccessRuntime, AccessStore } from './ports.js'
import type { PinLockRow } from './rule-ports.js'

/**
 * Locks a number after so many wrong PINs, over restarts, and slows down each keypad after each: whoever guesses waits, and
 * nobody can lock a gate for others. A number that nobody has is locked like any other, so that a lock tells nothing.
 */
export interface PinGuard {
  load(rows: readonly PinLockRow[]): void
  /** How long this keypad accepts no PIN from anybody yet, milliseconds; 0 where it does. */
  pauseMs(readerId: string): number
  /** How long this number is locked still; 0 where it is not. */
  lockedMs(key: string): number
  /** True where this try locked the number. */
  wrong(readerId: string, key: string): boolean
  right(key: string): void
}

/** A keypad that had no wrong PIN for so long is as quick as ever. */
const PACE_FORGET_MS = 60_000
const ROWS_MAX = 10_000

/** What is kept of a number: its credential, or a digest where nobody has it. */
export const pinKey = (number: string, credentialId: string | undefined): string =>
  credentialId ?? `number ${createHash('sha256').update(number).digest('hex')}`

export function createPinGuard(deps: { store: AccessStore; policy: AccessPolicy; runtime: AccessRuntime }): PinGuard {
  const { store, policy, runtime: { clock, log, observer } } = deps
  /** The one that failed last comes last. */
  const rows = new Map<string, PinLockRow>()
  /** On the monotonic clock: a wall clock that is set forward unlocks nobody. */
  const lockedUntilMs = new Map<string, number>()
  const keypads = new Map<string, { wrong: number; lastMs: number; untilMs: number }>()

  const save = (work: Parameters<AccessStore['transact']>[0]): void => {
    store.transact(work).catch((error: unknown) => {
      observer.anomaly('store-failed')
      log.error({ err: error }, 'wrong PINs are counted here, and would not be after a restart')
    })
  }
  const keep = (row: PinLockRow): void => {
    rows.delete(row.key)
    rows.set(row.key, row)
    if (row.lockedUntilMs !== null) lockedUntilMs.set(row.key, clock.monoMs() + Math.max(0, row.lockedUntilMs - clock.wallMs()))
    for (const oldest of rows.keys()) {
      if (rows.size <= ROWS_MAX) break
      rows.delete(oldest)
      lockedUntilMs.delete(oldest)
    }
  }
  const lockedMs = (key: string): number => Math.max(0, (lockedUntilMs.get(key) ?? 0) - clock.monoMs())

  return {
    load(held) {
      for (const row of held) keep(row)
    },
    pauseMs: (readerId) => Math.max(0, (keypads.get(readerId)?.untilMs ?? 0) - clock.monoMs()),
    lockedMs,
    wrong(readerId, key) {
      const nowMs = clock.monoMs()
      const before = keypads.get(readerId)
      const wrong = before !== undefined && nowMs - before.lastMs < PACE_FORGET_MS ? before.wrong + 1 : 1
      keypads.set(readerId, { wrong, lastMs: nowMs, untilMs: nowMs + keypadPauseMs(wrong) })
      const row = afterWrongPin(rows.get(key), key, clock.wallMs(), policy)
      keep(row)
      save((tx) => tx.putPinLock(row))
      return row.lockedUntilMs !== null
    },
    right(key) {
      if (!rows.delete(key)) return
      lockedUntilMs.delete(key)
      save((tx) => tx.deletePinLock(key))
    },
  }
}
