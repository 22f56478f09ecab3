import type { ConsentDeletedV1 } from '#contract/sync-roster.js'
import type { RecordOf } from '#contract/sync-records.js'
import type { Clock } from '#kernel/clock.js'
import { type Change, changeIn } from '../audit/change.js'
import { estateOfPerson, findActivePerson } from '../resident/person-register.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import type { Projector } from '../sync/projector.js'
import { ofKind } from '../sync/record-place.js'
import { endConsent } from './consent-ending.js'
import * as consents from './consent-repository.js'
import { checkConsent } from './consent-rules.js'
import { remember, wasWithdrawn } from './desk-withdrawal-repository.js'
import { noticePublished } from './notice-service.js'

const PURPOSE = 'face-access'
type DeskConsent = RecordOf<'desk-consent.v1'>

/** Why a consent from a desk cannot stand, or undefined. The desk checked the same by what it knew then. */
async function refusalOf(change: Change, estateId: string, body: DeskConsent): Promise<{ code: string; cause: ConsentDeletedV1['cause'] } | undefined> {
  const { tx } = change
  const person = await findActivePerson(tx, body.personRef)
  if (person === null || person.estateId !== estateId) return { code: 'SV_HTTP_NOT_FOUND', cause: 'person-removed' }
  if (!await noticePublished(tx, body.noticeVersion)) return { code: 'SV_CONSENT_NOTICE', cause: 'withdrawn' }
  const guardian = body.guardianRef === null ? null : (await findActivePerson(tx, body.guardianRef)) ?? undefined
  const checked = checkConsent({ nowMs: body.grantedAtMs, expiresAtMs: body.expiresAtMs, person, guardian })
  return checked.ok ? undefined : { code: checked.error.code, cause: 'withdrawn' }
}

/** A consent on paper becomes one of the register. One that cannot stand is ended at the gateway, which erases at once. */
async function take(change: Change, estateId: string, body: DeskConsent): Promise<void> {
  const { tx } = change
  const { consentId, personRef, operatorRef, noticeVersion, guardianRef, grantedAtMs, expiresAtMs } = body
  if (await consents.find(tx, consentId) !== null) return
  const subject = `consent:${consentId}`
  const refusal = await refusalOf(change, estateId, body)
  if (refusal !== undefined) {
    await appendRosterChange(tx, estateId, subject, { kind: 'consent-deleted.v1', consentId, personRef, cause: refusal.cause })
    await change.audit({ action: 'consent.refuse', subject, estateId, after: { personRef, operatorRef, code: refusal.code } })
    return
  }
  const told = { consentId, personRef, purpose: PURPOSE, noticeVersion, guardianRef, grantedAtMs, expiresAtMs } as const
  const consent = { ...told, endedAtMs: null, endCause: null, recordedBy: operatorRef }
  await consents.insert(tx, consent)
  await appendRosterChange(tx, estateId, subject, { kind: 'consent.v1', ...told })
  await change.audit({ action: 'consent.grant', subject, estateId, after: { personRef, noticeVersion, guardianRef, expiresAtMs, operatorRef } })
  if (await wasWithdrawn(tx, consentId, estateId)) await endConsent(change, consent, 'withdrawn')
}

async function takeWithdrawal(change: Change, estateId: string, body: RecordOf<'desk-withdrawal.v1'>): Promise<void> {
  const { consentId, personRef, operatorRef } = body
  const consent = await consents.find(change.tx, consentId)
  if (consent === null) return remember(change.tx, { consentId, estateId, personRef, operatorRef }, body.occurredAtMs)
  // A gateway speaks for its own estate.
  if (consent.endedAtMs !== null || await estateOfPerson(change.tx, consent.personRef) !== estateId) return
  await endConsent(change, consent, 'withdrawn')
}

/** Consents given and withdrawn on paper at an estate's desk while the server could not be asked. */
export const createDeskConsentProjector = (deps: { clock: Clock }): Projector => ({
  async project(tx, { estateId }, records) {
    const change = changeIn(tx, deps.clock.wallMs(), null)
    for (const { body } of ofKind(records, 'desk-consent.v1')) await take(change, estateId, body)
    for (const { body } of ofKind(records, 'desk-withdrawal.v1')) await takeWithdrawal(change, estateId, body)
  },
})
