import type { CredentialItemV1 } from '#contract/sync-roster.js'
import { type Identified, type Presented, nobody } from './identified.js'
import { createPinCheck } from './pin-check.js'
import { type PinGuard, pinKey } from './pin-guard.js'
import type { Remark } from './policy.js'
import type { RosterLookup } from './ports.js'

const PIN = /^([0-9]{3,8})\*([0-9]{4,12})$/
/** A keypad tries again after so long where too much is being checked. */
const BUSY_MS = 1_000

/** Who a right PIN belongs to. */
type HolderOf = (credential: CredentialItemV1, remarks: readonly Remark[]) => Identified

/** What was typed at a keypad: `number*pin`. */
export function createPinReader(deps: { roster: RosterLookup; guard: PinGuard }): (presented: Presented, holderOf: HolderOf) => Promise<Identified> {
  const { roster, guard } = deps
  const checkPin = createPinCheck()
  /** Keypads whose PIN is being checked. */
  const checking = new Set<string>()

  const wrong = (readerId: string, key: string, credentialId: string | null): Identified => {
    const isLocked = guard.wrong(readerId, key)
    const reason = isLocked ? 'locked-out' : credentialId === null ? 'unknown-credential' : 'wrong-pin'
    return { ...nobody('pin', reason, credentialId), attemptKey: key, shownReason: isLocked ? 'locked-out' : 'wrong-pin', retryAfterMs: Math.ceil(guard.pauseMs(readerId)) }
  }

  const checked = async (readerId: string, number: string, digits: string, holderOf: HolderOf): Promise<Identified> => {
    const credential = roster.pinOf(number)
    const credentialId = credential?.credentialId ?? null
    const key = pinKey(number, credential?.credentialId)
    const locked: Identified = { ...nobody('pin', 'locked-out', credentialId), attemptKey: key }
    if (guard.lockedMs(key) > 0) return locked
    const verdict = await checkPin(credential?.secret.kind === 'pin' ? credential.secret : undefined, digits)
    if (verdict === 'busy') return { ...nobody('pin', 'engine-failed', credentialId), retryAfterMs: BUSY_MS }
    // At another keypad the number may have been locked meanwhile.
    if (guard.lockedMs(key) > 0) return locked
    if (verdict === 'wrong' || credential === undefined) return wrong(readerId, key, credentialId)
    guard.right(key)
    return holderOf(credential, verdict === 'duress' ? ['duress'] : [])
  }

  return async ({ readerId, value }, holderOf) => {
    const [, number, digits] = PIN.exec(value) ?? []
    if (number === undefined || digits === undefined) return nobody('pin', 'malformed-code')
    const pauseMs = checking.has(readerId) ? BUSY_MS : guard.pauseMs(readerId)
    if (pauseMs > 0) return { ...nobody('pin', 'locked-out'), retryAfterMs: Math.ceil(pauseMs) }
    // One at a time at a keypad: several at once would all be tried before the first slows it down.
    checking.add(readerId)
    return checked(readerId, number, digits, holderOf).finally(() => checking.delete(readerId))
  }
}
