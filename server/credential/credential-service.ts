import type { CredentialSecret } from '#contract/sync-roster.js'
import { Closed, UuidText } from '#contract/wire-types.js'
import type { IdSource } from '#kernel/ids.js'
import type { RandomSource } from '#kernel/random.js'
import type { RunChange } from '../audit/change.js'
import type { EstateScope } from '../auth/roles.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { gatesOfEstate } from '../estate/estate-register.js'
import { activePersons, findActivePerson } from '../resident/person-register.js'
import { endCredential } from './credential-ending.js'
import * as credentials from './credential-repository.js'
import { cardNumber, hintOf, phoneKey } from './credential-rules.js'
import { addCredential } from './new-credential.js'
import { printedCode } from './printed-code.js'

export interface CredentialServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly ids: IdSource
  readonly random: RandomSource
}

export interface IssueTerms {
  readonly personRef: string
  /** The person's own credential that this one takes the place of. */
  readonly replaces?: string | undefined
  readonly validUntilMs?: number | undefined
}

export interface ListedCredential extends Omit<credentials.CredentialRecord, 'secret' | 'lookup' | 'createdBy'> {
  readonly holderName: string | null
  readonly use: (credentials.CredentialUse & { readonly lastGateName: string }) | null
}

export interface CredentialQuery extends Omit<credentials.CredentialFilter, 'scope' | 'after'> {
  /** `next` of the page before. */
  readonly after: string | undefined
  readonly limit: number
}

export interface CredentialService {
  /** One page, newest first. @throws AppError SV_HTTP_VALIDATION where `after` is no cursor */
  list(scope: EstateScope, query: CredentialQuery): Promise<{ credentials: ListedCredential[]; next: string | null }>
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_CREDENTIAL_CARD, SV_CREDENTIAL_TAKEN, SV_CREDENTIAL_TIMES, SV_CREDENTIAL_ENDED */
  issueCard(by: string, card: IssueTerms & { number: string }): Promise<{ credentialId: string }>
  /** Rotating codes of a phone that holds the private key. @throws AppError as `issueCard`, SV_CREDENTIAL_KEY */
  registerPhone(by: string, phone: IssueTerms & { publicKey: string; name: string }): Promise<{ credentialId: string }>
  /** A code to print. It is in the answer and never again. @throws AppError as `issueCard` */
  issuePrinted(by: string, terms: IssueTerms): Promise<{ credentialId: string; code: string }>
  /** From the gateways' next question on it opens nothing; a second time does nothing. @throws AppError SV_HTTP_NOT_FOUND */
  end(by: string, credentialId: string, cause: 'blocked' | 'withdrawn'): Promise<void>
  estateOf(credentialId: string): Promise<string | undefined>
}

const Place = Closed({ credentialId: UuidText })

async function listed(read: Tx, rows: readonly credentials.CredentialRecord[]): Promise<ListedCredential[]> {
  const holders = await activePersons(read, [...new Set(rows.flatMap((row) => (row.personRef === null ? [] : [row.personRef])))])
  const names = new Map(holders.map((person) => [person.personRef, person.displayName]))
  const uses = new Map<string, ListedCredential['use']>()
  for (const estateId of new Set(rows.map((row) => row.estateId))) {
    const ids = rows.filter((row) => row.estateId === estateId).map((row) => row.credentialId)
    const gates = new Map((await gatesOfEstate(read, estateId)).map((gate) => [gate.gateId, gate.name]))
    for (const [credentialId, use] of await credentials.uses(read, estateId, ids)) uses.set(credentialId, { ...use, lastGateName: gates.get(use.lastGateId) ?? use.lastGateId })
  }
  return rows.map(({ secret: _secret, lookup: _lookup, createdBy: _createdBy, ...row }) => ({
    ...row, holderName: names.get(row.personRef ?? '') ?? null, use: uses.get(row.credentialId) ?? null,
  }))
}

export function createCredentialService(deps: CredentialServiceDeps): CredentialService {
  const { read, change: runChange, ids, random } = deps

  const issue = (by: string, terms: IssueTerms, secret: CredentialSecret, hint: string): Promise<{ credentialId: string }> =>
    runChange(by, async (change) => {
      const { personRef, replaces, validUntilMs } = terms
      const person = await findActivePerson(change.tx, personRef)
      if (person === null) throw fail('SV_HTTP_NOT_FOUND')
      const before = replaces === undefined ? undefined : await credentials.find(change.tx, replaces)
      if (before === null || (before !== undefined && before.personRef !== personRef)) throw fail('SV_HTTP_NOT_FOUND')
      if (before !== undefined && before.endedAtMs !== null) throw fail('SV_CREDENTIAL_ENDED', { field: 'replaces' })
      if (before !== undefined) await endCredential(change, before, { cause: 'replaced' })
      const holder = { personRef, visitId: null }
      const credentialId = await addCredential(change, ids, { estateId: person.estateId, holder, secret, hint, validUntilMs })
      if (before !== undefined) await credentials.setReplacement(change.tx, before.credentialId, credentialId)
      return { credentialId }
    })

  return {
    async list(scope, { after, limit, ...filter }) {
      const place = after === undefined ? undefined : decodeCursor(Place, after, 'after')
      const rows = await credentials.list(read, { ...filter, scope, after: place?.credentialId }, limit + 1)
      const page = pageOf(rows, limit, ({ credentialId }) => ({ credentialId }))
      return { credentials: await listed(read, page.rows), next: page.next }
    },
    async issueCard(by, { number: typed, ...terms }) {
      const number = cardNumber(typed)
      if (number === undefined) throw fail('SV_CREDENTIAL_CARD', { field: 'number' })
      return issue(by, terms, { kind: 'card', number }, hintOf(number))
    },
    async registerPhone(by, { publicKey: given, name, ...terms }) {
      const publicKey = phoneKey(given)
      if (publicKey === undefined) throw fail('SV_CREDENTIAL_KEY', { field: 'publicKey' })
      return issue(by, terms, { kind: 'phone-key', publicKey }, name)
    },
    async issuePrinted(by, terms) {
      const { code, secret } = printedCode(random)
      return { ...await issue(by, terms, secret, hintOf(code)), code }
    },
    end: (by, credentialId, cause) => runChange(by, async (change) => {
      const credential = await credentials.find(change.tx, credentialId)
      if (credential === null) throw fail('SV_HTTP_NOT_FOUND')
      if (credential.endedAtMs === null) await endCredential(change, credential, { cause })
    }),
    estateOf: async (credentialId) => (await credentials.find(read, credentialId))?.estateId,
  }
}
