import { describe, expect, it } from 'vitest'
import { CONSENT_MS_MAX, type ConsentFacts, checkConsent } from '../../../server/consent/consent-rules.js'
import { birthdayMs } from '../../../server/resident/age-rules.js'

const nowMs = Date.parse('2026-01-05T08:00:00+08:00')
const adult = { personRef: 'adult', estateId: 'jh', birthDate: '1980-05-01' }
const child = { personRef: 'child', estateId: 'jh', birthDate: '2018-05-01' }
const almost14 = { personRef: 'almost', estateId: 'jh', birthDate: '2012-01-06' }
const just14 = { personRef: 'just', estateId: 'jh', birthDate: '2012-01-05' }
const facts = (change: Partial<ConsentFacts>): ConsentFacts => ({ nowMs, expiresAtMs: nowMs + 1_000, person: adult, guardian: null, ...change })

const TABLE: Array<[name: string, facts: ConsentFacts, refusal: string | null]> = [
  ['an adult alone', facts({}), null],
  ['an adult with a guardian', facts({ guardian: { ...adult, personRef: 'other' } }), 'SV_CONSENT_ADULT'],
  ['on the 14th birthday alone', facts({ person: just14 }), null],
  ['on the 14th birthday with a guardian', facts({ person: just14, guardian: adult }), 'SV_CONSENT_ADULT'],
  ['a day before it alone', facts({ person: almost14 }), 'SV_CONSENT_GUARDIAN_NEEDED'],
  ['a day before it with a guardian', facts({ person: almost14, guardian: adult }), null],
  ['a child alone', facts({ person: child }), 'SV_CONSENT_GUARDIAN_NEEDED'],
  ['a child with a guardian', facts({ person: child, guardian: adult }), null],
  ['a child with somebody unknown', facts({ person: child, guardian: undefined }), 'SV_CONSENT_GUARDIAN'],
  ['a child with a guardian of another estate', facts({ person: child, guardian: { ...adult, estateId: 'xh' } }), 'SV_CONSENT_GUARDIAN'],
  ['a child with a brother of 17', facts({ person: child, guardian: { ...adult, birthDate: '2008-01-06' } }), 'SV_CONSENT_GUARDIAN'],
  ['a child with a sister of 18 today', facts({ person: child, guardian: { ...adult, birthDate: '2008-01-05' } }), null],
  ['a child with itself', facts({ person: child, guardian: child }), 'SV_CONSENT_GUARDIAN'],
  ['an end now', facts({ expiresAtMs: nowMs }), 'SV_CONSENT_EXPIRY'],
  ['the longest time', facts({ expiresAtMs: nowMs + CONSENT_MS_MAX }), null],
  ['longer than that', facts({ expiresAtMs: nowMs + CONSENT_MS_MAX + 1 }), 'SV_CONSENT_EXPIRY'],
  ['a child up to the 14th birthday', facts({ person: almost14, guardian: adult, expiresAtMs: birthdayMs('2012-01-06', 14) }), null],
  ['a child past it', facts({ person: almost14, guardian: adult, expiresAtMs: birthdayMs('2012-01-06', 14) + 1 }), 'SV_CONSENT_EXPIRY'],
]

describe('a consent', () => {
  it.each(TABLE)('%s', (_name, given, refusal) => {
    const checked = checkConsent(given)
    expect(checked.ok ? null : checked.error.code).toBe(refusal)
  })
})
