import { isRotatingCode, parseRotatingCode } from '#contract/rotating-code.js'
import type { CredentialItemV1 } from '#contract/sync-roster.js'
import { codeDigest, isCurrent, isSignedBy } from './code-rules.js'
import { type Identified, type Presented, nobody, nobodyClaim } from './identified.js'
import { credentialCounts } from './permit-rules.js'
import type { PinGuard } from './pin-guard.js'
import { createPinReader } from './pin-reader.js'
import type { Claim, Remark } from './policy.js'
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

  const claimOf = (credentialId: string, remarks: readonly Remark[], codeKey: string | undefined): Claim => {
    const credential = roster.credential(credentialId)
    // A PIN takes a moment to check: its credential may have ended meanwhile.
    if (credential === undefined) return nobodyClaim('unknown-credential', credentialId)
    if (isBlocked(credentialId)) return nobodyClaim('blocked-credential', credentialId)
    const { personRef, visitId } = credential
    const shown = { credentialId, counts: credentialCounts(credential, clock.wallMs()), used: codeKey !== undefined && isCodeUsed(codeKey), remarks }
    if (personRef !== null) return { kind: 'person', personRef, ...shown }
    if (visitId === null) return nobodyClaim('unknown-credential', credentialId)
    return { kind: 'visitor', visitId, visit: roster.visit(visitId), passages: visits.of(visitId), agreedHere: roster.isAgreedHere(visitId), ...shown }
  }
  const holderOf = ({ credentialId }: CredentialItemV1, { remarks = [], codeKey }: { remarks?: readonly Remark[]; codeKey?: string } = {}): Identified => ({
    claimNow: () => claimOf(credentialId, remarks, codeKey), retryAfterMs: 0, attemptKey: credentialId, ...(codeKey === undefined ? {} : { codeKey }),
  })

  const card = (presented: Presented): Identified => {
    if (!CARD.test(presented.value)) return nobody(presented.way, 'malformed-code')
    const credential = roster.cardOf(presented.value)
    return credential === undefined ? nobody(presented.way, 'unknown-credential') : holderOf(credential)
  }

  const rotating = (presented: Presented): Identified => {
    const code = parseRotatingCode(presented.value)
    if (code === undefined) return nobody(presented.way, 'malformed-code')
    const credential = roster.credential(code.credentialId)
    if (credential?.secret.kind !== 'phone-key') return nobody(presented.way, 'unknown-credential')
    if (!isSignedBy(code, credential.secret.publicKey)) return nobody(presented.way, 'malformed-code')
    if (!isCurrent(code, clock.wallMs(), policy.codeWindowSeconds)) return nobody(presented.way, 'expired-code', code.credentialId)
    return holderOf(credential, { codeKey: `${presented.gateId} ${code.credentialId} ${code.unixSeconds}` })
  }

  /** Found by its digest: what the time of a look-up tells is about a digest that nobody can choose. */
  const token = (presented: Presented): Identified => {
    const credential = roster.tokenOf(codeDigest(presented.value))
    return credential === undefined ? nobody(presented.way, 'unknown-credential') : holderOf(credential)
  }

  return async (presented) => {
    switch (presented.way) {
      case 'card': return card(presented)
      case 'qr': return isRotatingCode(presented.value) ? rotating(presented) : token(presented)
      case 'pin': return pin(presented, (credential, remarks) => holderOf(credential, { remarks }))
    }
  }
}
