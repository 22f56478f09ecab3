import { createRecentKeys } from './recent-keys.js'
import type { AccessRuntime, AccessStore, AccessTx } from './ports.js'
import type { UsedCodeRow } from './rule-ports.js'

/** Codes that were used within their window. */
const USED_CODES_MAX = 20_000

/** Codes that may be used once at each gate and were, for as long as they are current; over a restart too. */
export interface UsedCodes {
  load(rows: readonly UsedCodeRow[]): void
  has(key: string): boolean
  /** At once, so that the same code twice at the same moment is one use. */
  use(key: string): void
  /** Inside the grant's transaction. */
  write(tx: AccessTx, key: string): Promise<void>
  /** The grant was not written. */
  undo(key: string): void
  /** The grant was written, and the door did not open. */
  giveBack(key: string): void
}

/** @param windowMs how long a code is current at most, from the moment it was used */
export function createUsedCodes({ store, runtime, windowMs }: { store: AccessStore; runtime: AccessRuntime; windowMs: number }): UsedCodes {
  const { clock, log, observer } = runtime
  const used = createRecentKeys({ clock, windowMs, keysMax: USED_CODES_MAX })
  return {
    load(rows) {
      // By the wall clock, which may have been set back: what lies ahead of it was used a moment ago. The whole window again is never too short.
      for (const { key, usedAtMs } of rows) if (usedAtMs > clock.wallMs() - windowMs) used.claim(key)
    },
    has: used.has,
    use: (key) => void used.claim(key),
    async write(tx, key) {
      const usedAtMs = clock.wallMs()
      await tx.useCode({ key, usedAtMs })
      await tx.pruneCodes(usedAtMs - windowMs)
    },
    undo: used.forget,
    giveBack(key) {
      used.forget(key)
      store.transact((tx) => tx.forgetCode(key)).catch((error: unknown) => {
        observer.anomaly('store-failed')
        log.error({ err: error }, 'a code whose door did not open may be used again here, and not after a restart')
      })
    },
  }
}
