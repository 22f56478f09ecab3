import type { PermitV2 } from '#contract/sync-roster.js'
import { keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'
import { type PermitRecord, include, recordOf } from './permit-repository.js'

/** Which permits of an estate: all that the named conditions leave. */
export interface PermitGroup {
  readonly roles: readonly PermitV2['role'][] | undefined
  readonly gateId: string | undefined
  readonly buildingId: string | undefined
}

/** Persons who live in the building on that day (YYYY-MM-DD). */
async function livingIn(tx: Tx, buildingId: string, date: string): Promise<string[]> {
  const leases = await tx.lease.findMany({ where: { unit: { buildingId }, fromDate: { lte: date }, untilDate: { gte: date } }, select: { householdId: true } })
  const persons: string[] = []
  for (const some of keysInChunks([...new Set(leases.map((lease) => lease.householdId))])) {
    const members = await tx.householdMember.findMany({
      where: { householdId: { in: [...some] }, fromDate: { lte: date }, OR: [{ untilDate: null }, { untilDate: { gte: date } }] }, select: { personRef: true },
    })
    persons.push(...members.map((member) => member.personRef))
  }
  return persons
}

/** Permits of the group that were not ended, by id. */
export async function permitsOfGroup(tx: Tx, estateId: string, group: PermitGroup, date: string): Promise<PermitRecord[]> {
  const rows = await tx.permit.findMany({
    where: {
      estateId, endedAtMs: null,
      ...(group.roles === undefined ? {} : { role: { in: [...group.roles] } }),
      ...(group.gateId === undefined ? {} : { gates: { some: { gateId: group.gateId } } }),
    },
    include, orderBy: { permitId: 'asc' },
  })
  if (group.buildingId === undefined) return rows.map(recordOf)
  const living = new Set(await livingIn(tx, group.buildingId, date))
  return rows.filter((row) => living.has(row.personRef)).map(recordOf)
}

export async function setSchedule(tx: Tx, permitIds: readonly string[], scheduleId: string | null): Promise<void> {
  for (const some of keysInChunks(permitIds)) await tx.permit.updateMany({ where: { permitId: { in: [...some] } }, data: { scheduleId } })
}
