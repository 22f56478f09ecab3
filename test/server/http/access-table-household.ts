import type { AccessRow } from './access-table.js'
import { rawWorkbook } from '../household/import/raw-zip.js'

const READERS = ['guard', 'estate-manager', 'auditor', 'admin'] as const
const MANAGERS = ['estate-manager', 'admin'] as const
const XLSX = { 'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }

const at = (suffix: string, body: (householdId: string, personRef: string) => object): AccessRow['prepare'] => async (register) => {
  const { householdId, personRef } = await register.households.household('jh')
  return { url: `/api/households/${householdId}${suffix}`, body: body(householdId, personRef) }
}
const workbook = rawWorkbook('楼栋', [['小区编号', '楼栋', '层数']])

/** Who may do what with units, households and the workbook. */
export const HOUSEHOLD_ACCESS: Readonly<Record<string, AccessRow>> = {
  'GET /api/buildings': { who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => (await register.households.building('jh'), { url: '/api/buildings?estateId=jh' }) },
  'POST /api/buildings': {
    who: MANAGERS, elsewhere: 'nothing', status: 201, prepare: async (register) => ({ url: '/api/buildings', body: { estateId: 'jh', name: register.households.fresh(), floors: 6 } }),
  },
  'GET /api/units': { who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => (await register.households.unit('jh'), { url: '/api/units?estateId=jh' }) },
  'POST /api/units': {
    who: MANAGERS, elsewhere: 'nothing', status: 201,
    prepare: async (register) => ({
      url: '/api/units',
      body: { estateId: 'jh', buildingId: await register.households.building('jh'), floor: 1, roomNo: '101', areaCentiM2: 100, layout: '单间', hasElevator: true },
    }),
  },
  'PUT /api/estates/:estateId/gates/:gateId/buildings': {
    who: MANAGERS, elsewhere: 'nothing', status: 200,
    prepare: async (register) => {
      const gateId = await register.gateInService('jh')
      return { url: `/api/estates/jh/gates/${gateId}/buildings`, body: { buildingIds: [await register.households.building('jh')] } }
    },
  },
  'GET /api/households': { who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.households.household('jh'), { url: '/api/households' }) },
  'GET /api/households/:householdId': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/households/${(await register.households.household('jh')).householdId}` }),
  },
  'GET /api/households/:householdId/last-seen': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/households/${(await register.households.household('jh')).householdId}/last-seen` }),
  },
  'POST /api/households': {
    who: MANAGERS, elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({
      url: '/api/households',
      body: {
        estateId: 'jh', unitId: await register.households.unit('jh'), leaseNo: register.households.fresh(), fromDate: '2026-01-01', untilDate: '2027-12-31',
        members: [{ role: 'head', displayName: '陈大文', birthDate: '1980-05-01' }],
      },
    }),
  },
  'POST /api/households/:householdId/members': {
    who: MANAGERS, elsewhere: 'nothing', status: 200,
    prepare: at('/members', () => ({ fromDate: '2026-02-01', untilDate: null, member: { role: 'parent', displayName: '陈老', birthDate: '1950-05-01' } })),
  },
  'POST /api/households/:householdId/members/leave': {
    who: MANAGERS, elsewhere: 'nothing', status: 200, prepare: at('/members/leave', (_householdId, personRef) => ({ personRef, lastDate: '2026-02-01' })),
  },
  'POST /api/households/:householdId/swap': {
    who: MANAGERS, elsewhere: 'nothing', status: 200,
    prepare: async (register) => {
      const { householdId } = await register.households.household('jh')
      return { url: `/api/households/${householdId}/swap`, body: { date: '2026-03-01', leaseNo: register.households.fresh(), unitId: await register.households.unit('jh') } }
    },
  },
  'POST /api/households/:householdId/move-out': {
    who: MANAGERS, elsewhere: 'nothing', status: 200, prepare: at('/move-out', () => ({ lastDate: '2026-02-01' })),
  },
  'GET /api/household-import/template': { who: MANAGERS, elsewhere: 'own', status: 200, prepare: async () => ({ url: '/api/household-import/template' }) },
  'POST /api/household-import/preview': {
    who: MANAGERS, elsewhere: 'own', status: 200, prepare: async () => ({ url: '/api/household-import/preview', body: workbook, headers: XLSX }),
  },
  'POST /api/household-import': {
    who: MANAGERS, elsewhere: 'own', status: 409, prepare: async () => ({ url: `/api/household-import?digest=${'0'.repeat(64)}`, body: workbook, headers: XLSX }),
  },
}
