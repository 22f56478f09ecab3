import type { AccessRow } from './access-table.js'

const READERS = ['treasury-officer', 'finance-maker', 'finance-checker', 'auditor'] as const
const ASKERS = ['finance-maker', 'finance-checker'] as const

/** Who reads finance's figures, and who may have people's names in them. */
export const REPORT_ACCESS: Readonly<Record<string, AccessRow>> = {
  'GET /api/reports/:report': { who: READERS, elsewhere: 'own', status: 200, prepare: async () => ({ url: '/api/reports/rent?fromMonth=2026-01&untilMonth=2026-01' }) },
  'POST /api/reports/:report/workbook': {
    who: READERS, elsewhere: 'nothing', status: 200,
    prepare: async () => ({ url: '/api/reports/hand-over/workbook', body: { filter: { estateId: 'jh', fromMonth: '2026-01', untilMonth: '2026-01' } } }),
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
