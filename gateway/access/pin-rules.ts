import type { AccessPolicy } from './ports.js'
import type { PinLockRow } from './rule-ports.js'

/** Nobody is locked out for longer, however often. */
export const PIN_LOCK_MS_MAX = 86_400_000
/** Wrong tries that lie so far back are somebody's slips, not a guess in several parts. */
const PIN_TRIES_FORGET_MS = 86_400_000
/** What a keypad makes wait after a wrong PIN: doubled with each, up to this. A slow-down, never a lock for others. */
const PACE_MS_MIN = 500
const PACE_MS_MAX = 5_000

/** The row after one more wrong PIN at `nowWallMs`. Each lock is twice as long as the one before it. */
export function afterWrongPin(
  before: PinLockRow | undefined, key: string, nowWallMs: number, { pinTriesMax, pinLockMinutes }: Pick<AccessPolicy, 'pinTriesMax' | 'pinLockMinutes'>,
): PinLockRow {
  const kept = before !== undefined && nowWallMs - before.updatedAtMs < PIN_TRIES_FORGET_MS ? before : undefined
  const failures = (kept?.failures ?? 0) + 1
  const locks = kept?.locks ?? 0
  if (failures < pinTriesMax) return { key, failures, locks, lockedUntilMs: null, updatedAtMs: nowWallMs }
  const lockMs = Math.min(PIN_LOCK_MS_MAX, pinLockMinutes * 60_000 * 2 ** Math.min(locks, 20))
  return { key, failures: 0, locks: locks + 1, lockedUntilMs: nowWallMs + lockMs, updatedAtMs: nowWallMs }
}

/** How long a keypad waits after its `wrong`th wrong PIN of the last while. */
export const keypadPauseMs = (wrong: number): number => (wrong < 1 ? 0 : Math.min(PACE_MS_MAX, PACE_MS_MIN * 2 ** Math.min(wrong - 1, 10)))
