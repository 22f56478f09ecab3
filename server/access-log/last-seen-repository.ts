import type { Tx } from '../db/transaction.js'

export interface SeenRow {
  readonly personRef: string
  readonly gateId: string
  readonly occurredAtMs: number
}

/** Newest granted passage of each person at each gate since `fromMs`. */
export async function newestByGate(tx: Tx, estateId: string, personRefs: readonly string[], fromMs: number): Promise<SeenRow[]> {
  const rows = await tx.accessEvent.groupBy({
    by: ['personRef', 'gateId'], _max: { occurredAtMs: true },
    where: { personRef: { in: [...personRefs] }, estateId, result: 'granted', occurredAtMs: { gte: BigInt(fromMs) } },
  })
  return rows.flatMap(({ personRef, gateId, _max }) =>
    (personRef === null || _max.occurredAtMs === null ? [] : [{ personRef, gateId, occurredAtMs: Number(_max.occurredAtMs) }]))
}
