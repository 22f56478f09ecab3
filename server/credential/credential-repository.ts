import type { CredentialSecret } from '#contract/sync-roster.js'
import type { EstateScope } from '../auth/roles.js'
import { bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'

export type CredentialKind = CredentialSecret['kind']
export type CredentialEnd = 'blocked' | 'replaced' | 'withdrawn' | 'expired' | 'person-removed' | 'moved-out' | 'visit-ended'

export interface CredentialRecord {
  readonly credentialId: string
  readonly estateId: string
  /** Of a person or of a visit, never both. */
  readonly personRef: string | null
  readonly visitId: string | null
  readonly kind: CredentialKind
  /** Null once it ended. */
  readonly secret: CredentialSecret | null
  /** Card number or PIN number: what nobody else of the estate may have. Null once it ended, and for other kinds. */
  readonly lookup: string | null
  /** What tells it apart for people. */
  readonly hint: string
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly createdAtMs: number
  readonly createdBy: string
  readonly endedAtMs: number | null
  readonly endCause: CredentialEnd | null
  readonly replacedBy: string | null
}

/** How often it was shown, as gateways reported. */
export interface CredentialUse {
  readonly granted: number
  readonly refused: number
  readonly lastAtMs: number
  readonly lastGateId: string
}

interface CredentialRow extends Omit<CredentialRecord, 'kind' | 'secret' | 'validFromMs' | 'validUntilMs' | 'createdAtMs' | 'endedAtMs' | 'endCause'> {
  readonly kind: string
  readonly secret: string | null
  readonly validFromMs: bigint
  readonly validUntilMs: bigint
  readonly createdAtMs: bigint
  readonly endedAtMs: bigint | null
  readonly endCause: string | null
}

const recordOf = (row: CredentialRow): CredentialRecord => ({
  ...row, kind: row.kind as CredentialKind, secret: row.secret === null ? null : JSON.parse(row.secret) as CredentialSecret,
  validFromMs: Number(row.validFromMs), validUntilMs: Number(row.validUntilMs), createdAtMs: Number(row.createdAtMs),
  endedAtMs: row.endedAtMs === null ? null : Number(row.endedAtMs), endCause: row.endCause as CredentialRecord['endCause'],
})

const oldestFirst = { credentialId: 'asc' } as const

export async function find(tx: Tx, credentialId: string): Promise<CredentialRecord | null> {
  const row = await tx.credential.findUnique({ where: { credentialId } })
  return row === null ? null : recordOf(row)
}

export interface CredentialFilter {
  readonly scope: EstateScope
  readonly state: 'open' | 'ended' | 'all'
  readonly personRef: string | undefined
  readonly kind: CredentialKind | undefined
  /** Part of the hint. */
  readonly text: string | undefined
  /** Where the page before ended. */
  readonly after: string | undefined
}

/** Newest first: ids go by time. */
export async function list(tx: Tx, { scope, state, personRef, kind, text, after }: CredentialFilter, limit: number): Promise<CredentialRecord[]> {
  const rows = await tx.credential.findMany({
    where: {
      AND: [
        scope === 'all' ? {} : { estateId: { in: [...scope] } },
        state === 'all' ? {} : { endedAtMs: state === 'open' ? null : { not: null } },
        personRef === undefined ? {} : { personRef },
        kind === undefined ? {} : { kind },
        text === undefined ? {} : { hint: { contains: text } },
        after === undefined ? {} : { credentialId: { lt: after } },
      ],
    },
    orderBy: { credentialId: 'desc' },
    take: limit,
  })
  return rows.map(recordOf)
}

export const openOfPerson = async (tx: Tx, personRef: string): Promise<CredentialRecord[]> =>
  (await tx.credential.findMany({ where: { personRef, endedAtMs: null }, orderBy: oldestFirst })).map(recordOf)

export const openOfVisit = async (tx: Tx, visitId: string): Promise<CredentialRecord[]> =>
  (await tx.credential.findMany({ where: { visitId, endedAtMs: null }, orderBy: oldestFirst })).map(recordOf)

/** The open one of the estate with this number. */
export async function openByLookup(tx: Tx, estateId: string, kind: CredentialKind, lookup: string): Promise<CredentialRecord | null> {
  const row = await tx.credential.findFirst({ where: { estateId, kind, lookup, endedAtMs: null } })
  return row === null ? null : recordOf(row)
}

export async function insert(tx: Tx, credential: CredentialRecord): Promise<void> {
  const times = { validFromMs: BigInt(credential.validFromMs), validUntilMs: BigInt(credential.validUntilMs), createdAtMs: BigInt(credential.createdAtMs) }
  await tx.credential.create({ data: { ...credential, ...times, secret: JSON.stringify(credential.secret), endedAtMs: null } })
}

/** What it opened with leaves the row; hint and times stay as its history. */
export const end = async (tx: Tx, credentialId: string, cause: CredentialEnd, atMs: number): Promise<void> => void (await tx.credential.update({
  where: { credentialId }, data: { endedAtMs: BigInt(atMs), endCause: cause, secret: null, lookup: null },
}))

export const setReplacement = async (tx: Tx, credentialId: string, replacedBy: string): Promise<void> =>
  void (await tx.credential.update({ where: { credentialId }, data: { replacedBy } }))

/** Open ones whose time was over at `atMs`, the earliest first. */
export const expired = async (tx: Tx, atMs: number, limit: number): Promise<CredentialRecord[]> =>
  (await tx.credential.findMany({
    where: { endedAtMs: null, validUntilMs: { lte: BigInt(atMs) } }, orderBy: [{ validUntilMs: 'asc' }, oldestFirst], take: limit,
  })).map(recordOf)

/** Uses of these credentials at their estate, by id. */
export async function uses(tx: Tx, estateId: string, credentialIds: readonly string[]): Promise<Map<string, CredentialUse>> {
  const rows = await tx.credentialUse.findMany({ where: { estateId, credentialId: { in: [...credentialIds] } } })
  return new Map(rows.map(({ credentialId, granted, refused, lastAtMs, lastGateId }) => [credentialId, { granted, refused, lastAtMs: Number(lastAtMs), lastGateId }]))
}

const USES = {
  table: 'CredentialUse', key: ['estateId', 'credentialId'], columns: ['estateId', 'credentialId', 'granted', 'refused', 'lastAtMs', 'lastGateId'],
  onConflict: { update: ['granted', 'refused', 'lastAtMs', 'lastGateId'] },
} as const

export async function saveUses(tx: Tx, estateId: string, changed: ReadonlyMap<string, CredentialUse>): Promise<void> {
  await bulkWrite(tx, USES, [...changed].map(([credentialId, use]) => ({ estateId, credentialId, ...use })), ['credentialId'])
}
