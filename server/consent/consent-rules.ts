import { type Result, err, ok } from '#kernel/result.js'
import { ADULT_YEARS, OWN_CONSENT_YEARS, birthdayMs, hasAge } from '../resident/age-rules.js'

const YEAR_MS = 365 * 86_400_000
/** 人脸识别技术应用安全管理办法 art. 8: no longer than the purpose needs. A longer lease consents again. */
export const CONSENT_MS_MAX = 5 * YEAR_MS

/** What decides whether a consent may be recorded. */
export interface ConsentFacts {
  readonly nowMs: number
  readonly expiresAtMs: number
  readonly person: { readonly personRef: string; readonly estateId: string; readonly birthDate: string }
  /** Null: the person consents alone. Undefined: a guardian was named who is not in the register. */
  readonly guardian: { readonly personRef: string; readonly estateId: string; readonly birthDate: string } | null | undefined
}

export type ConsentRefusal =
  | { readonly code: 'SV_CONSENT_EXPIRY'; readonly latestMs: number }
  | { readonly code: 'SV_CONSENT_ADULT' | 'SV_CONSENT_GUARDIAN' | 'SV_CONSENT_GUARDIAN_NEEDED' }

/** Checks age, guardian and time. A guardian's consent ends with the day before the 14th birthday at the latest. */
export function checkConsent(facts: ConsentFacts): Result<void, ConsentRefusal> {
  const { nowMs, person, guardian } = facts
  const ownConsent = hasAge(person.birthDate, OWN_CONSENT_YEARS, nowMs)
  if (ownConsent && guardian !== null) return err({ code: 'SV_CONSENT_ADULT' })
  if (!ownConsent && guardian === null) return err({ code: 'SV_CONSENT_GUARDIAN_NEEDED' })
  if (!ownConsent) {
    const fits = guardian !== null && guardian !== undefined && guardian.personRef !== person.personRef &&
      guardian.estateId === person.estateId && hasAge(guardian.birthDate, ADULT_YEARS, nowMs)
    if (!fits) return err({ code: 'SV_CONSENT_GUARDIAN' })
  }
  const latestMs = ownConsent ? nowMs + CONSENT_MS_MAX : Math.min(nowMs + CONSENT_MS_MAX, birthdayMs(person.birthDate, OWN_CONSENT_YEARS))
  if (facts.expiresAtMs <= nowMs || facts.expiresAtMs > latestMs) return err({ code: 'SV_CONSENT_EXPIRY', latestMs })
  return ok(undefined)
}
