import { bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'
import { type PermitRecord, include, recordOf } from './permit-repository.js'

const PERMITS = {
  table: 'Permit', key: ['permitId'], onConflict: { update: ['role', 'validFromMs', 'validUntilMs', 'endedAtMs'] },
  columns: ['permitId', 'estateId', 'personRef', 'role', 'scheduleId', 'validFromMs', 'validUntilMs', 'endedAtMs'],
} as const
const GATES = { table: 'PermitGate', key: ['permitId', 'gateId'], onConflict: 'ignore', columns: ['permitId', 'estateId', 'gateId'] } as const

/** Adds permits, or sets times and end of those that are there. */
export async function savePermits(tx: Tx, permits: readonly PermitRecord[]): Promise<void> {
  for (const some of inChunks(permits)) {
    await bulkWrite(tx, PERMITS, some.map(({ gateIds: _gateIds, ...permit }) => permit), ['permitId'])
  }
}

interface PermitGateRow {
  readonly permitId: string
  readonly estateId: string
  readonly gateId: string
}

export async function addGates(tx: Tx, gates: readonly PermitGateRow[]): Promise<void> {
  for (const some of inChunks(gates)) await bulkWrite(tx, GATES, some.map((each) => ({ ...each })), ['permitId'])
}

/** Takes the gate out of these permits. */
export async function dropGate(tx: Tx, gateId: string, permitIds: readonly string[]): Promise<void> {
  for (const some of keysInChunks(permitIds)) await tx.permitGate.deleteMany({ where: { gateId, permitId: { in: [...some] } } })
}

export async function permitsById(tx: Tx, permitIds: readonly string[]): Promise<PermitRecord[]> {
  const permits: PermitRecord[] = []
  for (const some of keysInChunks(permitIds)) {
    permits.push(...(await tx.permit.findMany({ where: { permitId: { in: [...some] } }, include })).map(recordOf))
  }
  return permits
}
