import { bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'

/** Passages inwards of a visit, as gateways reported. */
export interface VisitUse {
  readonly passagesIn: number
  readonly lastAtMs: number | null
}

/** Uses of these visits at their estates, by visit. */
export async function usesOf(tx: Tx, visits: ReadonlyArray<{ readonly estateId: string; readonly visitId: string }>): Promise<Map<string, VisitUse>> {
  const rows = visits.length === 0 ? [] : await tx.visitUse.findMany({ where: { visitId: { in: visits.map((visit) => visit.visitId) } } })
  const estateOf = new Map(visits.map((visit) => [visit.visitId, visit.estateId]))
  // What another estate's gateway says of the visit counts for nothing.
  return new Map(rows.filter((row) => estateOf.get(row.visitId) === row.estateId).map((row) => [row.visitId, { passagesIn: row.passagesIn, lastAtMs: Number(row.lastAtMs) }]))
}

const USES = {
  table: 'VisitUse', key: ['estateId', 'visitId'], columns: ['estateId', 'visitId', 'passagesIn', 'lastAtMs'], onConflict: { update: ['passagesIn', 'lastAtMs'] },
} as const

/** Adds passages inwards, in whatever order they come. */
export async function addPassages(tx: Tx, estateId: string, passages: ReadonlyArray<{ readonly visitId: string; readonly atMs: number }>): Promise<void> {
  if (passages.length === 0) return
  const known = await usesOf(tx, passages.map(({ visitId }) => ({ estateId, visitId })))
  for (const { visitId, atMs } of passages) {
    const use = known.get(visitId)
    known.set(visitId, { passagesIn: (use?.passagesIn ?? 0) + 1, lastAtMs: Math.max(use?.lastAtMs ?? 0, atMs) })
  }
  await bulkWrite(tx, USES, [...known].map(([visitId, use]) => ({ estateId, visitId, passagesIn: use.passagesIn, lastAtMs: use.lastAtMs })), ['visitId'])
}
