import type { Tx } from '../db/transaction.js'
import { gatesOfEstate } from '../estate/estate-register.js'
import { newestByGate } from './last-seen-repository.js'

/** When a person last went in at a gate. */
export interface SeenAtGate {
  readonly personRef: string
  readonly gateId: string
  readonly gateName: string
  readonly occurredAtMs: number
}

const DAY_MS = 86_400_000
/** Further back nobody looks on a household's card; the access log has all of it. */
const DAYS_BACK = 180

/** Newest passage of each person at each gate of the last half year, newest first. Whoever asks audits it. */
export async function lastSeenOf(read: Tx, estateId: string, personRefs: readonly string[], nowMs: number): Promise<SeenAtGate[]> {
  const names = new Map((await gatesOfEstate(read, estateId)).map((gate) => [gate.gateId, gate.name]))
  const rows = await newestByGate(read, estateId, personRefs, nowMs - DAYS_BACK * DAY_MS)
  return rows.map((row) => ({ ...row, gateName: names.get(row.gateId) ?? row.gateId })).sort((a, b) => b.occurredAtMs - a.occurredAtMs)
}
