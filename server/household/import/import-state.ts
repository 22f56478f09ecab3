import type { Tx } from '../../db/transaction.js'
import { personsOfEstate, phonesOf } from '../../resident/person-register.js'
import { householdsOfEstate, membersOfEstate } from '../household-repository.js'
import { leasesOfEstate } from '../lease-repository.js'
import { buildingsOf, unitsOf } from '../unit-repository.js'
import { type EstateState, personKey, unitKey } from './import-plan.js'

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? []
    group.push(item)
    groups.set(keyOf(item), group)
  }
  return groups
}

const byKey = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item> => new Map(items.map((item) => [keyOf(item), item]))

/** All of an estate's register that an import may meet. */
export async function readEstateState(tx: Tx, estateId: string): Promise<EstateState> {
  const persons = await personsOfEstate(tx, estateId)
  return {
    estateId,
    buildings: byKey(await buildingsOf(tx, estateId), (building) => building.name),
    units: byKey(await unitsOf(tx, estateId), (unit) => unitKey(unit.buildingId, unit.roomNo)),
    households: byKey(await householdsOfEstate(tx, estateId), (household) => household.householdNo),
    leases: byKey(await leasesOfEstate(tx, estateId), (lease) => lease.leaseNo),
    members: grouped(await membersOfEstate(tx, estateId), (member) => member.householdId),
    persons: grouped(persons, personKey),
    phones: await phonesOf(tx, persons.map((person) => person.personRef)),
  }
}
