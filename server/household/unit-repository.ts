import { type BulkTable, bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'

export interface BuildingRecord {
  readonly buildingId: string
  readonly estateId: string
  readonly name: string
  readonly floors: number
}

export interface UnitRecord {
  readonly unitId: string
  readonly estateId: string
  readonly buildingId: string
  readonly floor: number
  readonly roomNo: string
  /** Building and room. */
  readonly label: string
  /** In 0.01 m². */
  readonly areaCentiM2: number
  readonly layout: string
  readonly hasElevator: boolean
}

const BUILDINGS = {
  table: 'Building', key: ['buildingId'], onConflict: { update: ['floors'] }, columns: ['buildingId', 'estateId', 'name', 'floors', 'createdAtMs'],
} as const satisfies BulkTable<string>
const UNITS = {
  table: 'Unit', key: ['unitId'], onConflict: { update: ['floor', 'areaCentiM2', 'layout', 'hasElevator'] },
  columns: ['unitId', 'estateId', 'buildingId', 'floor', 'roomNo', 'label', 'areaCentiM2', 'layout', 'hasElevator', 'createdAtMs'],
} as const satisfies BulkTable<string>

const building = { select: { buildingId: true, estateId: true, name: true, floors: true } } as const
const unit = {
  select: { unitId: true, estateId: true, buildingId: true, floor: true, roomNo: true, label: true, areaCentiM2: true, layout: true, hasElevator: true },
} as const

/** Buildings of the estate by name. */
export const buildingsOf = (tx: Tx, estateId: string): Promise<BuildingRecord[]> =>
  tx.building.findMany({ ...building, where: { estateId }, orderBy: { name: 'asc' } })

/** Units of the estate by building, floor and room. */
export const unitsOf = (tx: Tx, estateId: string): Promise<UnitRecord[]> =>
  tx.unit.findMany({ ...unit, where: { estateId }, orderBy: [{ building: { name: 'asc' } }, { floor: 'asc' }, { roomNo: 'asc' }] })

export const findUnit = (tx: Tx, unitId: string): Promise<UnitRecord | null> => tx.unit.findUnique({ ...unit, where: { unitId } })

export async function unitsById(tx: Tx, unitIds: readonly string[]): Promise<UnitRecord[]> {
  const found: UnitRecord[] = []
  for (const some of keysInChunks([...new Set(unitIds)])) found.push(...await tx.unit.findMany({ ...unit, where: { unitId: { in: [...some] } } }))
  return found
}

/** Adds buildings, or sets what may change of those that are there. */
export async function saveBuildings(tx: Tx, buildings: readonly BuildingRecord[], createdAtMs: number): Promise<void> {
  for (const some of inChunks(buildings)) await bulkWrite(tx, BUILDINGS, some.map((each) => ({ ...each, createdAtMs })), ['buildingId'])
}

/** Adds units, or sets what may change of those that are there; building and room never do. */
export async function saveUnits(tx: Tx, units: readonly UnitRecord[], createdAtMs: number): Promise<void> {
  for (const some of inChunks(units)) await bulkWrite(tx, UNITS, some.map((each) => ({ ...each, createdAtMs })), ['unitId'])
}

/** Buildings of each gate that is for some buildings alone. */
export async function gateBuildings(tx: Tx, estateId: string): Promise<Map<string, Set<string>>> {
  const bound = new Map<string, Set<string>>()
  for (const { gateId, buildingId } of await tx.gateBuilding.findMany({ where: { estateId } })) {
    bound.set(gateId, (bound.get(gateId) ?? new Set()).add(buildingId))
  }
  return bound
}

export async function setGateBuildings(tx: Tx, estateId: string, gateId: string, buildingIds: readonly string[]): Promise<void> {
  await tx.gateBuilding.deleteMany({ where: { estateId, gateId } })
  await tx.gateBuilding.createMany({ data: buildingIds.map((buildingId) => ({ estateId, gateId, buildingId })) })
}
