import type { Change } from '../audit/change.js'
import { estateOfPerson } from '../resident/person-register.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import * as consents from './consent-repository.js'

/** Every way in which a consent ends. Other features call these inside their own change. */

/** Ends the consent and tells the estate's gateways, which erase what they hold under it and report that. */
export async function endConsent(change: Change, consent: consents.ConsentRecord, cause: consents.ConsentEnd): Promise<void> {
  const { consentId, personRef } = consent
  const estateId = await estateOfPerson(change.tx, personRef)
  if (estateId === undefined) throw new Error('consent without its person')
  await consents.end(change.tx, consentId, cause, change.atMs)
  await appendRosterChange(change.tx, estateId, `consent:${consentId}`, { kind: 'consent-deleted.v1', consentId, personRef, cause })
  await change.audit({ action: 'consent.end', subject: `consent:${consentId}`, estateId, before: { personRef }, after: { cause } })
}

/**
 * Ends the person's consents and those they gave for a child: a guardian who is gone can no longer withdraw.
 * @returns how many ended
 */
export async function endConsentsOfPerson(change: Change, personRef: string): Promise<number> {
  const open = await consents.openThatNeed(change.tx, personRef)
  for (const consent of open) await endConsent(change, consent, 'person-removed')
  return open.length
}

/** Ends up to `limit` consents whose time is over. @returns how many ended */
export async function endExpiredConsents(change: Change, limit: number): Promise<number> {
  const over = await consents.expired(change.tx, change.atMs, limit)
  for (const consent of over) await endConsent(change, consent, 'expired')
  return over.length
}
