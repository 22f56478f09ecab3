import { POLICY } from '../billing/billing-samples.js'
import { openingFile, openingWishOf } from '../support/billing-register.js'
import type { AccessRow } from './access-table.js'

const READERS = ['finance-maker', 'finance-checker', 'cashier', 'auditor', 'estate-manager'] as const
const CERTIFICATE = { certificateNo: 'C-1', tier: 'low-income', fromDate: '2026-01-01', untilDate: '2026-12-31' }
const RELIEF = { kind: 'subsidy', value: 10_000, fromDate: '2026-01-01', untilDate: '2026-12-31', reason: '租赁补贴' }
const HOLD = { kind: 'dispute', billId: null, fromDate: '2026-01-01', untilDate: null, note: '租金有争议' }

const openingWish = async (): Promise<object> => openingWishOf('jh', await openingFile([]))

const read = (url: string): AccessRow => ({ who: READERS, elsewhere: 'nothing', status: 200, prepare: async () => ({ url }) })

/** Who may do what with terms of rent and bills. */
export const BILLING_ACCESS: Readonly<Record<string, AccessRow>> = {
  'GET /api/rent-standards': read('/api/rent-standards?estateId=jh'),
  'POST /api/rent-standards': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 201,
    prepare: async () => ({ url: '/api/rent-standards', body: {
      estateId: 'jh', buildingId: null, tier: 'low-income', basis: 'area', priceFen: 500, overPriceFen: null, fromDate: '2026-01-01', untilDate: null, approvalNo: 'A-1', example: true,
    } }),
  },
  'GET /api/billing-policies': read('/api/billing-policies?estateId=jh'),
  'PUT /api/estates/:estateId/billing-policies/:fromDate': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 200, prepare: async () => ({ url: '/api/estates/jh/billing-policies/2020-01-01', body: POLICY }),
  },
  'GET /api/households/:householdId/deposit': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/households/${await register.billing.household('jh')}/deposit` }),
  },
  // More than can be deposited: who may do it is told so.
  'POST /api/households/:householdId/deposit': {
    who: ['cashier'], elsewhere: 'nothing', status: 409, prepare: async (register) => ({
      url: `/api/households/${await register.billing.household('jh')}/deposit`, body: { fen: 100_000_000, into: { account: 'cash', of: 'desk-1' }, reference: 'S-1', reason: '入住押金' },
    }),
  },
  'POST /api/households/:householdId/deposit-proposals': {
    who: ['cashier', 'finance-maker'], elsewhere: 'nothing', status: 409, prepare: async (register) => ({
      url: `/api/households/${await register.billing.household('jh')}/deposit-proposals`,
      body: { fen: 1, from: { account: 'cash', of: 'desk-1' }, billId: null, reference: 'S-2', reason: '退租' },
    }),
  },
  'POST /api/deposit-moves/:moveId/decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/deposit-moves/${await register.depositMove('jh')}/decision`, body: { decision: 'reject' } }),
  },
  'GET /api/households/:householdId/tier-certificates': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/households/${await register.billing.household('jh')}/tier-certificates` }),
  },
  'POST /api/households/:householdId/tier-certificates': {
    who: ['finance-maker', 'estate-manager'], elsewhere: 'nothing', status: 201,
    prepare: async (register) => ({ url: `/api/households/${await register.billing.household('jh')}/tier-certificates`, body: CERTIFICATE }),
  },
  'GET /api/rent-reliefs': read('/api/rent-reliefs?estateId=jh'),
  'POST /api/households/:householdId/rent-reliefs': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 201, prepare: async (register) => ({ url: `/api/households/${await register.billing.household('jh')}/rent-reliefs`, body: RELIEF }),
  },
  'POST /api/rent-reliefs/:reliefId/decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 204,
    prepare: async (register) => ({ url: `/api/rent-reliefs/${await register.billing.relief(await register.billing.household('jh'))}/decision`, body: { approvalNo: '批-1' } }),
  },
  'GET /api/bills': { who: READERS, elsewhere: 'own', status: 200, prepare: async () => ({ url: '/api/bills' }) },
  'GET /api/bills/:billId': { who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/bills/${(await register.billing.bill('jh')).billId}` }) },
  'POST /api/bills/:billId/adjustments': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 201,
    prepare: async (register) => ({ url: `/api/bills/${(await register.billing.bill('jh')).billId}/adjustments`, body: { receivable: 'rent-receivable', fen: -1, reason: '更正' } }),
  },
  'GET /api/bill-adjustments': read('/api/bill-adjustments?estateId=jh'),
  'POST /api/bill-adjustments/:adjustmentId/decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => {
      const { billId } = await register.billing.bill('jh')
      return { url: `/api/bill-adjustments/${await register.billing.adjustment(billId, -1)}/decision`, body: { approvalNo: null } }
    },
  },
  'GET /api/arrears': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => (await register.billing.terms('jh'), { url: '/api/arrears?estateId=jh' }),
  },
  'POST /api/arrears/reminders': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 200, prepare: async (register) => (await register.billing.terms('jh'), { url: '/api/arrears/reminders', body: { estateId: 'jh' } }),
  },
  'GET /api/billing-holds': read('/api/billing-holds?estateId=jh'),
  'POST /api/households/:householdId/billing-holds': {
    who: ['finance-maker', 'estate-manager'], elsewhere: 'nothing', status: 201,
    prepare: async (register) => ({ url: `/api/households/${await register.billing.household('jh')}/billing-holds`, body: HOLD }),
  },
  'POST /api/billing-holds/:holdId/end': {
    who: ['finance-maker', 'estate-manager'], elsewhere: 'nothing', status: 204,
    prepare: async (register) => ({ url: `/api/billing-holds/${await register.billing.hold(await register.billing.household('jh'))}/end` }),
  },
  'GET /api/billing-runs': read('/api/billing-runs?estateId=jh'),
  'POST /api/billing-runs': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 201,
    prepare: async (register) => {
      await register.billing.terms('jh')
      return { url: '/api/billing-runs', body: { estateId: 'jh', period: '2026-04' } }
    },
  },
  'POST /api/billing-runs/:runId/issue': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => {
      await register.billing.terms('jh')
      return { url: `/api/billing-runs/${String((await register.billing.preview('jh', '2026-05'))['runId'])}/issue`, body: {} }
    },
  },
  'GET /api/opening-lists/template': { who: READERS, elsewhere: 'own', status: 200, prepare: async () => ({ url: '/api/opening-lists/template' }) },
  'GET /api/opening-lists': read('/api/opening-lists?estateId=jh'),
  'POST /api/opening-lists/preview': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 200, prepare: async () => ({ url: '/api/opening-lists/preview', body: await openingWish() }),
  },
  'POST /api/opening-lists': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 409, prepare: async () => ({ url: '/api/opening-lists', body: { ...await openingWish(), digest: '0'.repeat(64) } }),
  },
  'GET /api/opening-lists/:openingId': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/opening-lists/${await register.billing.opening('jh')}` }),
  },
  'POST /api/opening-lists/:openingId/decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/opening-lists/${await register.billing.opening('jh')}/decision`, body: { decision: 'refuse' } }),
  },
  'POST /api/opening-lists/:openingId/reversal': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 409,
    prepare: async (register) => ({ url: `/api/opening-lists/${await register.billing.opening('jh')}/reversal`, body: { reason: '导错小区' } }),
  },
  'POST /api/opening-lists/:openingId/reversal-decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 409,
    prepare: async (register) => ({ url: `/api/opening-lists/${await register.billing.opening('jh')}/reversal-decision`, body: { decision: 'refuse' } }),
  },
}
