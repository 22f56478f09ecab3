import type { AccessRow } from './access-table.js'

const OWN = ['resident'] as const
const UUID = '01890000-0000-7000-8000-000000000000'
const NO_LINK = 'A'.repeat(22)
/** Signed with no token that we know. */
const UNSIGNED = `signature=${'0'.repeat(40)}&timestamp=1790000000&nonce=x`

/** A resident's own routes. Here the logins are nobody's in the register, so that nothing is theirs; what is, test/server/self-service says. */
const own = (url: string, body?: object): AccessRow => ({ who: OWN, elsewhere: 'nothing', status: 404, prepare: async () => (body === undefined ? { url } : { url, body }) })
const open = (url: string, status: number, body?: object): AccessRow => ({ who: 'public', status, prepare: async () => (body === undefined ? { url } : { url, body }) })
const PAY = { channel: 'wechat', scene: 'phone' }

/** Who may do what of residents' logins, their own pages and links to pay by. */
export const RESIDENT_ACCESS: Readonly<Record<string, AccessRow>> = {
  'POST /api/auth/phone/code': open('/api/auth/phone/code', 202, { phone: '19900000000' }),
  'POST /api/auth/phone/login': open('/api/auth/phone/login', 401, { phone: '19900000000', code: '000000' }),
  'GET /api/my/home': own('/api/my/home'),
  'GET /api/my/bills': own('/api/my/bills'),
  'GET /api/my/bills/:billId': own(`/api/my/bills/${UUID}`),
  'POST /api/my/bills/:billId/orders': own(`/api/my/bills/${UUID}/orders`, PAY),
  'POST /api/my/bills/:billId/pay-links': own(`/api/my/bills/${UUID}/pay-links`, {}),
  'GET /api/my/payments': own('/api/my/payments'),
  'GET /api/my/payments/:outTradeNo': own('/api/my/payments/RT0000000000'),
  'GET /api/my/passes': own('/api/my/passes'),
  'POST /api/my/phones': own('/api/my/phones', { name: 'x', publicKey: 'A'.repeat(124) }),
  'POST /api/my/credentials/:credentialId/block': own(`/api/my/credentials/${UUID}/block`, {}),
  'GET /api/my/consents': own('/api/my/consents'),
  'POST /api/my/consents': own('/api/my/consents', { noticeVersion: 'face-access-1' }),
  'POST /api/my/consents/:consentId/withdraw': own(`/api/my/consents/${UUID}/withdraw`, {}),
  'GET /api/my/export': own('/api/my/export'),
  'GET /api/my/passages': own('/api/my/passages'),
  'GET /api/my/looks': own('/api/my/looks'),
  'GET /api/my/wechat': own('/api/my/wechat'),
  'POST /api/my/wechat': own('/api/my/wechat', { code: '021bKV0w3bKV0w3' }),
  'DELETE /api/my/wechat': own('/api/my/wechat'),
  'GET /notify/wechat-messages': { who: 'channel', status: 403, prepare: async () => ({ url: `/notify/wechat-messages?${UNSIGNED}&echostr=1` }) },
  'POST /notify/wechat-messages': { who: 'channel', status: 403, prepare: async () => ({ url: `/notify/wechat-messages?${UNSIGNED}` }) },
  'GET /api/my/tickets': own('/api/my/tickets'),
  'POST /api/my/tickets': own('/api/my/tickets', { kind: 'other', text: '请帮我' }),
  'GET /api/tickets': { who: ['estate-manager', 'admin'], elsewhere: 'own', status: 200, prepare: async (register) => (await register.ticket('jh'), { url: '/api/tickets?state=open' }) },
  'POST /api/tickets/:ticketId/take': {
    who: ['estate-manager', 'admin'], elsewhere: 'nothing', status: 204, prepare: async (register) => ({ url: `/api/tickets/${await register.ticket('jh')}/take` }),
  },
  'POST /api/tickets/:ticketId/finish': {
    who: ['estate-manager', 'admin'], elsewhere: 'nothing', status: 204,
    prepare: async (register) => ({ url: `/api/tickets/${await register.ticket('jh')}/finish`, body: { answer: '已办好' } }),
  },
  'GET /api/my/household': own('/api/my/household'),
  'GET /api/pay-links/:token': open(`/api/pay-links/${NO_LINK}`, 404),
  'POST /api/pay-links/:token/orders': open(`/api/pay-links/${NO_LINK}/orders`, 404, PAY),
  'GET /api/pay-links/:token/orders/:outTradeNo': open(`/api/pay-links/${NO_LINK}/orders/RT0000000000`, 404),
  'PUT /api/persons/:personRef/phone': {
    who: ['estate-manager', 'admin'], elsewhere: 'nothing', status: 204,
    prepare: async (register) => ({ url: `/api/persons/${await register.person('jh')}/phone`, body: { phone: '199 0000 0001' } }),
  },
}
