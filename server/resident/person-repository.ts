import type { EstateScope } from '../auth/roles.js'
import { bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'

export interface PersonRecord {
  readonly personRef: string
  readonly estateId: string
  readonly displayName: string
  readonly birthDate: string
  readonly unitLabel: string
}

export interface PersonFilter {
  readonly scope: EstateScope
  /** Part of a name, or the beginning of a flat's label. */
  readonly text: string | undefined
  /** Where the page before ended. */
  readonly after: { readonly displayName: string; readonly personRef: string } | undefined
}

interface PersonRow {
  readonly personRef: string
  readonly estateId: string
  readonly displayName: string | null
  readonly birthDate: string | null
  readonly unitLabel: string | null
}

const recordOf = ({ personRef, estateId, displayName, birthDate, unitLabel }: PersonRow): PersonRecord =>
  ({ personRef, estateId, displayName: displayName ?? '', birthDate: birthDate ?? '', unitLabel: unitLabel ?? '' })

/** The person, unless removed. */
export async function findActive(tx: Tx, personRef: string): Promise<PersonRecord | null> {
  const row = await tx.person.findFirst({ where: { personRef, removedAtMs: null } })
  return row === null ? null : recordOf(row)
}

/** The estate of a person, removed or not. */
export const findEstate = async (tx: Tx, personRef: string): Promise<string | undefined> =>
  (await tx.person.findUnique({ where: { personRef }, select: { estateId: true } }))?.estateId

/** Persons that were not removed, by name. */
export async function list(tx: Tx, filter: PersonFilter, limit: number): Promise<PersonRecord[]> {
  const { scope, text, after } = filter
  const rows = await tx.person.findMany({
    where: {
      removedAtMs: null,
      AND: [
        scope === 'all' ? {} : { estateId: { in: [...scope] } },
        text === undefined ? {} : { OR: [{ displayName: { contains: text } }, { unitLabel: { startsWith: text } }] },
        after === undefined ? {} : { OR: [{ displayName: { gt: after.displayName } }, { displayName: after.displayName, personRef: { gt: after.personRef } }] },
      ],
    },
    orderBy: [{ displayName: 'asc' }, { personRef: 'asc' }],
    take: limit,
  })
  return rows.map(recordOf)
}

/** Those of the persons that were not removed. */
export async function activeByRef(tx: Tx, personRefs: readonly string[]): Promise<PersonRecord[]> {
  const found: PersonRecord[] = []
  for (const some of keysInChunks(personRefs)) found.push(...(await tx.person.findMany({ where: { personRef: { in: [...some] }, removedAtMs: null } })).map(recordOf))
  return found
}

/** All of the estate that were not removed. */
export const activeOfEstate = async (tx: Tx, estateId: string): Promise<PersonRecord[]> =>
  (await tx.person.findMany({ where: { estateId, removedAtMs: null } })).map(recordOf)

const PERSONS = {
  table: 'Person', key: ['personRef'], onConflict: { update: ['unitLabel'] },
  columns: ['personRef', 'estateId', 'displayName', 'birthDate', 'unitLabel', 'createdAtMs'],
} as const

/** Adds persons, or sets the flat of those that are there. */
export async function save(tx: Tx, persons: readonly PersonRecord[], createdAtMs: number): Promise<void> {
  for (const some of inChunks(persons)) await bulkWrite(tx, PERSONS, some.map((person) => ({ ...person, createdAtMs })), ['personRef'])
}

/** Erases name, birth date and flat. The pseudonym stays for the log's sake and leads to nobody. */
export const erase = async (tx: Tx, personRef: string, atMs: number): Promise<void> => void (await tx.person.update({
  where: { personRef }, data: { displayName: null, birthDate: null, unitLabel: null, removedAtMs: BigInt(atMs) },
}))
