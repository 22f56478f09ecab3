import type { Consent, Holding } from '../../kit/api/types.js'
import { yearsOld } from '../../kit/format.js'

export type ConsentState = 'valid' | 'not-yet' | 'expired' | 'withdrawn' | 'person-removed' | 'ended'

/** An end that was recorded counts first; a date that has passed ends a consent by itself. */
export function consentState(consent: Consent, nowMs: number): ConsentState {
  if (consent.endedAtMs !== null) {
    const cause = consent.endCause
    return cause === 'withdrawn' || cause === 'expired' || cause === 'person-removed' ? cause : 'ended'
  }
  if (consent.expiresAtMs <= nowMs) return 'expired'
  return consent.grantedAtMs > nowMs ? 'not-yet' : 'valid'
}

export interface ErasureProgress {
  readonly done: number
  readonly total: number
}

/** How many of the gateways that enrolled the face have said that it is gone. */
export const erasureProgress = (holdings: readonly Holding[]): ErasureProgress => ({
  done: holdings.filter((holding) => holding.erasedAtMs !== null).length,
  total: holdings.length,
})

/** True while a gateway still holds templates of a consent that has ended. */
export const isErasing = (state: ConsentState, holdings: readonly Holding[]): boolean =>
  state !== 'valid' && state !== 'not-yet' && holdings.some((holding) => holding.erasedAtMs === null)

/** The one that counts first, then the latest. */
export const consentsInOrder = (consents: readonly Consent[], nowMs: number): Consent[] =>
  [...consents].sort((a, b) =>
    Number(consentState(b, nowMs) === 'valid') - Number(consentState(a, nowMs) === 'valid') || b.grantedAtMs - a.grantedAtMs)

/** A person under this age passes by face only with a guardian's consent (个人信息保护法 art. 31). */
const GUARDIAN_UNDER_YEARS = 14

export const needsGuardian = (birthDate: string, nowMs: number): boolean => (yearsOld(birthDate, nowMs) ?? GUARDIAN_UNDER_YEARS) < GUARDIAN_UNDER_YEARS
