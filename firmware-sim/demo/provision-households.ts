import type { PlannedEstate, PlannedHousehold } from './demo-plan.js'
import type { ProvisionDeps } from './provision-server.js'

const DAY_MS = 86_400_000
const CHINA_OFFSET_MS = 8 * 3_600_000
/** A lease that began half a year ago and runs for two years. */
const LEASE = { daysBefore: 180, daysAfter: 550 }
const AREAS_CENTI_M2 = [3_520, 4_512, 5_230]
const LAYOUTS = ['单间', '一房一厅', '两房一厅']

const dayOf = (ms: number): string => new Date(ms + CHINA_OFFSET_MS).toISOString().slice(0, 10)

/** Buildings and units that are not there yet. @returns units by building and room */
async function ensureUnits({ api }: ProvisionDeps, estate: PlannedEstate): Promise<ReadonlyMap<string, string>> {
  const { estateId } = estate
  const buildings = await api.buildings(estateId)
  const units = await api.units(estateId)
  for (const { name, floors, rooms } of estate.buildings) {
    const buildingId = buildings.get(name) ?? await api.createBuilding({ estateId, name, floors })
    for (const [at, roomNo] of rooms.entries()) {
      const label = `${name} ${roomNo}`
      if (units.has(label)) continue
      const size = at % AREAS_CENTI_M2.length
      units.set(label, await api.createUnit({
        estateId, buildingId, floor: Number(roomNo.slice(0, -2)), roomNo, areaCentiM2: AREAS_CENTI_M2[size] ?? 0, layout: LAYOUTS[size] ?? '', hasElevator: floors > 6,
      }))
    }
  }
  return units
}

/**
 * Moves the planned households in, once: one that people moved since is left where it is.
 * @param refOf the registered person of a face
 */
export async function ensureHouseholds(deps: ProvisionDeps, estate: PlannedEstate, refOf: (faceId: string) => string): Promise<void> {
  const { api, clock } = deps
  const { estateId } = estate
  const units = await ensureUnits(deps, estate)
  const known = await api.householdNos(estateId)
  const nowMs = clock.wallMs()
  const moveIn = async ({ householdNo, unitLabel, faceIds }: PlannedHousehold): Promise<void> => {
    await api.moveIn({
      estateId, unitId: units.get(unitLabel) ?? '', householdNo, leaseNo: `HT-${householdNo}`,
      fromDate: dayOf(nowMs - LEASE.daysBefore * DAY_MS), untilDate: dayOf(nowMs + LEASE.daysAfter * DAY_MS),
      members: faceIds.map((faceId, at) => ({ role: at === 0 ? 'head' : 'spouse', personRef: refOf(faceId) })),
    })
  }
  for (const household of estate.households) if (!known.includes(household.householdNo)) await moveIn(household)
}
