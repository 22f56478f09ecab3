import { systemIds } from '../support/temp-database.js'
import type { AccessRow } from './access-table.js'

const READERS = ['treasury-officer', 'finance-maker', 'finance-checker', 'auditor'] as const

const plain = (url: string): AccessRow['prepare'] => async () => ({ url })

export const TERMS = {
  mode: 'agency', treasuryCode: '1907010000', collectorCode: '440700', unitCode: '044701', unitName: '住房保障中心', itemCode: '1030706', itemName: '公共租赁住房租金收入', budgetLevel: '市级',
  bankAccount: 'special-1', receiptPlace: '044701001', receiptBatch: '44070126', receiptName: '非税收入统一票据（电子）',
} as const

/** Who may hand over, and who looks on. */
export const TREASURY_ACCESS: Readonly<Record<string, AccessRow>> = {
  'GET /api/treasury/terms': { who: READERS, elsewhere: 'nothing', status: 200, prepare: plain('/api/treasury/terms?estateId=jh&date=2026-01-01') },
  'PUT /api/estates/:estateId/treasury-terms/:fromDate': {
    who: ['treasury-officer'], elsewhere: 'nothing', status: 200, prepare: async () => ({ url: '/api/estates/jh/treasury-terms/2020-01-01', body: TERMS }),
  },
  'GET /api/treasury/due': { who: READERS, elsewhere: 'nothing', status: 200, prepare: plain('/api/treasury/due?estateId=jh&date=2026-01-01') },
  'GET /api/treasury/vouchers': { who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.voucher('jh', 'done'), { url: '/api/treasury/vouchers' }) },
  // No terms are set that early: who may propose is told so.
  'POST /api/treasury/vouchers': {
    who: ['treasury-officer'], elsewhere: 'nothing', status: 409,
    prepare: async () => ({ url: '/api/treasury/vouchers', body: { estateId: 'jh', kind: 'hand-over', untilDate: '2019-01-01', channel: null, merchantId: null, fen: null, paymentCode: null } }),
  },
  'POST /api/treasury/vouchers/:voucherId/decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/treasury/vouchers/${await register.voucher('jh', 'proposed')}/decision`, body: { decision: 'reject' } }),
  },
  'POST /api/treasury/vouchers/:voucherId/done': {
    who: ['treasury-officer'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({
      url: `/api/treasury/vouchers/${await register.voucher('jh', 'approved')}/done`, body: { bankSerial: systemIds.uuid().slice(0, 30), doneOn: '2026-01-02', paymentCode: null },
    }),
  },
  'GET /api/treasury/transit': { who: READERS, elsewhere: 'own', status: 200, prepare: plain('/api/treasury/transit') },
  'GET /api/treasury/receipts': { who: ['cashier', ...READERS], elsewhere: 'own', status: 200, prepare: plain('/api/treasury/receipts') },
  'GET /api/treasury/receipt-gaps': { who: READERS, everywhere: true, status: 200, prepare: plain('/api/treasury/receipt-gaps') },
}
