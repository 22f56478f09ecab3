import { isRotatingCode, parseRotatingCode } from '#contract/rotating-code.js'
import type { CredentialItemV1 } from '#contract/sync-roster.js'
import { codeDigest, isCurrent, isSignedBy } from './code-rules.js'
import { type Identified, type Presented, nobody } from './identified.js'
import { credentialCounts } from './permit-rules.js'
import type { PinGuard } from './pin-guard.js'
import { createPinReader } from './pin-reader.js'
import type { Remark } from './policy.js'
import type { AccessPolicy, AccessRuntime, RosterLookup } from './ports.js'
import type { VisitCount } from './visit-count.js'

const CARD = /^[0-9a-f]{4,32}$/

/** Whose credential this is. Looks up, verifies and counts; decides nothing. */
export function createIdentifier(deps: {
  roster: RosterLookup; guard: PinGuard; visits: Pick<VisitCount, 'of'>; isBlocked: (credentialId: string) => boolean
  isCodeUsed: (key: string) => boolean; policy: AccessPolicy; runtime: AccessRuntime
}): (presented: Presented) => Promise<Identified> {
  const { roster, visits, isBlocked, isCodeUsed, policy, runtime: { clock } } = deps
  const pin = createPinReader(deps)

  const holderOf = (presented: Presented, credential: CredentialItemV1, extra: { remarks?: readonly Remark[]; codeKey?: string } = {}): Identified => {
    const { credentialId, personRef, visitId } = credential
    if (isBlocked(credentialId)) return nobody(presented.way, 'blocked-credential', credentialId)
    const { remarks = [], codeKey } = extra
    const shown = { credentialId, counts: credentialCounts(credential, clock.wallMs()), used: codeKey !== undefined && isCodeUsed(codeKey), remarks }
    const found = { retryAfterMs: 0, attemptKey: credentialId, ...(codeKey === undefined ? {} : { codeKey }) }
    if (personRef !== null) return { claim: { kind: 'person', personRef, ...shown }, ...found }
    if (visitId === null) return nobody(presented.way, 'unknown-credential', credentialId)
    return { claim: { kind: 'visitor', visitId, visit: roster.visit(visitId), passages: visits.of(visitId), ...shown }, ...found }
  }

  const card = (presented: Presented): Identified => {
    if (!CARD.test(presented.value)) return nobody(presented.way, 'malformed-code')
    const credential = roster.cardOf(presented.value)
    return credential === undefined ? nobody(presented.way, 'unknown-credential') : holderOf(presented, credential)
  }

  const rotating = (presented: Presented): Identified => {
    const code = parseRotatingCode(presented.value)
    if (code === undefined) return nobody(presented.way, 'malformed-code')
    const credential = roster.credential(code.credentialId)
    if (credential?.secret.kind !== 'phone-key') return nobody(presented.way, 'unknown-credential')
    if (!isSignedBy(code, credential.secret.publicKey)) return nobody(presented.way, 'malformed-code')
    if (!isCurrent(code, clock.wallMs(), policy.codeWindowSeconds)) return nobody(presented.way, 'expired-code', code.credentialId)
    return holderOf(presented, credential, { codeKey: `${presented.gateId} ${code.credentialId} ${code.unixSeconds}` })
  }

  /** Found by its digest: what the time of a look-up tells is about a digest that nobody can choose. */
  const token = (presented: Presented): Identified => {
    const credential = roster.tokenOf(codeDigest(presented.value))
    return credential === undefined ? nobody(presented.way, 'unknown-credential') : holderOf(presented, credential)
  }

  return async (presented) => {
    switch (presented.way) {
      case 'card': return card(presented)
      case 'qr': return isRotatingCode(presented.value) ? rotating(presented) : token(presented)
      case 'pin': return pin(presented, (credential, remarks) => holderOf(presented, credential, { remarks }))
    }
  }
}
