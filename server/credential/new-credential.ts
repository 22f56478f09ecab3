import type { CredentialSecret } from '#contract/sync-roster.js'
import type { IdSource } from '#kernel/ids.js'
import type { Change } from '../audit/change.js'
import { fail } from '../errors.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import * as credentials from './credential-repository.js'

/** Cards outlast leases: what ends a person's way in is the permit, or a block. */
const LIFE_MS = 10 * 365 * 86_400_000

export interface CredentialPlan {
  readonly estateId: string
  readonly holder: { readonly personRef: string; readonly visitId: null } | { readonly personRef: null; readonly visitId: string }
  readonly secret: CredentialSecret
  readonly hint: string
  readonly validFromMs?: number | undefined
  /** Ten years from now without it. */
  readonly validUntilMs?: number | undefined
}

/** What nobody else of the estate may have. */
function lookupOf(secret: CredentialSecret): string | null {
  return secret.kind === 'card' || secret.kind === 'pin' ? secret.number : null
}

/**
 * Writes a credential and tells the estate's gateways. Other features call it inside their own change.
 * @returns its id
 * @throws AppError SV_CREDENTIAL_TIMES, SV_CREDENTIAL_TAKEN
 */
export async function addCredential(change: Change, ids: IdSource, plan: CredentialPlan): Promise<string> {
  const { tx, atMs } = change
  const { estateId, holder, secret, hint } = plan
  const validFromMs = plan.validFromMs ?? atMs
  const validUntilMs = plan.validUntilMs ?? atMs + LIFE_MS
  if (validUntilMs <= validFromMs || validUntilMs <= atMs) throw fail('SV_CREDENTIAL_TIMES', { field: 'validUntilMs', nowMs: atMs })
  const lookup = lookupOf(secret)
  const taken = lookup === null ? null : await credentials.openByLookup(tx, estateId, secret.kind, lookup)
  if (taken !== null) throw fail('SV_CREDENTIAL_TAKEN', { field: 'number', credentialId: taken.credentialId, personRef: taken.personRef })
  const credentialId = ids.uuid()
  await credentials.insert(tx, {
    credentialId, estateId, ...holder, kind: secret.kind, secret, lookup, hint, validFromMs, validUntilMs,
    createdAtMs: atMs, createdBy: change.by ?? 'server', endedAtMs: null, endCause: null, replacedBy: null,
  })
  await appendRosterChange(tx, estateId, `credential:${credentialId}`, { kind: 'credential.v1', credentialId, ...holder, secret, validFromMs, validUntilMs })
  await change.audit({ action: 'credential.issue', subject: `credential:${credentialId}`, estateId, after: { kind: secret.kind, ...holder, validFromMs, validUntilMs } })
  return credentialId
}
