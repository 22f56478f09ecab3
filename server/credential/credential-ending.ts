import type { Change } from '../audit/change.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import * as credentials from './credential-repository.js'

/** Every way in which a credential ends. Other features call these inside their own change. */

interface CredentialEnding {
  readonly cause: credentials.CredentialEnd
  /** Who blocked it at a desk. */
  readonly operatorRef?: string
}

/** Ends the credential and tells the estate's gateways: from their next question on it opens nothing. */
export async function endCredential(change: Change, credential: credentials.CredentialRecord, ending: CredentialEnding): Promise<void> {
  const { credentialId, estateId, personRef, visitId, kind } = credential
  const { cause, operatorRef } = ending
  await credentials.end(change.tx, credentialId, cause, change.atMs)
  await appendRosterChange(change.tx, estateId, `credential:${credentialId}`, { kind: 'credential-deleted.v1', credentialId })
  await change.audit({
    action: 'credential.end', subject: `credential:${credentialId}`, estateId, before: { kind, personRef, visitId },
    after: { cause, ...(operatorRef === undefined ? {} : { operatorRef }) },
  })
}

/** @returns how many ended */
export async function endCredentialsOfPerson(change: Change, personRef: string, cause: 'person-removed' | 'moved-out'): Promise<number> {
  const open = await credentials.openOfPerson(change.tx, personRef)
  for (const credential of open) await endCredential(change, credential, { cause })
  return open.length
}

export async function endCredentialsOfVisit(change: Change, visitId: string, cause: 'visit-ended' | 'replaced'): Promise<void> {
  for (const credential of await credentials.openOfVisit(change.tx, visitId)) await endCredential(change, credential, { cause })
}

/** Ends up to `limit` credentials whose time is over. @returns how many ended */
export async function endExpiredCredentials(change: Change, limit: number): Promise<number> {
  const over = await credentials.expired(change.tx, change.atMs, limit)
  for (const credential of over) await endCredential(change, credential, { cause: 'expired' })
  return over.length
}
