import type { ReaderWay } from '#contract/reader-messages.js'
import { isRotatingCode, parseRotatingCode } from '#contract/rotating-code.js'
import type { CredentialItemV1 } from '#contract/sync-roster.js'
import type { RefusalReason } from '#contract/passage-record.js'
import { codeDigest, isCurrent, isSignedBy } from './code-rules.js'
import { credentialCounts } from './permit-rules.js'
import { createPinCheck } from './pin-check.js'
import { type PinGuard, pinKey } from './pin-guard.js'
import type { Claim, Remark } from './policy.js'
import type { AccessPolicy, AccessRuntime, RosterLookup } from './ports.js'
import type { VisitCount } from './visit-count.js'

/** Somebody presents something at a reader. */
export interface Presented {
  readonly readerId: string
  readonly gateId: string | undefined
  readonly way: ReaderWay
  /** Never logged. */
  readonly value: string
}

export interface Identified {
  readonly claim: Claim
  /** What the reader may show where it differs: it does not tell a wrong number from a wrong PIN. */
  readonly shownReason?: RefusalReason
  /** Nothing is accepted from this reader before. */
  readonly retryAfterMs: number
  /** Of a code that may be used once at this gate. */
  readonly codeKey?: string
  /** Names what was presented among what is presented at this reader. */
  readonly attemptKey: string
}

const PIN = /^([0-9]{3,8})\*([0-9]{4,12})$/
/** A keypad tries again after so long where too much is being checked. */
const BUSY_MS = 1_000
const CARD = /^[0-9a-f]{4,32}$/

/** Whose credential this is. Looks up, verifies and counts; decides nothing. */
export function createIdentifier(deps: {
  roster: RosterLookup; guard: PinGuard; visits: Pick<VisitCount, 'of'>; isBlocked: (credentialId: string) => boolean
  isCodeUsed: (key: string) => boolean; policy: AccessPolicy; runtime: AccessRuntime
}): (presented: Presented) => Promise<Identified> {
  const { roster, guard, visits, isBlocked, isCodeUsed, policy, runtime: { clock } } = deps
  const checkPin = createPinCheck()
  const checking = new Set<string>()

  const nobody = (presented: Presented, reason: RefusalReason, credentialId: string | null = null): Identified =>
    ({ claim: { kind: 'nobody', reason, credentialId }, retryAfterMs: 0, attemptKey: credentialId ?? presented.way })

  const holderOf = (presented: Presented, credential: CredentialItemV1, extra: { remarks?: readonly Remark[]; codeKey?: string } = {}): Identified => {
    const { credentialId, personRef, visitId } = credential
    if (isBlocked(credentialId)) return nobody(presented, 'blocked-credential', credentialId)
    const { remarks = [], codeKey } = extra
    const shown = { credentialId, counts: credentialCounts(credential, clock.wallMs()), used: codeKey !== undefined && isCodeUsed(codeKey), remarks }
    const found = { retryAfterMs: 0, attemptKey: credentialId, ...(codeKey === undefined ? {} : { codeKey }) }
    if (personRef !== null) return { claim: { kind: 'person', personRef, ...shown }, ...found }
    if (visitId === null) return nobody(presented, 'unknown-credential', credentialId)
    return { claim: { kind: 'visitor', visitId, visit: roster.visit(visitId), passages: visits.of(visitId), ...shown }, ...found }
  }

  const card = (presented: Presented): Identified => {
    if (!CARD.test(presented.value)) return nobody(presented, 'malformed-code')
    const credential = roster.cardOf(presented.value)
    return credential === undefined ? nobody(presented, 'unknown-credential') : holderOf(presented, credential)
  }

  const rotating = (presented: Presented): Identified => {
    const code = parseRotatingCode(presented.value)
    if (code === undefined) return nobody(presented, 'malformed-code')
    const credential = roster.credential(code.credentialId)
    if (credential?.secret.kind !== 'phone-key') return nobody(presented, 'unknown-credential')
    if (!isSignedBy(code, credential.secret.publicKey)) return nobody(presented, 'malformed-code')
    if (!isCurrent(code, clock.wallMs(), policy.codeWindowSeconds)) return nobody(presented, 'expired-code', code.credentialId)
    return holderOf(presented, credential, { codeKey: `${presented.gateId} ${code.credentialId} ${code.unixSeconds}` })
  }

  /** Found by its digest: what the time of a look-up tells is about a digest that nobody can choose. */
  const token = (presented: Presented): Identified => {
    const credential = roster.tokenOf(codeDigest(presented.value))
    return credential === undefined ? nobody(presented, 'unknown-credential') : holderOf(presented, credential)
  }

  const checkedPin = async (presented: Presented, number: string, digits: string): Promise<Identified> => {
    const { readerId } = presented
    const credential = roster.pinOf(number)
    const credentialId = credential?.credentialId ?? null
    const key = pinKey(number, credential?.credentialId)
    const locked = (): Identified => ({ ...nobody(presented, 'locked-out', credentialId), attemptKey: key })
    if (guard.lockedMs(key) > 0) return locked()
    const verdict = await checkPin(credential?.secret.kind === 'pin' ? credential.secret : undefined, digits)
    if (verdict === 'busy') return { ...nobody(presented, 'engine-failed', credentialId), retryAfterMs: BUSY_MS }
    // At another keypad the number may have been locked meanwhile.
    if (guard.lockedMs(key) > 0) return locked()
    if (verdict === 'wrong') {
      const isLocked = guard.wrong(readerId, key)
      const refused = isLocked ? locked() : { ...nobody(presented, credential === undefined ? 'unknown-credential' : 'wrong-pin', credentialId), attemptKey: key }
      return { ...refused, shownReason: isLocked ? 'locked-out' : 'wrong-pin', retryAfterMs: Math.ceil(guard.pauseMs(readerId)) }
    }
    guard.right(key)
    if (credential === undefined) return nobody(presented, 'unknown-credential')
    return holderOf(presented, credential, verdict === 'duress' ? { remarks: ['duress'] } : {})
  }

  const pin = async (presented: Presented): Promise<Identified> => {
    const { readerId } = presented
    const [, number, digits] = PIN.exec(presented.value) ?? []
    if (number === undefined || digits === undefined) return nobody(presented, 'malformed-code')
    const pauseMs = checking.has(readerId) ? BUSY_MS : guard.pauseMs(readerId)
    if (pauseMs > 0) return { ...nobody(presented, 'locked-out'), retryAfterMs: Math.ceil(pauseMs) }
    // One at a time at a keypad: several at once would all be tried before the first slows it down.
    checking.add(readerId)
    return checkedPin(presented, number, digits).finally(() => checking.delete(readerId))
  }

  return async (presented) => {
    switch (presented.way) {
      case 'card': return card(presented)
      case 'qr': return isRotatingCode(presented.value) ? rotating(presented) : token(presented)
      case 'pin': return pin(presented)
    }
  }
}
