import type { Tx } from '../db/transaction.js'
import * as credentials from './credential-repository.js'

/** What other features ask of the credentials. */

/** What a credential is, for people: its kind, and the little of its number that may be shown. */
export interface CredentialLabel {
  readonly kind: credentials.CredentialKind
  readonly hint: string
}

/** Labels of these credentials by id, ended ones too: for the access log. */
export const credentialLabels = (tx: Tx, credentialIds: readonly string[]): Promise<Map<string, CredentialLabel>> => credentials.labels(tx, credentialIds)
