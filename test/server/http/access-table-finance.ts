import type { AccessRow } from './access-table.js'

const READERS = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
const MAPPING = { date: '日期', debit: '借', credit: '贷', amount: null, balance: '余额', payer: '户名', memo: ['摘要'], serial: '流水' }
const SPAN = 'fromDate=2026-09-01&untilDate=2026-09-30'
let days = 0
/** A day that no other row closes, at an estate whose books nobody else locks. */
const freshDay = (): string => `2027-01-${String((days += 1) % 28 + 1).padStart(2, '0')}`

const everywhere = (who: AccessRow['who'], status: number, url: string, body?: unknown): AccessRow =>
  ({ who, everywhere: true, status, prepare: async () => ({ url, ...(body === undefined ? {} : { body }) }) })

/** Who may do what with bank accounts, shifts and closes. */
export const FINANCE_ACCESS: Readonly<Record<string, AccessRow>> = {
  'GET /api/reconciliation/bank/:bankAccount/mapping': everywhere(READERS, 200, '/api/reconciliation/bank/6222-01/mapping'),
  'PUT /api/reconciliation/bank/:bankAccount/mapping': everywhere(['finance-maker'], 204, '/api/reconciliation/bank/6222-02/mapping', MAPPING),
  'GET /api/reconciliation/bank/:bankAccount/lines': everywhere(READERS, 200, `/api/reconciliation/bank/6222-01/lines?${SPAN}`),
  // Without a body there is nothing to keep: who may upload is told so.
  'POST /api/reconciliation/bank/:bankAccount/statements': everywhere(['finance-maker'], 415, '/api/reconciliation/bank/6222-01/statements?fileName=a.csv'),
  'POST /api/reconciliation/bank/match': everywhere(['finance-maker'], 200, '/api/reconciliation/bank/match', {}),
  'GET /api/finance/closes': { who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.close('jh', 'closed'), { url: '/api/finance/closes' }) },
  'POST /api/finance/closes/preview': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async () => ({ url: '/api/finance/closes/preview', body: { estateId: 'jh', kind: 'day', period: '2026-01-01' } }),
  },
  // Cases of other rows are open at this estate: who may prepare is told what is in the way.
  'POST /api/finance/closes': {
    who: ['cashier', 'finance-maker'], elsewhere: 'nothing', status: 409,
    prepare: async (register) => (await register.reconCase('jh'), { url: '/api/finance/closes', body: { estateId: 'jh', kind: 'day', period: freshDay() } }),
  },
  'POST /api/finance/closes/:closeId/sign': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 409,
    prepare: async (register) => (await register.reconCase('jh'), { url: `/api/finance/closes/${await register.close('jh', 'prepared')}/sign`, body: {} }),
  },
  'DELETE /api/finance/closes/:closeId': {
    who: ['cashier', 'finance-maker'], elsewhere: 'nothing', status: 204, prepare: async (register) => ({ url: `/api/finance/closes/${await register.close('jh', 'prepared')}` }),
  },
  'POST /api/finance/closes/:closeId/reopen': {
    who: ['finance-maker', 'finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/finance/closes/${await register.close('jh', 'closed')}/reopen`, body: { reason: '漏记一笔' } }),
  },
  'POST /api/finance/closes/:closeId/reopen/agree': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/finance/closes/${await register.close('jh', 'reopen-proposed')}/reopen/agree`, body: {} }),
  },
  'GET /api/finance/shifts': { who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.shift('jh', 'open'), { url: `/api/finance/shifts?${SPAN}` }) },
  'POST /api/finance/shifts': {
    who: ['cashier'], elsewhere: 'nothing', status: 201, prepare: async (register) => ({ url: '/api/finance/shifts', body: { estateId: 'jh', desk: register.households.fresh(), openingFen: 0 } }),
  },
  // Of another cashier: who may count is told that it is not theirs.
  'POST /api/finance/shifts/:shiftId/count': {
    who: ['cashier'], elsewhere: 'nothing', status: 409,
    prepare: async (register) => ({ url: `/api/finance/shifts/${await register.shift('jh', 'open')}/count`, body: { countedFen: 0, note: null } }),
  },
  'POST /api/finance/shifts/:shiftId/review': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/finance/shifts/${await register.shift('jh', 'counted')}/review`, body: {} }),
  },
  'GET /api/ledger/balances': { who: READERS, elsewhere: 'nothing', status: 200, prepare: async (_register, nowMs) => ({ url: `/api/ledger/balances?estateId=jh&atMs=${nowMs}` }) },
  'GET /api/finance/trial-balance': { who: READERS, elsewhere: 'nothing', status: 200, prepare: async () => ({ url: `/api/finance/trial-balance?estateId=jh&${SPAN}` }) },
  'GET /api/finance/suspense-aging': {
    who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.suspense('jh', 'open'), { url: '/api/finance/suspense-aging' }),
  },
}
