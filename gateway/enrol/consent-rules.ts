import type { ConsentV1 } from '#contract/sync-roster.js'
import type { Erasure } from './template-keeper.js'

/** True from the grant on, up to but without the moment it expires. */
export const isValidAt = (consent: ConsentV1, wallMs: number): boolean =>
  consent.grantedAtMs <= wallMs && wallMs < consent.expiresAtMs

/** The person's consent that is valid at `wallMs` and lasts longest. */
export function consentOf(consents: readonly ConsentV1[], personRef: string, wallMs: number): ConsentV1 | undefined {
  const valid = consents.filter((consent) => consent.personRef === personRef && isValidAt(consent, wallMs))
  return valid.sort((one, other) => other.expiresAtMs - one.expiresAtMs)[0]
}

/**
 * Templates that no longer stand on a valid consent. A consent that is not in the roster at all counts as withdrawn.
 * @param held consent under which each person's templates stand
 */
export function lapsed(held: ReadonlyMap<string, string>, consents: readonly ConsentV1[], wallMs: number): Erasure[] {
  const byId = new Map(consents.map((consent) => [consent.consentId, consent]))
  const out: Erasure[] = []
  for (const [personRef, consentId] of held) {
    const consent = byId.get(consentId)
    if (consent?.personRef !== personRef) out.push({ personRef, consentId, cause: 'withdrawn' })
    else if (wallMs >= consent.expiresAtMs) out.push({ personRef, consentId, cause: 'expired' })
  }
  return out
}

/** The next moment after `wallMs` at which a consent ends, or undefined. */
export function nextEndMs(consents: readonly ConsentV1[], wallMs: number): number | undefined {
  const later = consents.map((consent) => consent.expiresAtMs).filter((endMs) => endMs > wallMs)
  return later.length === 0 ? undefined : later.reduce((first, endMs) => Math.min(first, endMs))
}
