import { type Draft, firstOf, planChange, planNew, refuse, stateOf, unitKey } from './import-plan.js'
import type { BuildingRow, EstateRow, UnitRow } from './row-rules.js'

export interface KnownEstate {
  readonly estateId: string
  readonly name: string
  readonly district: string
}

/** Estates are there already, or added by whoever may. Their name is not changed here. */
export function planEstates(draft: Draft, rows: readonly EstateRow[], known: ReadonlyMap<string, KnownEstate>, mayAdd: boolean): void {
  const seen = new Map<string, number>()
  for (const { row, estateId, name, district } of rows) {
    if (!firstOf(draft, 'estates', seen, estateId, { row, column: 'estateId', value: estateId })) continue
    const there = known.get(estateId)
    if (there === undefined && mayAdd) {
      planNew(draft, 'estates', row, name)
      draft.writes.estates.push({ estateId, name, district })
    } else if (there === undefined) refuse(draft, 'estates', row, 'estateId', estateId, 'estate-unknown')
    else if (there.name !== name) refuse(draft, 'estates', row, 'name', name, 'estate-differs', there.name)
    else if (there.district !== district) refuse(draft, 'estates', row, 'district', district, 'estate-differs', there.district)
    else planChange(draft, 'estates', row, name, [])
  }
}

export function planBuildings(draft: Draft, rows: readonly BuildingRow[]): void {
  const seen = new Map<string, number>()
  for (const line of rows) {
    const { row, estateId, building: name, floors } = line
    const state = stateOf(draft, 'buildings', line)
    if (state === undefined || !firstOf(draft, 'buildings', seen, `${estateId}/${name}`, { row, column: 'building', value: name })) continue
    const there = state.buildings.get(name)
    const building = { buildingId: there?.buildingId ?? draft.newId(), estateId, name, floors }
    state.buildings.set(name, building)
    if (there === undefined) planNew(draft, 'buildings', row, name)
    else if (!planChange(draft, 'buildings', row, name, [['floors', there.floors, floors]])) continue
    draft.writes.buildings.push(building)
  }
}

/** Hundredths of a square metre as people read them. */
const areaText = (areaCentiM2: number): string => (areaCentiM2 / 100).toFixed(2)
const yesNo = (value: boolean): string => (value ? '有' : '无')

export function planUnits(draft: Draft, rows: readonly UnitRow[], label: (building: string, roomNo: string) => string): void {
  const seen = new Map<string, number>()
  for (const line of rows) {
    const { row, estateId, building: name, roomNo, floor, areaCentiM2, layout, hasElevator } = line
    const state = stateOf(draft, 'units', line)
    if (state === undefined) continue
    const building = state.buildings.get(name)
    if (building === undefined) {
      refuse(draft, 'units', row, 'building', name, 'building-unknown')
      continue
    }
    if (floor > building.floors) {
      refuse(draft, 'units', row, 'floor', String(floor), 'floor-above', `≤ ${building.floors}`)
      continue
    }
    const key = unitKey(building.buildingId, roomNo)
    if (!firstOf(draft, 'units', seen, `${estateId}/${key}`, { row, column: 'roomNo', value: roomNo })) continue
    const there = state.units.get(key)
    const text = label(name, roomNo)
    const unit = { unitId: there?.unitId ?? draft.newId(), estateId, buildingId: building.buildingId, roomNo, label: text, floor, areaCentiM2, layout, hasElevator }
    state.units.set(key, unit)
    if (there === undefined) planNew(draft, 'units', row, text)
    else if (!planChange(draft, 'units', row, text, [
      ['floor', there.floor, floor], ['areaCentiM2', areaText(there.areaCentiM2), areaText(areaCentiM2)], ['layout', there.layout, layout],
      ['hasElevator', yesNo(there.hasElevator), yesNo(hasElevator)],
    ])) continue
    draft.writes.units.push(unit)
  }
}
