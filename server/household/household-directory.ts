import type { Tx } from '../db/transaction.js'
import { personsOfEstate } from '../resident/person-register.js'
import { type CivilDate, covers } from './civil-date-rules.js'
import { householdsOfEstate, membersOfEstate } from './household-repository.js'
import { leasesOfEstate } from './lease-repository.js'
import { spanOf } from './lease-rules.js'
import { buildingsOf, unitsOf } from './unit-repository.js'

/** A household as lists from elsewhere name it. */
export interface ListedHousehold {
  readonly householdId: string
  readonly householdNo: string
  /** Of the lease on that day, else of the one nearest to it; empty where there never was one. */
  readonly building: string
  readonly roomNo: string
  readonly unitLabel: string
  readonly buildingId: string | null
  /** Whether the lease is one of that day: a unit names one household at a time. */
  readonly living: boolean
  /** The head on that day, else the last one; null where the person was removed. */
  readonly headName: string | null
}

/** The one that covers the day, else the latest. */
const onOrLast = <S extends { readonly fromDate: CivilDate; readonly untilDate: CivilDate | null }>(spans: readonly S[], date: CivilDate): S | undefined =>
  spans.find((span) => covers(spanOf(span), date)) ?? [...spans].sort((a, b) => (spanOf(a).untilDate < spanOf(b).untilDate ? 1 : -1))[0]

function byHousehold<R extends { readonly householdId: string }>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>()
  for (const row of rows) groups.set(row.householdId, [...groups.get(row.householdId) ?? [], row])
  return groups
}

/** All households of an estate, those that moved out too, as they were on a day. */
export async function householdDirectory(read: Tx, estateId: string, date: CivilDate): Promise<ListedHousehold[]> {
  const buildings = new Map((await buildingsOf(read, estateId)).map((building) => [building.buildingId, building.name]))
  const units = new Map((await unitsOf(read, estateId)).map((unit) => [unit.unitId, unit]))
  const leases = byHousehold((await leasesOfEstate(read, estateId)).filter((lease) => lease.untilDate >= lease.fromDate))
  const heads = byHousehold((await membersOfEstate(read, estateId)).filter((member) => member.role === 'head'))
  const names = new Map((await personsOfEstate(read, estateId)).map((person) => [person.personRef, person.displayName]))
  return (await householdsOfEstate(read, estateId)).map(({ householdId, householdNo }) => {
    const lease = onOrLast(leases.get(householdId) ?? [], date)
    const unit = lease === undefined ? undefined : units.get(lease.unitId)
    const head = onOrLast(heads.get(householdId) ?? [], date)
    return {
      householdId, householdNo, building: buildings.get(unit?.buildingId ?? '') ?? '', roomNo: unit?.roomNo ?? '', buildingId: unit?.buildingId ?? null,
      unitLabel: lease?.unitLabel ?? '', living: lease !== undefined && covers(lease, date), headName: names.get(head?.personRef ?? '') ?? null,
    }
  })
}
