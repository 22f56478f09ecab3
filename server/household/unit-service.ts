import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { unknownEstates, unknownGates } from '../estate/estate-register.js'
import { isEmpty } from './civil-date-rules.js'
import { leasesBetween } from './lease-repository.js'
import { unitLabel } from './lease-rules.js'
import { alignPasses } from './pass-alignment.js'
import * as units from './unit-repository.js'

export interface NewUnit {
  readonly buildingId: string
  readonly floor: number
  readonly roomNo: string
  readonly areaCentiM2: number
  readonly layout: string
  readonly hasElevator: boolean
}

export interface UnitService {
  /** Buildings by name, each with the gates that are for it. */
  buildings(estateId: string): Promise<Array<units.BuildingRecord & { gateIds: string[] }>>
  /** Units by building, floor and room, with the household that has a lease on that day. */
  units(estateId: string, date: string): Promise<Array<units.UnitRecord & { householdId: string | null }>>
  /** @throws AppError SV_ESTATE_UNKNOWN, SV_HOUSEHOLD_BUILDING_EXISTS */
  addBuilding(by: string, building: { estateId: string; name: string; floors: number }): Promise<{ buildingId: string }>
  /** @throws AppError SV_HOUSEHOLD_BUILDING, SV_HOUSEHOLD_UNIT_EXISTS, SV_HTTP_VALIDATION */
  addUnit(by: string, estateId: string, unit: NewUnit): Promise<{ unitId: string }>
  /**
   * Says which buildings a gate is for; none is all of the estate. Everybody's permits follow at once.
   * @throws AppError SV_HTTP_NOT_FOUND (gate), SV_HOUSEHOLD_BUILDING
   */
  bindGate(by: string, estateId: string, gateId: string, buildingIds: readonly string[]): Promise<{ permits: number }>
}

export function createUnitService(deps: { read: Tx; change: RunChange; ids: IdSource }): UnitService {
  const { read, change: runChange, ids } = deps
  return {
    async buildings(estateId) {
      const bound = await units.gateBuildings(read, estateId)
      return (await units.buildingsOf(read, estateId)).map((building) =>
        ({ ...building, gateIds: [...bound].filter(([, buildingIds]) => buildingIds.has(building.buildingId)).map(([gateId]) => gateId).sort() }))
    },
    async units(estateId, date) {
      const leases = (await leasesBetween(read, estateId, date, date)).filter((lease) => !isEmpty(lease))
      const holder = new Map(leases.map((lease) => [lease.unitId, lease.householdId]))
      return (await units.unitsOf(read, estateId)).map((unit) => ({ ...unit, householdId: holder.get(unit.unitId) ?? null }))
    },
    addBuilding: (by, { estateId, name, floors }) => runChange(by, async (change) => {
      if ((await unknownEstates(change.tx, [estateId])).length > 0) throw fail('SV_ESTATE_UNKNOWN', { field: 'estateId', estateIds: [estateId] })
      if ((await units.buildingsOf(change.tx, estateId)).some((building) => building.name === name)) throw fail('SV_HOUSEHOLD_BUILDING_EXISTS', { field: 'name' })
      const buildingId = ids.uuid()
      await units.saveBuildings(change.tx, [{ buildingId, estateId, name, floors }], change.atMs)
      await change.audit({ action: 'building.create', subject: `building:${buildingId}`, estateId, after: { name, floors } })
      return { buildingId }
    }),
    addUnit: (by, estateId, unit) => runChange(by, async (change) => {
      const { tx } = change
      const building = (await units.buildingsOf(tx, estateId)).find((each) => each.buildingId === unit.buildingId)
      if (building === undefined) throw fail('SV_HOUSEHOLD_BUILDING', { field: 'buildingId' })
      if (unit.floor > building.floors) throw fail('SV_HTTP_VALIDATION', { field: 'floor', problem: `must be at most ${building.floors}, the building's floors` })
      const there = (await units.unitsOf(tx, estateId)).some((each) => each.buildingId === unit.buildingId && each.roomNo === unit.roomNo)
      if (there) throw fail('SV_HOUSEHOLD_UNIT_EXISTS', { field: 'roomNo' })
      const unitId = ids.uuid()
      await units.saveUnits(tx, [{ ...unit, unitId, estateId, label: unitLabel(building.name, unit.roomNo) }], change.atMs)
      await change.audit({ action: 'unit.create', subject: `unit:${unitId}`, estateId, after: { ...unit } })
      return { unitId }
    }),
    bindGate: (by, estateId, gateId, buildingIds) => runChange(by, async (change) => {
      const { tx } = change
      if ((await unknownGates(tx, estateId, [gateId])).length > 0) throw fail('SV_HTTP_NOT_FOUND')
      const known = new Set((await units.buildingsOf(tx, estateId)).map((building) => building.buildingId))
      if (buildingIds.some((buildingId) => !known.has(buildingId))) throw fail('SV_HOUSEHOLD_BUILDING', { field: 'buildingIds' })
      const before = [...(await units.gateBuildings(tx, estateId)).get(gateId) ?? []].sort()
      await units.setGateBuildings(tx, estateId, gateId, buildingIds)
      const changes = await alignPasses(ids, change, estateId, 'all')
      await change.audit({ action: 'gate.bind', subject: `gate:${estateId}/${gateId}`, estateId, before: { buildingIds: before }, after: { buildingIds, permits: changes.length } })
      return { permits: changes.length }
    }),
  }
}
