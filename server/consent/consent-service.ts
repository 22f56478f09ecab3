import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { estateOfPerson, findActivePerson } from '../resident/person-register.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import { endConsent } from './consent-ending.js'
import * as consents from './consent-repository.js'
import { type ConsentFacts, type ConsentRefusal, checkConsent } from './consent-rules.js'
import { noticeInForce } from './notice-service.js'

const PURPOSE = 'face-access'

export interface NewConsent {
  readonly personRef: string
  readonly noticeVersion: string
  readonly guardianRef: string | null
  readonly expiresAtMs: number
}

export interface ConsentService {
  /**
   * Records a consent that a person gave at the desk: from here on gateways may enrol them.
   * @throws AppError SV_HTTP_NOT_FOUND (person), SV_CONSENT_*
   */
  grant(by: string, consent: NewConsent): Promise<{ consentId: string }>
  /** Ends it, with the gateways' order to erase in the same transaction; a second time does nothing. @throws AppError SV_HTTP_NOT_FOUND */
  withdraw(by: string, consentId: string): Promise<void>
  listOfPerson(personRef: string): Promise<consents.ConsentRecord[]>
  /** Those that still hold and that the person gave for a child. */
  listGivenBy(guardianRef: string): Promise<consents.ConsentRecord[]>
  /** With what each gateway holds under it. @throws AppError SV_HTTP_NOT_FOUND */
  get(consentId: string): Promise<consents.ConsentRecord & { holdings: consents.HoldingRecord[] }>
  estateOf(consentId: string): Promise<string | undefined>
}

async function factsOf(change: Change, consent: NewConsent): Promise<ConsentFacts> {
  const person = await findActivePerson(change.tx, consent.personRef)
  if (person === null) throw fail('SV_HTTP_NOT_FOUND')
  const guardian = consent.guardianRef === null ? null : ((await findActivePerson(change.tx, consent.guardianRef)) ?? undefined)
  return { nowMs: change.atMs, expiresAtMs: consent.expiresAtMs, person, guardian }
}

function refusal(reason: ConsentRefusal): Error {
  if (reason.code === 'SV_CONSENT_EXPIRY') return fail(reason.code, { field: 'expiresAtMs', latestMs: reason.latestMs })
  return fail(reason.code, { field: 'guardianRef' })
}

async function grant(change: Change, by: string, consentId: string, consent: NewConsent): Promise<void> {
  const { tx, atMs } = change
  const facts = await factsOf(change, consent)
  const inForce = await noticeInForce(tx, PURPOSE)
  if (inForce !== consent.noticeVersion) throw fail('SV_CONSENT_NOTICE', { field: 'noticeVersion', inForce: inForce ?? null })
  const checked = checkConsent(facts)
  if (!checked.ok) throw refusal(checked.error)
  for (const open of await consents.openOfPerson(tx, consent.personRef, PURPOSE)) {
    if (open.expiresAtMs > atMs) throw fail('SV_CONSENT_EXISTS', { consentId: open.consentId })
    // Over, and not yet swept: the new one must not stand beside it.
    await endConsent(change, open, 'expired')
  }
  const { estateId } = facts.person
  const told = { ...consent, consentId, purpose: PURPOSE, grantedAtMs: atMs } as const
  await consents.insert(tx, { ...told, endedAtMs: null, endCause: null, recordedBy: by })
  await appendRosterChange(tx, estateId, `consent:${consentId}`, { kind: 'consent.v1', ...told })
  await change.audit({ action: 'consent.grant', subject: `consent:${consentId}`, estateId, after: { ...consent } })
}

export const createConsentService = (deps: { read: Tx; change: RunChange; ids: IdSource }): ConsentService => ({
  grant: (by, consent) => deps.change(by, async (change) => {
    const consentId = deps.ids.uuid()
    await grant(change, by, consentId, consent)
    return { consentId }
  }),
  withdraw: (by, consentId) => deps.change(by, async (change) => {
    const consent = await consents.find(change.tx, consentId)
    if (consent === null) throw fail('SV_HTTP_NOT_FOUND')
    if (consent.endedAtMs === null) await endConsent(change, consent, 'withdrawn')
  }),
  listOfPerson: (personRef) => consents.listOfPerson(deps.read, personRef),
  listGivenBy: (guardianRef) => consents.openGivenBy(deps.read, guardianRef),
  async get(consentId) {
    const consent = await consents.find(deps.read, consentId)
    if (consent === null) throw fail('SV_HTTP_NOT_FOUND')
    return { ...consent, holdings: await consents.holdings(deps.read, consentId) }
  },
  async estateOf(consentId) {
    const consent = await consents.find(deps.read, consentId)
    return consent === null ? undefined : estateOfPerson(deps.read, consent.personRef)
  },
})
