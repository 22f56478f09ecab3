import { bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'

/** Says from which membership and lease a permit follows. */
export interface PassRecord {
  readonly permitId: string
  readonly estateId: string
  readonly householdId: string
  readonly memberId: string
  readonly leaseId: string
}

const PASSES = {
  table: 'HouseholdPermit', key: ['memberId', 'leaseId'], onConflict: { update: ['permitId'] },
  columns: ['permitId', 'estateId', 'householdId', 'memberId', 'leaseId'],
} as const

/** Of the estate, or of these households of it. */
export async function passesOfEstate(tx: Tx, estateId: string, householdIds: readonly string[] | 'all'): Promise<PassRecord[]> {
  if (householdIds === 'all') return tx.householdPermit.findMany({ where: { estateId } })
  const rows: PassRecord[] = []
  for (const some of keysInChunks(householdIds)) rows.push(...await tx.householdPermit.findMany({ where: { estateId, householdId: { in: [...some] } } }))
  return rows
}

/** One permit for each membership and lease: a newer one takes the older one's place. */
export async function savePasses(tx: Tx, passes: readonly PassRecord[]): Promise<void> {
  for (const some of inChunks(passes)) await bulkWrite(tx, PASSES, some.map((each) => ({ ...each })), ['permitId'])
}

export async function dropPasses(tx: Tx, permitIds: readonly string[]): Promise<void> {
  for (const some of keysInChunks(permitIds)) await tx.householdPermit.deleteMany({ where: { permitId: { in: [...some] } } })
}
