import type { IdSource } from '#kernel/ids.js'
import { TIERS } from '../../../server/billing/rent-terms.js'
import { addCertificate, addRelief, addStandard, setPolicy } from '../../../server/billing/tariff-repository.js'
import type { Database } from '../../../server/db/transaction.js'
import { addHouseholds } from '../../../server/household/household-repository.js'
import { saveLeases } from '../../../server/household/lease-repository.js'
import { saveBuildings, saveUnits } from '../../../server/household/unit-repository.js'

const BUILDINGS = 40
const ROWS = 500
const by = { recordedBy: 'bench', recordedAtMs: 0, endedAtMs: null }

/**
 * An estate of so many households: every second has a certificate, every tenth a reduction, every twentieth a subsidy,
 * every fiftieth moved in on the 17th.
 */
export async function fillEstate(db: Database, ids: IdSource, estateId: string, households: number): Promise<void> {
  const buildings = Array.from({ length: BUILDINGS }, (_, at) => ({ buildingId: ids.uuid(), estateId, name: `${at + 1}栋`, floors: 33 }))
  const homes = Array.from({ length: households }, (_, at) => {
    const building = buildings[at % BUILDINGS] as (typeof buildings)[number]
    const roomNo = String(101 + Math.floor(at / BUILDINGS))
    return { at, unitId: ids.uuid(), householdId: ids.uuid(), estateId, buildingId: building.buildingId, floor: 1, roomNo, label: `${building.name} ${roomNo}`, areaCentiM2: 3_000 + (at * 37) % 4_000 }
  })
  await db.transact(async (tx) => {
    await tx.estate.create({ data: { id: estateId, name: 'bench', district: 'bench', createdAtMs: 0n } })
    await saveBuildings(tx, buildings, 0)
    await saveUnits(tx, homes.map(({ at: _at, householdId: _householdId, ...unit }) => ({ ...unit, layout: '一房一厅', hasElevator: true })), 0)
    await addHouseholds(tx, homes.map(({ householdId, at }) => ({ householdId, estateId, householdNo: `H${at}` })), 0)
    await saveLeases(tx, homes.map(({ unitId, householdId, at }) => ({
      leaseId: ids.uuid(), estateId, householdId, unitId, leaseNo: `L${at}`, fromDate: at % 50 === 0 ? '2026-09-17' : '2025-01-01', untilDate: '2028-12-31',
      agreedUntilDate: '2028-12-31', endCause: null, closedAtMs: null,
    })), 0)
    await setPolicy(tx, { policyId: ids.uuid(), estateId, fromDate: '2020-01-01', setBy: 'bench', setAtMs: 0, policy: {
      cycle: 'month', dueDay: 10, dueMonthOffset: 0, graceDays: 5, dayBasis: 'calendar', tierChange: 'by-days', standardAreaCentiM2: 6_000, reduceOverArea: false,
      tierWithoutCertificate: 'market', lateDailyPartsPerMillion: 100, lateCapPartsPerMillion: 300_000, yearlyLossPartsPerMillion: 30_000, depositMonthsMax: 3,
      paidFromPartsPerMillion: 500_000, redMonths: 6,
    } })
    for (const [at, tier] of TIERS.entries()) {
      for (const buildingId of [null, buildings[0]?.buildingId ?? null]) await addStandard(tx, {
        standardId: ids.uuid(), estateId, buildingId, tier, basis: 'area', priceFen: 100 + at * 150, overPriceFen: 300 + at * 150, fromDate: '2020-01-01', untilDate: null,
        approvalNo: 'bench', example: true, setBy: 'bench', setAtMs: 0,
      })
    }
  })
  const span = { fromDate: '2026-01-01', untilDate: '2026-12-31' }
  for (let from = 0; from < homes.length; from += ROWS) {
    await db.transact(async (tx) => {
      for (const { at, householdId } of homes.slice(from, from + ROWS)) {
        const of = { estateId, householdId, ...span }
        if (at % 2 === 0) await addCertificate(tx, { ...of, ...by, certificateId: ids.uuid(), tier: TIERS[at % TIERS.length] ?? 'market', certificateNo: `C${at}` })
        if (at % 10 !== 0) continue
        const subsidy = at % 20 === 0
        await addRelief(tx, {
          ...of, reliefId: ids.uuid(), kind: subsidy ? 'subsidy' : 'reduction', value: subsidy ? 5_000 : 200_000, reason: 'bench', state: 'approved', approvalNo: 'bench',
          proposedBy: 'bench', proposedAtMs: 0, decidedBy: 'bench2', decidedAtMs: 0,
        })
      }
    })
  }
}
