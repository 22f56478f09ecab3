import type { RefusalReason, Way } from '#contract/passage-record.js'
import type { Clock } from '#kernel/clock.js'
import type { Grant } from './policy.js'
import type { DevicePlace } from './ports.js'
import { createRecentKeys } from './recent-keys.js'

/** Persons before gates within a window: more than any estate has. */
const RECENT_KEYS_MAX = 10_000
/** Somebody who was let in may stand in the doorway for so long: what a camera sees of them then is no new wish to pass. */
const LINGER_MS = 12_000
/** Refusals that a passage brings about by itself. */
const ECHOES: ReadonlySet<RefusalReason> = new Set(['anti-passback', 'repeated-code', 'quota-used'])

type Keyed = DevicePlace & { readonly holder: string | null }

/** Who was let through which gate a short while ago. */
export interface GrantedKeys {
  /** False where this holder got a command for this gate and direction within the hold time. */
  claim(grant: Grant): boolean
  /** The door did not open: the next try is a new one. */
  forget(grant: Grant): void
  /** True where a refusal only says that this one was let in a moment ago: then nothing is refused. */
  isEcho(refused: { readonly way: Way; readonly place: DevicePlace | undefined; readonly reason: RefusalReason; readonly holder: string | null }): boolean
}

export function createGrantedKeys({ clock, regrantHoldMs }: { clock: Clock; regrantHoldMs: number }): GrantedKeys {
  const holds = createRecentKeys({ clock, windowMs: regrantHoldMs, keysMax: RECENT_KEYS_MAX })
  const lingering = createRecentKeys({ clock, windowMs: LINGER_MS, keysMax: RECENT_KEYS_MAX })
  const keyOf = ({ gate, direction, holder }: Keyed): string => `${gate.gateId} ${direction} ${holder}`
  return {
    claim(grant) {
      if (grant.holder === null) return true
      lingering.claim(keyOf(grant))
      return holds.claim(keyOf(grant))
    },
    forget(grant) {
      for (const keys of [holds, lingering]) keys.forget(keyOf(grant))
    },
    isEcho({ way, place, reason, holder }) {
      if (place === undefined || holder === null || !ECHOES.has(reason)) return false
      return (way === 'face' ? lingering : holds).has(keyOf({ ...place, holder }))
    },
  }
}
