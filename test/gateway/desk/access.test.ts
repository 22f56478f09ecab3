import { describe, expect, it } from 'vitest'
import { DESK_ROLES, type DeskRole } from '../../../gateway/desk/ports.js'
import { personRef, uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { type DeskRig, PASSWORD, createDeskRig } from './support/desk-rig.js'

interface Row {
  readonly who: readonly DeskRole[] | 'public'
  readonly status: number
  readonly url: string | ((rig: DeskRig) => Promise<string>)
  readonly body?: unknown
  readonly photo?: true
}

const BOTH: readonly DeskRole[] = DESK_ROLES
const VISIT = { displayName: '访客', hostPersonRef: null, gateIds: ['gate-1'], validFromMs: START_WALL_MS, validUntilMs: START_WALL_MS + 3_600_000, passagesMax: 1 }

/** A visit that stands. */
async function someVisit(rig: DeskRig): Promise<string> {
  const { body } = await rig.call('POST', '/api/desk/visits', { as: await rig.as('guard'), body: VISIT })
  return (body as { visitId: string }).visitId
}

/** Every route of the desk: who may, with what, and what comes of it. */
const ROUTES: Record<string, Row> = {
  'POST /api/auth/login': { who: 'public', status: 401, url: '/api/auth/login', body: { loginName: 'nobody', password: 'x' } },
  'POST /api/auth/logout': { who: BOTH, status: 204, url: '/api/auth/logout' },
  'GET /api/auth/me': { who: BOTH, status: 200, url: '/api/auth/me' },
  'GET /api/desk/operators': { who: ['manager'], status: 200, url: '/api/desk/operators' },
  'POST /api/desk/operators': { who: ['manager'], status: 201, url: '/api/desk/operators', body: { loginName: 'neu', displayName: '新人', role: 'guard', password: PASSWORD } },
  'POST /api/desk/operators/:operatorRef/disable': { who: ['manager'], status: 204, body: { erase: false }, url: async (rig) => {
    await rig.as('guard')
    return `/api/desk/operators/${rig.ref('guard')}/disable`
  } },
  'GET /api/desk/board': { who: BOTH, status: 200, url: '/api/desk/board' },
  'GET /api/desk/passages': { who: BOTH, status: 200, url: '/api/desk/passages' },
  'GET /api/desk/live': { who: BOTH, status: 200, url: '/api/desk/live' },
  'POST /api/desk/gates/:gateId/open': { who: BOTH, status: 200, url: '/api/desk/gates/gate-1/open', body: { reason: 'visitor', remark: '' } },
  'POST /api/desk/gates/:gateId/mode': { who: ['manager'], status: 200, url: '/api/desk/gates/gate-1/mode', body: { mode: 'kept-open', reason: 'delivery' } },
  'POST /api/desk/zones/:zoneId/fire-reset': { who: ['manager'], status: 200, url: '/api/desk/zones/zone-a/fire-reset' },
  'POST /api/desk/alarms/:alarmId/acknowledge': { who: BOTH, status: 200, url: `/api/desk/alarms/${uuid(1)}/acknowledge` },
  'POST /api/desk/alarms/:alarmId/clear': { who: ['manager'], status: 200, url: `/api/desk/alarms/${uuid(1)}/clear` },
  'POST /api/desk/credentials/:credentialId/block': { who: BOTH, status: 204, url: `/api/desk/credentials/${uuid(7, 0x7)}/block` },
  'GET /api/desk/notes': { who: BOTH, status: 200, url: '/api/desk/notes' },
  'POST /api/desk/notes': { who: BOTH, status: 201, url: '/api/desk/notes', body: { text: '二号门钥匙在抽屉里' } },
  'GET /api/desk/takings': { who: BOTH, status: 200, url: '/api/desk/takings' },
  'POST /api/desk/takings/count': { who: ['manager'], status: 200, url: '/api/desk/takings/count' },
  'GET /api/desk/people': { who: BOTH, status: 200, url: `/api/desk/people?q=${encodeURIComponent('陈')}` },
  'GET /api/desk/people/:personRef': { who: BOTH, status: 200, url: `/api/desk/people/${personRef(1)}` },
  'POST /api/desk/people/:personRef/consents': { who: BOTH, status: 201, url: `/api/desk/people/${personRef(2)}/consents`, body: { noticeVersion: '2026-01', guardianRef: null, days: 365 } },
  'POST /api/desk/people/:personRef/withdrawal': { who: BOTH, status: 200, url: `/api/desk/people/${personRef(1)}/withdrawal` },
  'POST /api/desk/people/:personRef/face': { who: BOTH, status: 200, url: `/api/desk/people/${personRef(1)}/face?bytes=3`, photo: true },
  'POST /api/desk/looks': { who: BOTH, status: 200, url: '/api/desk/looks', photo: true },
  'GET /api/desk/visits': { who: BOTH, status: 200, url: '/api/desk/visits' },
  'POST /api/desk/visits': { who: BOTH, status: 201, url: '/api/desk/visits', body: VISIT },
  'POST /api/desk/visits/:visitId/end': { who: BOTH, status: 204, url: async (rig) => `/api/desk/visits/${await someVisit(rig)}/end` },
}

const call = async (rig: DeskRig, name: string, as?: string, headers: Record<string, string> = {}) => {
  const row = ROUTES[name] as Row
  const url = typeof row.url === 'string' ? row.url : await row.url(rig)
  const photo = row.photo === true ? { body: Buffer.from([1, 2, 3]), headers: { 'content-type': 'application/octet-stream', ...headers } } : { headers }
  const login = as === undefined ? {} : { as }
  if (name.endsWith('/live') && as !== undefined) {
    const answer = await rig.app.inject({ method: 'GET', url, headers: { cookie: as }, payloadAsStream: true })
    answer.raw.res.destroy()
    return { status: answer.statusCode, body: '' }
  }
  return rig.call(name.split(' ')[0] as string, url, { ...login, ...(row.body === undefined ? {} : { body: row.body }), ...photo })
}
const code = (answer: { body: unknown }): unknown => (answer.body as { code?: unknown }).code

describe('every route says who may call it', () => {
  it('and each has its row in the table', async () => {
    const rig = await createDeskRig()
    expect(rig.app.deskRoutes.map(({ method, url }) => `${method} ${url}`).sort()).toEqual(Object.keys(ROUTES).sort())
  })

  for (const [name, row] of Object.entries(ROUTES)) {
    it(`${name}: ${row.who === 'public' ? 'anyone' : row.who.join(', ')}, and nobody else`, async () => {
      const rig = await createDeskRig()
      if (row.who === 'public') return expect((await call(rig, name)).status).toBe(row.status)
      const bare = await call(rig, name)
      expect([bare.status, code(bare)]).toEqual([401, 'GW_DESK_SESSION'])
      // Refusals first: what is allowed may end the login, or the thing itself.
      for (const role of DESK_ROLES.filter((each) => !row.who.includes(each))) {
        const answer = await call(rig, name, await rig.as(role))
        expect([role, answer.status, code(answer)]).toEqual([role, 403, 'GW_DESK_FORBIDDEN'])
      }
      for (const role of row.who) {
        const own = row.url === '/api/auth/logout' || name.includes('/disable') ? await createDeskRig() : rig
        const answer = await call(own, name, await own.as(role))
        expect([role, answer.status], JSON.stringify(answer.body)).toEqual([role, row.status])
      }
    })

    if (name.startsWith('GET ')) continue
    it(`${name} wants the header that a foreign page cannot send`, async () => {
      const rig = await createDeskRig()
      const answer = await call(rig, name, await rig.as('manager'), { 'x-requested-with': 'XMLHttpRequest' })
      expect([answer.status, code(answer)]).toEqual([403, 'GW_DESK_HEADER'])
    })
  }

  it('a route without a word about it cannot be registered', async () => {
    const { default: Fastify } = await import('fastify')
    const { guardRoutes } = await import('../../../gateway/desk/desk-access.js')
    const app = Fastify()
    guardRoutes(app as never, async () => undefined)
    expect(() => app.get('/secret', async () => 'x')).toThrow(expect.objectContaining({ code: 'GW_DESK_ROUTE' }))
    await app.close()
  })
})

describe('answers', () => {
  it('are kept by no browser and framed by nobody', async () => {
    const rig = await createDeskRig()
    const { headers } = await rig.call('GET', '/api/desk/board', { as: await rig.as('guard') })
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'permissions-policy': 'camera=(self), microphone=(), geolocation=()' })
    expect(headers['content-security-policy']).toMatch(/default-src 'none';script-src 'self';.*frame-ancestors 'none'/)
  })

  it.each([
    ['an unknown reason', '/api/desk/gates/gate-1/open', { reason: 'because', remark: '' }, 'reason'],
    ['an unknown field', '/api/desk/gates/gate-1/open', { reason: 'other', remark: '', force: true }, '(root)'],
    ['an empty note', '/api/desk/notes', { text: '  ' }, 'text'],
    ['too many passages', '/api/desk/visits', { ...VISIT, passagesMax: 101 }, 'passagesMax'],
    ['a gate that is no name', '/api/desk/gates/Nord%20Tor/open', { reason: 'other', remark: '' }, 'gateId'],
  ])('%s names the field and writes nothing', async (_, url, body, field) => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    const before = (await rig.records()).length
    const answer = await rig.call('POST', url, { as, body })
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'GW_DESK_INVALID', details: { field } }])
    expect([(await rig.records()).length, rig.estate.orders]).toEqual([before, []])
  })

  it('what is not JSON is told so without its content', async () => {
    const rig = await createDeskRig()
    const answer = await rig.call('POST', '/api/desk/notes', { as: await rig.as('guard'), body: '{"text":"secret', headers: { 'content-type': 'application/json' } })
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.not.stringContaining('secret')])
  })

})
