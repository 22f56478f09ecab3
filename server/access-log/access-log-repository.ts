import type { Tx } from '../db/transaction.js'
import type { LogPlace } from './schemas.js'

/** A passage as it is stored; names are joined by whoever has the right to them. */
export interface PassageRow {
  readonly passageId: string
  readonly gatewayId: string
  readonly epoch: number
  readonly seq: bigint
  readonly estateId: string
  readonly gateId: string
  readonly deviceId: string
  readonly way: string
  readonly result: string
  readonly reason: string | null
  readonly personRef: string | null
  readonly permitId: string | null
  readonly score: number | null
  readonly margin: number | null
  readonly threshold: number | null
  readonly liveness: number | null
  readonly gallerySize: number
  readonly frameAgeMs: number
  readonly timings: string
  readonly occurredAtMs: bigint
}

export interface PassageFilter {
  /** Undefined for every estate. */
  readonly estateId?: string | undefined
  /** With `personRef`: only at these estates. */
  readonly estateIds?: readonly string[] | undefined
  readonly gateId?: string | undefined
  readonly way?: string | undefined
  readonly result?: string | undefined
  readonly reason?: string | undefined
  readonly personRef?: string | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** Only what is older than this place. */
  readonly before?: LogPlace | undefined
}

/** Newest first. One estate or all: for several the database would sort what it need not. */
export function newestPassages(tx: Tx, filter: PassageFilter, limit: number): Promise<PassageRow[]> {
  const { fromMs, toMs, before, estateIds, ...equal } = filter
  const wanted = Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined))
  const untilMs = before === undefined ? toMs : Math.min(before.atMs, toMs ?? before.atMs)
  return tx.accessEvent.findMany({
    where: {
      ...wanted,
      // Said so that no index on the estate fits: a person's own is by far the shorter way.
      ...(estateIds === undefined ? {} : { NOT: { estateId: { notIn: [...estateIds] } } }),
      // A bound on the time itself lets the index begin there; the place then settles ties.
      occurredAtMs: { ...(fromMs === undefined ? {} : { gte: BigInt(fromMs) }), ...(untilMs === undefined ? {} : { lte: BigInt(untilMs) }) },
      ...(before === undefined ? {} : { OR: [{ occurredAtMs: { lt: BigInt(before.atMs) } }, { passageId: { lt: before.passageId } }] }),
    },
    orderBy: [{ occurredAtMs: 'desc' }, { passageId: 'desc' }],
    take: limit,
  })
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
