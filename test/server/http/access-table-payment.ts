import type { AccessRow } from './access-table.js'

const READERS = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const

const plain = (url: string): AccessRow['prepare'] => async () => ({ url })

/** Who may do what with orders, refunds and suspense; the channels' own routes ask for a signature and nothing else. */
export const PAYMENT_ACCESS: Readonly<Record<string, AccessRow>> = {
  'POST /notify/wechat': { who: 'channel', status: 404, prepare: plain('/notify/wechat') },
  'POST /notify/alipay': { who: 'channel', status: 404, prepare: plain('/notify/alipay') },
  // No channel is set up here: who may call it is told so.
  'POST /api/payments/orders': {
    who: ['cashier'], elsewhere: 'nothing', status: 404, prepare: async (register) => ({ url: '/api/payments/orders', body: { billId: await register.bill('jh'), channel: 'wechat', scene: 'qr' } }),
  },
  'GET /api/payments/orders': { who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.payOrder('jh'), { url: '/api/payments/orders' }) },
  'GET /api/payments/orders/:outTradeNo': { who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/payments/orders/${await register.payOrder('jh')}` }) },
  'POST /api/payments/refunds': {
    who: ['cashier', 'finance-maker'], elsewhere: 'nothing', status: 201,
    prepare: async (register) => ({ url: '/api/payments/refunds', body: { outTradeNo: await register.payOrder('jh'), refundFen: 1, reason: '多缴' } }),
  },
  'POST /api/payments/refunds/:outRefundNo/decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/payments/refunds/${await register.payRefund('jh')}/decision`, body: { decision: 'reject' } }),
  },
  'POST /api/payments/refunds/:outRefundNo/again': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/payments/refunds/${await register.payRefund('jh', 'abnormal')}/again` }),
  },
  'POST /api/payments/refunds/:outRefundNo/payout': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 200, prepare: async (register) => {
      const outRefundNo = await register.payRefund('jh', 'abnormal')
      return { url: `/api/payments/refunds/${outRefundNo}/payout`, body: { way: 'bank', placeOf: '6222-1', slipNo: outRefundNo.slice(-12), slipSha256: '0'.repeat(64), payeeName: '陈一', payeeIdTail: '1234' } }
    },
  },
  'POST /api/payments/refunds/:outRefundNo/payout/decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/payments/refunds/${await register.payRefund('jh', 'abnormal', 'proposed')}/payout/decision`, body: { decision: 'reject' } }),
  },
  'POST /api/payments/suspense/:suspenseId/proposal': {
    who: ['finance-maker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/payments/suspense/${await register.suspense('jh', 'open')}/proposal`, body: { kind: 'return', reason: '退回' } }),
  },
  'POST /api/payments/suspense/:suspenseId/decision': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/payments/suspense/${await register.suspense('jh', 'proposed')}/decision`, body: { decision: 'approve' } }),
  },
  'POST /api/payments/suspense/:suspenseId/payout': {
    who: ['cashier'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => {
      const suspenseId = await register.suspense('jh', 'approved')
      return { url: `/api/payments/suspense/${suspenseId}/payout`, body: { slipNo: suspenseId.slice(-12), slipSha256: '0'.repeat(64), payeeName: '陈一', payeeIdTail: '123X', desk: null } }
    },
  },
  'GET /api/payments/refunds': { who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.payRefund('jh'), { url: '/api/payments/refunds' }) },
  'GET /api/payments/suspense': { who: READERS, elsewhere: 'own', status: 200, prepare: plain('/api/payments/suspense') },
}
