import type { AccessRow } from './access-table.js'

const READERS = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
const WRITERS = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer'] as const
const BINARY = { 'content-type': 'application/octet-stream' }
const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex')

const plain = (url: string): AccessRow['prepare'] => async () => ({ url })
const all = (url: string): AccessRow => ({ who: READERS, everywhere: true, status: 200, prepare: plain(url) })

/** Who may do what with bills of the channels, which are of a merchant as a whole, and with differences, which are of an estate. */
export const RECONCILIATION_ACCESS: Readonly<Record<string, AccessRow>> = {
  'GET /api/reconciliation/batches': all('/api/reconciliation/batches'),
  'GET /api/reconciliation/classes': all('/api/reconciliation/classes'),
  'GET /api/reconciliation/merchants': all('/api/reconciliation/merchants'),
  'GET /api/reconciliation/batches/:batchNo': {
    who: READERS, everywhere: true, status: 200, prepare: async (register) => ({ url: `/api/reconciliation/batches/${await register.reconBatch('closed')}` }),
  },
  'GET /api/reconciliation/batches/:batchNo/rows': {
    who: READERS, everywhere: true, status: 200, prepare: async (register) => ({ url: `/api/reconciliation/batches/${await register.reconBatch('closed')}/rows` }),
  },
  // Without a body there is nothing to keep: who may upload is told so.
  'POST /api/reconciliation/batches': {
    who: ['finance-maker'], everywhere: true, status: 415,
    prepare: plain('/api/reconciliation/batches?channel=wechat&merchantId=1900000109&billDate=2026-09-22&kind=trade&fileName=a.csv'),
  },
  // No channel is set up here: there is nothing to fetch.
  'POST /api/reconciliation/fetch': {
    who: ['finance-maker'], everywhere: true, status: 200, prepare: async () => ({ url: '/api/reconciliation/fetch', body: { billDate: '2026-09-22' } }),
  },
  'POST /api/reconciliation/batches/:batchNo/match': {
    who: ['finance-maker'], everywhere: true, status: 409, prepare: async (register) => ({ url: `/api/reconciliation/batches/${await register.reconBatch('closed')}/match`, body: {} }),
  },
  'POST /api/reconciliation/batches/:batchNo/review': {
    who: ['finance-checker'], everywhere: true, status: 200,
    prepare: async (register) => ({ url: `/api/reconciliation/batches/${await register.reconBatch('matched')}/review`, body: {} }),
  },
  'POST /api/reconciliation/batches/:batchNo/reopen': {
    who: ['finance-checker'], everywhere: true, status: 200,
    prepare: async (register) => ({ url: `/api/reconciliation/batches/${await register.reconBatch('reviewed')}/reopen`, body: { reason: '漏看一笔' } }),
  },
  'PUT /api/reconciliation/merchants/:channel/:merchantId': {
    who: ['finance-checker'], everywhere: true, status: 200,
    prepare: async () => ({ url: '/api/reconciliation/merchants/wechat/1900000109', body: { feePpm: 6_000, bankAccount: null, settleDays: 1 } }),
  },
  'GET /api/reconciliation/bank/:bankAccount/statement': all('/api/reconciliation/bank/6222-0001/statement?date=2026-09-22'),
  'GET /api/reconciliation/bank/:bankAccount/statement.xlsx': all('/api/reconciliation/bank/6222-0001/statement.xlsx?date=2026-09-22'),
  'GET /api/reconciliation/trail/:orderNo': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/reconciliation/trail/${await register.payOrder('jh')}` }),
  },
  'GET /api/reconciliation/trail/:orderNo/events/:channel/:eventId': {
    who: ['finance-maker', 'finance-checker', 'auditor'], elsewhere: 'nothing', status: 404,
    prepare: async (register) => ({ url: `/api/reconciliation/trail/${await register.payOrder('jh')}/events/wechat/EV-1` }),
  },
  'GET /api/reconciliation/books/:date': { who: READERS, elsewhere: 'own', status: 200, prepare: plain('/api/reconciliation/books/2026-09-22') },
  'POST /api/reconciliation/books/:date/match': {
    who: ['finance-maker'], everywhere: true, status: 200, prepare: async () => ({ url: '/api/reconciliation/books/2026-09-22/match', body: {} }),
  },
  'GET /api/reconciliation/cases': { who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.reconCase('jh'), { url: '/api/reconciliation/cases' }) },
  'GET /api/reconciliation/cases/sums': {
    who: READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.reconCase('jh'), { url: '/api/reconciliation/cases/sums' }),
  },
  'GET /api/reconciliation/cases/:caseId': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/reconciliation/cases/${await register.reconCase('jh')}` }),
  },
  'POST /api/reconciliation/cases/propose': {
    who: ['finance-maker'], elsewhere: 'own', status: 200,
    prepare: async (register) => ({ url: '/api/reconciliation/cases/propose', body: { caseIds: [await register.reconCase('jh')], action: 'accept', reason: '已核实' } }),
  },
  'POST /api/reconciliation/cases/approve': {
    who: ['finance-checker'], elsewhere: 'own', status: 200,
    prepare: async (register) => ({ url: '/api/reconciliation/cases/approve', body: { caseIds: [await register.reconCase('jh', 'proposed')] } }),
  },
  'POST /api/reconciliation/cases/reject': {
    who: ['finance-checker'], elsewhere: 'own', status: 200,
    prepare: async (register) => ({ url: '/api/reconciliation/cases/reject', body: { caseIds: [await register.reconCase('jh', 'proposed')], reason: '凭证不足' } }),
  },
  'POST /api/reconciliation/cases/:caseId/reopen': {
    who: ['finance-checker'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/reconciliation/cases/${await register.reconCase('jh', 'approved')}/reopen`, body: { reason: '有新情况' } }),
  },
  'POST /api/reconciliation/cases/:caseId/notes': {
    who: WRITERS, elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/reconciliation/cases/${await register.reconCase('jh')}/notes`, body: { text: '已致电住户' } }),
  },
  'POST /api/reconciliation/cases/:caseId/attachments': {
    who: WRITERS, elsewhere: 'nothing', status: 201,
    prepare: async (register) => ({ url: `/api/reconciliation/cases/${await register.reconCase('jh')}/attachments?name=a.png&mediaType=image%2Fpng`, body: PNG, headers: BINARY }),
  },
  'GET /api/reconciliation/attachments/:attachmentId': {
    who: READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/reconciliation/attachments/${await register.reconAttachment('jh')}` }),
  },
}
