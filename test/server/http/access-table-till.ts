import type { Register } from '../support/register.js'
import { systemIds } from '../support/temp-database.js'
import type { AccessRow } from './access-table.js'

const READERS = ['estate-manager', 'cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
const QUESTION = { deviceId: 'till-1', householdNo: 'L-1' }

/** A household of jh that owes something, asked for by somebody without a gateway's credential. */
const order = async (register: Register): Promise<object> => ({ ...QUESTION, billId: await register.bill('jh'), channel: 'wechat' })

/** Who may do what with payments at estates' tills. */
export const TILL_ACCESS: Readonly<Record<string, AccessRow>> = {
  'POST /api/gateway/v1/till/bills': { who: 'gateway', status: 401, prepare: async () => ({ url: '/api/gateway/v1/till/bills', body: QUESTION }) },
  'POST /api/gateway/v1/till/orders': { who: 'gateway', status: 401, prepare: async (register) => ({ url: '/api/gateway/v1/till/orders', body: await order(register) }) },
  'GET /api/gateway/v1/till/orders/:outTradeNo': {
    who: 'gateway', status: 401, prepare: async (register) => ({ url: `/api/gateway/v1/till/orders/${await register.payOrder('jh')}` }),
  },
  'GET /api/estate-payments': {
    who: READERS, elsewhere: 'own', status: 200,
    prepare: async (register, nowMs) => {
      await register.tillPayment('jh', systemIds.uuid(), nowMs)
      return { url: '/api/estate-payments' }
    },
  },
  'GET /api/estate-closes': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async () => ({ url: '/api/estate-closes?estateId=jh&fromDate=2026-11-01&untilDate=2026-11-30' }),
  },
}
