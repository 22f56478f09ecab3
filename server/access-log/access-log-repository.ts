import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { countInRuns, newestIds } from './access-search-repository.js'
import type { LogPlace } from './schemas.js'
import type { PassageFilter } from './search-rules.js'

/** A passage as it is stored; names are joined by whoever has the right to them. */
export interface PassageRow {
  readonly passageId: string
  readonly gatewayId: string
  readonly epoch: number
  readonly seq: bigint
  readonly estateId: string
  readonly gateId: string
  readonly deviceId: string | null
  readonly way: string
  readonly direction: string
  readonly result: string
  readonly reason: string | null
  readonly remarks: string
  readonly personRef: string | null
  readonly permitId: string | null
  readonly credentialId: string | null
  readonly visitId: string | null
  readonly operatorRef: string | null
  readonly override: string | null
  readonly score: number | null
  readonly margin: number | null
  readonly threshold: number | null
  readonly liveness: number | null
  readonly gallerySize: number | null
  readonly ageMs: number | null
  readonly waitMs: number | null
  readonly attempts: number
  readonly timings: string
  readonly occurredAtMs: bigint
}

const newestFirst = (a: PassageRow, b: PassageRow): number => Number(b.occurredAtMs - a.occurredAtMs) || (a.passageId < b.passageId ? 1 : -1)

/** One person's newest passages within the scope: few enough that the other conditions are looked at one by one. */
function newestOfPerson(tx: Tx, scope: EstateScope, filter: PassageFilter, before: LogPlace | undefined, limit: number): Promise<PassageRow[]> {
  const { fromMs, toMs, ...equal } = filter
  const wanted = Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined))
  const untilMs = before === undefined ? toMs : Math.min(before.atMs, toMs ?? before.atMs)
  return tx.accessEvent.findMany({
    where: {
      ...wanted,
      // Said so that no index on the estate fits: a person's own is by far the shorter way.
      ...(scope === 'all' ? {} : { NOT: { estateId: { notIn: [...scope] } } }),
      // A bound on the time itself lets the index begin there; the place then settles ties.
      occurredAtMs: { ...(fromMs === undefined ? {} : { gte: BigInt(fromMs) }), ...(untilMs === undefined ? {} : { lte: BigInt(untilMs) }) },
      ...(before === undefined ? {} : { OR: [{ occurredAtMs: { lt: BigInt(before.atMs) } }, { passageId: { lt: before.passageId } }] }),
    },
    orderBy: [{ occurredAtMs: 'desc' }, { passageId: 'desc' }],
    take: limit,
  })
}

/** How many passages a filter leaves, counted no further than `max`. */
export async function countPassages(tx: Tx, scope: EstateScope, filter: PassageFilter, max: number): Promise<number> {
  if (filter.personRef !== undefined) return (await newestOfPerson(tx, scope, filter, undefined, max)).length
  return countInRuns(tx, filter, await estatesOf(tx, scope), max)
}

const estatesOf = async (tx: Tx, scope: EstateScope): Promise<readonly string[]> =>
  (scope === 'all' ? (await tx.estate.findMany({ select: { id: true } })).map((estate) => estate.id) : scope)

export const estateNames = async (tx: Tx): Promise<ReadonlyMap<string, string>> =>
  new Map((await tx.estate.findMany({ select: { id: true, name: true } })).map((estate) => [estate.id, estate.name]))

/** Newest first. @param before only what is older than this place */
export async function newestPassages(tx: Tx, scope: EstateScope, filter: PassageFilter, before: LogPlace | undefined, limit: number): Promise<PassageRow[]> {
  if (filter.personRef !== undefined) return newestOfPerson(tx, scope, filter, before, limit)
  const passageIds = await newestIds(tx, filter, await estatesOf(tx, scope), before, limit)
  return (await passagesById(tx, passageIds)).sort(newestFirst)
}

export const passagesById = (tx: Tx, passageIds: readonly string[]): Promise<PassageRow[]> =>
  tx.accessEvent.findMany({ where: { passageId: { in: [...passageIds] } }, orderBy: [{ occurredAtMs: 'asc' }, { passageId: 'asc' }] })

export interface OutcomeRow {
  readonly outcome: string
  readonly reason: string | null
  readonly latencyMs: number | null
}

const outcomeKey = (gatewayId: string, passageId: string): string => `${gatewayId} ${passageId}`

/** What became of the commands of these passages. An outcome counts only from the gateway that reported the passage. */
export async function outcomesOf(tx: Tx, passages: readonly PassageRow[]): Promise<(passage: PassageRow) => OutcomeRow | undefined> {
  const granted = passages.filter((passage) => passage.result === 'granted')
  const rows = granted.length === 0 ? [] : await tx.passageOutcome.findMany({
    where: { gatewayId: { in: [...new Set(granted.map((row) => row.gatewayId))] }, passageId: { in: granted.map((row) => row.passageId) } },
  })
  const byKey = new Map(rows.map((row) => [outcomeKey(row.gatewayId, row.passageId), row]))
  return ({ gatewayId, passageId }) => byKey.get(outcomeKey(gatewayId, passageId))
}

/** Names of gates, removed ones too, by estate and gate. */
export async function gateNames(tx: Tx, passages: readonly PassageRow[]): Promise<(passage: PassageRow) => string | undefined> {
  const estateId = { in: [...new Set(passages.map((row) => row.estateId))] }
  const gateId = { in: [...new Set(passages.map((row) => row.gateId))] }
  const rows = passages.length === 0 ? [] : await tx.gate.findMany({ where: { estateId, gateId }, select: { estateId: true, gateId: true, name: true } })
  const byKey = new Map(rows.map((row) => [`${row.estateId}/${row.gateId}`, row.name]))
  return (passage) => byKey.get(`${passage.estateId}/${passage.gateId}`)
}

/** Names of persons that were not erased. */
export async function personNames(tx: Tx, passages: readonly PassageRow[]): Promise<ReadonlyMap<string, string>> {
  const personRefs = [...new Set(passages.flatMap((row) => (row.personRef === null ? [] : [row.personRef])))]
  const rows = personRefs.length === 0 ? [] : await tx.person.findMany({
    where: { personRef: { in: personRefs }, displayName: { not: null } }, select: { personRef: true, displayName: true },
  })
  return new Map(rows.map((row) => [row.personRef, row.displayName ?? '']))
}

/** What those are called who opened by hand, as far as they have a login here; the others are known at their estate's desk. */
export async function operatorNames(tx: Tx, passages: readonly PassageRow[]): Promise<ReadonlyMap<string, string>> {
  const userIds = [...new Set(passages.flatMap((row) => (row.operatorRef === null ? [] : [row.operatorRef])))]
  const rows = userIds.length === 0 ? [] : await tx.user.findMany({ where: { userId: { in: userIds } }, select: { userId: true, displayName: true } })
  return new Map(rows.map((row) => [row.userId, row.displayName]))
}
