import type { Role } from '../../../server/auth/roles.js'
import type { Register } from '../support/register.js'
import type { AccessRow } from './access-table.js'

const READERS = ['treasury-officer', 'finance-maker', 'finance-checker', 'auditor'] as const
const ASKERS = ['finance-maker', 'finance-checker'] as const

const MONTHS = { fromMonth: '2026-01', untilMonth: '2026-01' }

interface ReportRow {
  readonly who: readonly Role[]
  /** What it must be asked with. */
  readonly filter: Readonly<Record<string, string>>
}
/** Who sees which report: administrators none, the housing bureau no list of people but that of the yearly review. */
const REPORTS: Readonly<Record<string, ReportRow>> = {
  'rent': { who: [...READERS, 'cashier', 'estate-manager', 'bureau-viewer'], filter: MONTHS },
  'ageing': { who: [...READERS, 'cashier', 'estate-manager', 'bureau-viewer'], filter: {} },
  'arrears': { who: [...READERS, 'cashier', 'estate-manager'], filter: {} },
  'channels': { who: [...READERS, 'cashier', 'bureau-viewer'], filter: MONTHS },
  'transit': { who: [...READERS, 'bureau-viewer'], filter: {} },
  'hand-over': { who: [...READERS, 'bureau-viewer'], filter: MONTHS },
  'performance': { who: [...READERS, 'estate-manager', 'bureau-viewer'], filter: { year: '2026' } },
  'review': { who: ['estate-manager', 'bureau-viewer', 'auditor'], filter: {} },
}
const CARD_READERS = [...READERS, 'cashier', 'estate-manager'] as const

const homes = new WeakMap<Register, Promise<string>>()
/** One household for all who look at its card. */
function home(register: Register): Promise<string> {
  const made = homes.get(register) ?? register.billing.household('jh')
  homes.set(register, made)
  return made
}
const reportRows = ([name, { who, filter }]: [string, ReportRow]): Array<[string, AccessRow]> => [
  [`GET /api/reports/${name}`, { who, elsewhere: 'own', status: 200, prepare: async () => ({ url: `/api/reports/${name}?${new URLSearchParams(filter).toString()}` }) }],
  [`POST /api/reports/${name}/workbook`, {
    who, elsewhere: 'nothing', status: 200, prepare: async () => ({ url: `/api/reports/${name}/workbook`, body: { filter: { estateId: 'jh', ...filter } } }),
  }],
]

/** Who reads finance's figures, and who may have people's names in them. */
export const REPORT_ACCESS: Readonly<Record<string, AccessRow>> = {
  ...Object.fromEntries(Object.entries(REPORTS).flatMap(reportRows)),
  'GET /api/reports/card': {
    who: CARD_READERS, elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/reports/card?${new URLSearchParams({ ...MONTHS, householdId: await home(register) }).toString()}` }),
  },
  'POST /api/reports/card/workbook': {
    who: CARD_READERS, elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: '/api/reports/card/workbook', body: { filter: { ...MONTHS, householdId: await home(register) } } }),
  },
  'GET /api/report-households': {
    who: CARD_READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await home(register), { url: `/api/report-households?text=${encodeURIComponent('陈大文')}` }),
  },
  'GET /api/report-exports': { who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.reportExport('jh'), { url: '/api/report-exports' }) },
  'POST /api/report-exports': {
    who: ASKERS, elsewhere: 'nothing', status: 201,
    prepare: async () => ({ url: '/api/report-exports', body: { estateId: 'jh', report: 'arrears', filter: {}, reason: '走访核实' } }),
  },
  'POST /api/report-exports/:exportId/decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/report-exports/${await register.reportExport('jh')}/decision`, body: { decision: 'reject' } }),
  },
  // Somebody else asked for it: who may take one is told so.
  'POST /api/report-exports/:exportId/workbook': {
    who: ASKERS, elsewhere: 'nothing', status: 403, prepare: async (register) => ({ url: `/api/report-exports/${await register.reportExport('jh')}/workbook`, body: {} }),
  },
}
