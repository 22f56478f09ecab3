import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'

export interface FoundHousehold {
  readonly householdId: string
  readonly estateId: string
  readonly householdNo: string
}

const SELECT = { householdId: true, estateId: true, householdNo: true } as const
const ORDER = [{ estateId: 'asc' }, { householdNo: 'asc' }] as const
const within = (scope: EstateScope): { estateId?: { in: string[] } } => (scope === 'all' ? {} : { estateId: { in: [...scope] } })

export const byNumber = (read: Tx, scope: EstateScope, householdNo: string, take: number): Promise<FoundHousehold[]> =>
  read.household.findMany({ where: { ...within(scope), householdNo }, select: SELECT, orderBy: [...ORDER], take })

/** Now or formerly of a flat whose label has one of these in it. */
export const byRoom = (read: Tx, scope: EstateScope, labels: readonly string[], take: number): Promise<FoundHousehold[]> =>
  read.household.findMany({
    where: { ...within(scope), leases: { some: { unit: { OR: labels.map((label) => ({ label: { contains: label } })) } } } }, select: SELECT, orderBy: [...ORDER], take,
  })

/** With a member of exactly this name. */
export async function byName(read: Tx, scope: EstateScope, displayName: string, take: number): Promise<FoundHousehold[]> {
  const persons = await read.person.findMany({ where: { ...within(scope), displayName, removedAtMs: null }, select: { personRef: true }, take })
  if (persons.length === 0) return []
  const personRefs = persons.map((person) => person.personRef)
  return read.household.findMany({ where: { ...within(scope), members: { some: { personRef: { in: personRefs } } } }, select: SELECT, orderBy: [...ORDER], take })
}

/** That an order of this number, ours or the channel's, was for. */
export async function byOrder(read: Tx, scope: EstateScope, number: string, take: number): Promise<FoundHousehold[]> {
  const orders = await read.payOrder.findMany({ where: { ...within(scope), OR: [{ outTradeNo: number }, { transactionId: number }] }, select: { householdId: true }, take })
  if (orders.length === 0) return []
  return read.household.findMany({ where: { ...within(scope), householdId: { in: orders.map((order) => order.householdId) } }, select: SELECT, orderBy: [...ORDER], take })
}

/** The number that people know a household by. */
export const householdNumber = async (read: Tx, householdId: string): Promise<string | undefined> =>
  (await read.household.findUnique({ where: { householdId }, select: { householdNo: true } }))?.householdNo

/** Flat of each household as its newest lease has it. */
export async function unitLabels(read: Tx, householdIds: readonly string[]): Promise<Map<string, string>> {
  const leases = await read.lease.findMany({
    where: { householdId: { in: [...householdIds] } }, orderBy: [{ fromDate: 'asc' }, { leaseId: 'asc' }], select: { householdId: true, unit: { select: { label: true } } },
  })
  return new Map(leases.map(({ householdId, unit }) => [householdId, unit.label]))
}
