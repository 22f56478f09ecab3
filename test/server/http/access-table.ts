import { generateKeyPairSync } from 'node:crypto'
import type { Role } from '../../../server/auth/roles.js'
import { type Register, gateBody, NOTICE, YEAR_MS } from '../support/register.js'
import { AUDIT_ACCESS } from './access-table-audit.js'
import { BILLING_ACCESS } from './access-table-billing.js'
import { FINANCE_ACCESS } from './access-table-finance.js'
import { HOUSEHOLD_ACCESS } from './access-table-household.js'
import { LOG_ACCESS } from './access-table-log.js'
import { PAYMENT_ACCESS } from './access-table-payment.js'
import { RECONCILIATION_ACCESS } from './access-table-reconciliation.js'
import { REPORT_ACCESS } from './access-table-report.js'
import { RESIDENT_ACCESS } from './access-table-resident.js'
import { TILL_ACCESS } from './access-table-till.js'
import { TREASURY_ACCESS } from './access-table-treasury.js'

/** What a route is called with: at estate jh, where it is about one. */
export interface PreparedCall {
  readonly url: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface AccessRow {
  /** Who may call it; `public`, `login`, `gateway` and `channel` have no roles. */
  readonly who: readonly Role[] | 'public' | 'loopback' | 'login' | 'gateway' | 'channel'
  /** What somebody with the role at another estate gets: that estate's own, or nothing. */
  readonly elsewhere?: 'own' | 'nothing'
  /** True where the role must be held for all estates. */
  readonly everywhere?: true
  /** Status for those who may; without a credential for a gateway's route. */
  readonly status: number
  /** True where the answer goes on until the client leaves. */
  readonly endless?: true
  prepare(register: Register, nowMs: number): Promise<PreparedCall>
}

const ALL: readonly Role[] = ['resident', 'guard', 'estate-manager', 'cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'bureau-viewer', 'auditor', 'admin']
const MANAGERS: readonly Role[] = ['estate-manager', 'admin']
const WATCHERS: readonly Role[] = ['guard', 'estate-manager', 'bureau-viewer', 'auditor', 'admin']
const LOG_READERS: readonly Role[] = ['guard', 'estate-manager', 'auditor', 'admin']
const SOME_KEY = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
const PHONE_KEY = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
const SCHEDULE = { name: '工作时间', weekly: [{ days: ['mon'], from: '08:00', until: '18:00' }], onHolidays: [] }
const HASH = '0'.repeat(64)
const HEAD = { epoch: 1, seq: 1, hash: HASH, signature: 'AAAA' }

const plain = (url: string): AccessRow['prepare'] => async () => ({ url })
let made = 0
const fresh = (): string => `x${(made += 1)}`
let doors = 0
/** A gate with a door of its own. */
const freshGate = async (register: Register): Promise<string> => {
  const gateId = fresh()
  await register.gate('jh', gateId, { ...gateBody(), controllerId: `c-${(doors += 1)}` })
  return gateId
}

/** Who may do what, by route: written from the rules, not from the code. A route without a row fails the test. */
export const ACCESS: Readonly<Record<string, AccessRow>> = {
  ...AUDIT_ACCESS,
  ...LOG_ACCESS,
  ...PAYMENT_ACCESS,
  ...RECONCILIATION_ACCESS,
  ...FINANCE_ACCESS,
  ...TILL_ACCESS,
  ...TREASURY_ACCESS,
  ...REPORT_ACCESS,
  ...RESIDENT_ACCESS,
  ...HOUSEHOLD_ACCESS,
  ...BILLING_ACCESS,
  'GET /health': { who: 'public', status: 200, prepare: plain('/health') },
  'GET /metrics': { who: 'loopback', status: 200, prepare: plain('/metrics') },
  'GET /openapi.json': { who: 'public', status: 200, prepare: plain('/openapi.json') },
  'POST /api/auth/login': { who: 'public', status: 401, prepare: async () => ({ url: '/api/auth/login', body: { loginName: 'nobody', password: 'x' } }) },
  'POST /api/auth/logout': { who: 'login', status: 204, prepare: plain('/api/auth/logout') },
  // The password is none: who may change it is told so.
  'POST /api/auth/password': { who: 'login', status: 401, prepare: async () => ({ url: '/api/auth/password', body: { current: 'x', next: 'x' } }) },
  'GET /api/auth/me': { who: 'login', status: 200, prepare: plain('/api/auth/me') },
  'GET /api/users': { who: ['admin'], everywhere: true, status: 200, prepare: plain('/api/users') },
  'POST /api/users': {
    who: ['admin'], everywhere: true, status: 201,
    prepare: async () => ({ url: '/api/users', body: { loginName: fresh(), displayName: 'x', password: 'correct-horse-staple', grants: [{ role: 'guard', estateId: 'jh' }] } }),
  },
  'POST /api/users/:userId/disable': {
    who: ['admin'], everywhere: true, status: 404, prepare: plain('/api/users/01890000-0000-7000-8000-000000000000/disable'),
  },
  'GET /api/estates': { who: ALL, elsewhere: 'own', status: 200, prepare: plain('/api/estates') },
  'POST /api/estates': {
    who: ['admin'], everywhere: true, status: 201, prepare: async () => ({ url: '/api/estates', body: { estateId: fresh(), name: 'x', district: 'y' } }),
  },
  'PUT /api/estates/:estateId/gates/:gateId': {
    who: MANAGERS, elsewhere: 'nothing', status: 200,
    prepare: async () => ({ url: `/api/estates/jh/gates/${fresh()}`, body: { ...gateBody(), controllerId: `c-${(doors += 1)}` } }),
  },
  'DELETE /api/estates/:estateId/gates/:gateId': {
    who: MANAGERS, elsewhere: 'nothing', status: 204, prepare: async (register) => ({ url: `/api/estates/jh/gates/${await freshGate(register)}` }),
  },
  'POST /api/gateways': { who: ['admin'], elsewhere: 'nothing', status: 201, prepare: async () => ({ url: '/api/gateways', body: { estateId: 'jh', name: 'g' } }) },
  'POST /api/gateways/:gatewayId/revoke': {
    who: ['admin'], elsewhere: 'nothing', status: 204, prepare: async (register) => ({ url: `/api/gateways/${(await register.gateway('jh')).gatewayId}/revoke` }),
  },
  'POST /api/gateways/:gatewayId/replace': {
    who: ['admin'], elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/gateways/${(await register.gateway('jh')).gatewayId}/replace` }),
  },
  'GET /api/persons': { who: ['guard', 'estate-manager', 'auditor', 'admin'], elsewhere: 'own', status: 200, prepare: plain('/api/persons') },
  'POST /api/persons': {
    who: MANAGERS, elsewhere: 'nothing', status: 201,
    prepare: async () => ({ url: '/api/persons', body: { estateId: 'jh', displayName: '陈', birthDate: '1990-01-01', unitLabel: '' } }),
  },
  'DELETE /api/persons/:personRef': {
    who: MANAGERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/persons/${await register.person('jh')}` }),
  },
  'POST /api/permits': {
    who: MANAGERS, elsewhere: 'nothing', status: 201,
    prepare: async (register, nowMs) => ({
      url: '/api/permits',
      body: { personRef: await register.person('jh'), gateIds: [await freshGate(register)], validFromMs: 0, validUntilMs: nowMs + YEAR_MS },
    }),
  },
  'DELETE /api/permits/:permitId': {
    who: MANAGERS, elsewhere: 'nothing', status: 204,
    prepare: async (register) => ({ url: `/api/permits/${await register.permit(await register.person('jh'), [await freshGate(register)])}` }),
  },
  'GET /api/permits': {
    who: ['guard', 'estate-manager', 'auditor', 'admin'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/permits?personRef=${await register.person('jh')}` }),
  },
  'GET /api/estates/:estateId/gates': { who: LOG_READERS, elsewhere: 'nothing', status: 200, prepare: plain('/api/estates/jh/gates') },
  'GET /api/estates/:estateId/schedules': { who: LOG_READERS, elsewhere: 'nothing', status: 200, prepare: plain('/api/estates/jh/schedules') },
  'PUT /api/estates/:estateId/schedules/:scheduleId': {
    who: MANAGERS, elsewhere: 'nothing', status: 200, prepare: async () => ({ url: `/api/estates/jh/schedules/${fresh()}`, body: SCHEDULE }),
  },
  'DELETE /api/estates/:estateId/schedules/:scheduleId': {
    who: MANAGERS, elsewhere: 'nothing', status: 204, prepare: async (register) => ({ url: `/api/estates/jh/schedules/${await register.schedule('jh', fresh(), SCHEDULE)}` }),
  },
  'GET /api/estates/:estateId/pass-test': {
    who: LOG_READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/estates/jh/pass-test?gateId=${await freshGate(register)}` }),
  },
  'GET /api/holidays/:year': { who: LOG_READERS, elsewhere: 'own', status: 200, prepare: plain('/api/holidays/2026') },
  'PUT /api/holidays/:year': {
    who: ['admin'], everywhere: true, status: 204,
    prepare: async () => ({ url: '/api/holidays/2031', body: { source: 'x', days: [{ date: '2031-10-01', name: '国庆节', treatAs: 'holiday' }] } }),
  },
  'GET /api/credentials': { who: LOG_READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.card(await register.person('jh')), { url: '/api/credentials' }) },
  'POST /api/credentials/cards': {
    who: MANAGERS, elsewhere: 'nothing', status: 201,
    prepare: async (register) => ({ url: '/api/credentials/cards', body: { personRef: await register.person('jh'), number: register.cardNumber() } }),
  },
  'POST /api/credentials/phones': {
    who: MANAGERS, elsewhere: 'nothing', status: 201,
    prepare: async (register) => ({ url: '/api/credentials/phones', body: { personRef: await register.person('jh'), name: '手机', publicKey: PHONE_KEY } }),
  },
  'POST /api/credentials/printed': {
    who: MANAGERS, elsewhere: 'nothing', status: 201, prepare: async (register) => ({ url: '/api/credentials/printed', body: { personRef: await register.person('jh') } }),
  },
  'POST /api/credentials/pins': {
    who: MANAGERS, elsewhere: 'nothing', status: 201, prepare: async (register) => ({ url: '/api/credentials/pins', body: { personRef: await register.person('jh') } }),
  },
  'POST /api/credentials/:credentialId/block': {
    who: ['guard', 'estate-manager', 'admin'], elsewhere: 'nothing', status: 204,
    prepare: async (register) => ({ url: `/api/credentials/${await register.card(await register.person('jh'))}/block`, body: {} }),
  },
  'DELETE /api/credentials/:credentialId': {
    who: MANAGERS, elsewhere: 'nothing', status: 204, prepare: async (register) => ({ url: `/api/credentials/${await register.card(await register.person('jh'))}` }),
  },
  'POST /api/permit-assignments/preview': {
    who: MANAGERS, elsewhere: 'nothing', status: 200, prepare: async () => ({ url: '/api/permit-assignments/preview', body: { estateId: 'jh', scheduleId: null } }),
  },
  'POST /api/permit-assignments': {
    who: MANAGERS, elsewhere: 'nothing', status: 409, prepare: async () => ({ url: '/api/permit-assignments', body: { estateId: 'jh', scheduleId: null, digest: HASH } }),
  },
  'GET /api/visits': { who: LOG_READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.visit('jh', await freshGate(register)), { url: '/api/visits' }) },
  'POST /api/visits': {
    who: ['guard', 'estate-manager', 'admin'], elsewhere: 'nothing', status: 201,
    prepare: async (register) => ({ url: '/api/visits', body: register.visitBody('jh', [await freshGate(register)]) }),
  },
  'POST /api/visits/:visitId/code': {
    who: ['guard', 'estate-manager', 'admin'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/visits/${await register.visit('jh', await freshGate(register))}/code`, body: {} }),
  },
  'POST /api/visits/:visitId/end': {
    who: ['guard', 'estate-manager', 'admin'], elsewhere: 'nothing', status: 204,
    prepare: async (register) => ({ url: `/api/visits/${await register.visit('jh', await freshGate(register))}/end`, body: {} }),
  },
  'GET /api/consent-notices': { who: 'login', status: 200, prepare: plain('/api/consent-notices') },
  'POST /api/consents': {
    who: MANAGERS, elsewhere: 'nothing', status: 201,
    prepare: async (register, nowMs) => ({
      url: '/api/consents', body: { personRef: await register.person('jh'), noticeVersion: NOTICE, guardianRef: null, expiresAtMs: nowMs + YEAR_MS },
    }),
  },
  'GET /api/consents': {
    who: ['estate-manager', 'auditor', 'admin'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/consents?personRef=${await register.person('jh')}` }),
  },
  'GET /api/consents/:consentId': {
    who: ['estate-manager', 'auditor', 'admin'], elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/consents/${await register.consent(await register.person('jh'))}` }),
  },
  'GET /api/access-log': { who: LOG_READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.passage('jh'), { url: '/api/access-log' }) },
  'GET /api/access-log/:passageId': {
    who: LOG_READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/access-log/${await register.passage('jh')}` }),
  },
  'GET /api/gates': { who: WATCHERS, elsewhere: 'own', status: 200, prepare: async (register) => (await freshGate(register), { url: '/api/gates' }) },
  'GET /api/integrity': { who: WATCHERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.gateway('jh'), { url: '/api/integrity' }) },
  'GET /api/integrity/:gatewayId/proof': {
    who: WATCHERS, elsewhere: 'nothing', status: 200,
    prepare: async (register) => ({ url: `/api/integrity/${(await register.gateway('jh')).gatewayId}/proof` }),
  },
  'GET /api/live': { who: WATCHERS, elsewhere: 'own', status: 200, endless: true, prepare: plain('/api/live') },
  'POST /api/gateway/v1/claim': {
    who: 'gateway', status: 403, prepare: async () => ({ url: '/api/gateway/v1/claim', body: { claimToken: 'x'.repeat(43), signingPublicKey: SOME_KEY } }),
  },
  'POST /api/gateway/v1/epoch': { who: 'gateway', status: 401, prepare: async () => ({ url: '/api/gateway/v1/epoch', body: { head: null } }) },
  'POST /api/gateway/v1/records': {
    who: 'gateway', status: 401,
    prepare: async () => ({ url: '/api/gateway/v1/records', body: { epoch: 1, previousHash: HASH, records: [{ seq: 1, payload: '{}', hash: HASH }], head: HEAD } }),
  },
  'GET /api/gateway/v1/roster': { who: 'gateway', status: 401, prepare: plain('/api/gateway/v1/roster?cursor=0') },
  'POST /api/consents/:consentId/withdraw': {
    who: MANAGERS, elsewhere: 'nothing', status: 204,
    prepare: async (register) => ({ url: `/api/consents/${await register.consent(await register.person('jh'))}/withdraw`, body: {} }),
  },
}
