import { type BulkTable, bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'
import type { CivilDate } from './civil-date-rules.js'
import { MEMBER_ROLES, type MemberRole } from './lease-rules.js'

export interface HouseholdRecord {
  readonly householdId: string
  readonly estateId: string
  readonly householdNo: string
}

export interface MemberRecord {
  readonly memberId: string
  readonly estateId: string
  readonly householdId: string
  readonly personRef: string
  readonly role: MemberRole
  readonly fromDate: CivilDate
  readonly untilDate: CivilDate | null
  readonly closedAtMs: number | null
}

const HOUSEHOLDS = {
  table: 'Household', key: ['householdId'], onConflict: 'ignore', columns: ['householdId', 'estateId', 'householdNo', 'createdAtMs'],
} as const satisfies BulkTable<string>
const MEMBERS = {
  table: 'HouseholdMember', key: ['memberId'], onConflict: { update: ['role', 'fromDate', 'untilDate', 'closedAtMs'] },
  columns: ['memberId', 'estateId', 'householdId', 'personRef', 'role', 'fromDate', 'untilDate', 'closedAtMs', 'createdAtMs'],
} as const satisfies BulkTable<string>

interface MemberRow extends Omit<MemberRecord, 'role' | 'closedAtMs'> {
  readonly role: string
  readonly closedAtMs: bigint | null
}

const household = { select: { householdId: true, estateId: true, householdNo: true } } as const
const oldestFirst = [{ fromDate: 'asc' }, { memberId: 'asc' }] as const

const memberOf = ({ memberId, estateId, householdId, personRef, role, fromDate, untilDate, closedAtMs }: MemberRow): MemberRecord =>
  ({ memberId, estateId, householdId, personRef, role: role as MemberRole, fromDate, untilDate, closedAtMs: closedAtMs === null ? null : Number(closedAtMs) })

export const findHousehold = (tx: Tx, householdId: string): Promise<HouseholdRecord | null> => tx.household.findUnique({ ...household, where: { householdId } })

export const findByNo = (tx: Tx, estateId: string, householdNo: string): Promise<HouseholdRecord | null> =>
  tx.household.findUnique({ ...household, where: { estateId_householdNo: { estateId, householdNo } } })

export const householdsOfEstate = (tx: Tx, estateId: string): Promise<HouseholdRecord[]> => tx.household.findMany({ ...household, where: { estateId } })

export async function addHouseholds(tx: Tx, households: readonly HouseholdRecord[], createdAtMs: number): Promise<void> {
  for (const some of inChunks(households)) await bulkWrite(tx, HOUSEHOLDS, some.map((each) => ({ ...each, createdAtMs })), ['householdId'])
}

export const membersOfEstate = async (tx: Tx, estateId: string): Promise<MemberRecord[]> =>
  (await tx.householdMember.findMany({ where: { estateId }, orderBy: [...oldestFirst] })).map(memberOf)

/** The head first. */
const byRole = (a: MemberRecord, b: MemberRecord): number => MEMBER_ROLES.indexOf(a.role) - MEMBER_ROLES.indexOf(b.role)

/** Of these households by role and first day, former ones too. */
export async function membersOfHouseholds(tx: Tx, householdIds: readonly string[]): Promise<MemberRecord[]> {
  const rows: MemberRow[] = []
  for (const some of keysInChunks(householdIds)) {
    rows.push(...await tx.householdMember.findMany({ where: { householdId: { in: [...some] } }, orderBy: [...oldestFirst] }))
  }
  return rows.map(memberOf).sort(byRole)
}

/** Memberships of these persons in any household. */
export async function membershipsOf(tx: Tx, personRefs: readonly string[]): Promise<MemberRecord[]> {
  const rows: MemberRow[] = []
  for (const some of keysInChunks(personRefs)) {
    rows.push(...await tx.householdMember.findMany({ where: { personRef: { in: [...some] } }, orderBy: [...oldestFirst] }))
  }
  return rows.map(memberOf)
}

/** Up to `limit` memberships that were over before `today` and whose end was not carried out. */
export const membersToClose = async (tx: Tx, today: CivilDate, limit: number): Promise<MemberRecord[]> =>
  (await tx.householdMember.findMany({
    where: { closedAtMs: null, untilDate: { lt: today } }, orderBy: [{ untilDate: 'asc' }, { memberId: 'asc' }], take: limit,
  })).map(memberOf)

/** Adds memberships, or sets role, days and end of those that are there. */
export async function saveMembers(tx: Tx, members: readonly MemberRecord[], createdAtMs: number): Promise<void> {
  for (const some of inChunks(members)) await bulkWrite(tx, MEMBERS, some.map((each) => ({ ...each, createdAtMs })), ['memberId'])
}
