import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROLES, type Role } from '../../../server/auth/roles.js'
import { type Register, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { ACCESS, type AccessRow, type PreparedCall } from './access-table.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
})
afterAll(() => server.close())

const made = new Map<string, Promise<PreparedCall>>()
/** Made once for all who are refused, which changes nothing; for each who may call it, one of its own. */
const preparedFor = (name: string, row: AccessRow, refused: boolean): Promise<PreparedCall> => {
  const shared = refused || name.startsWith('GET ')
  const before = shared ? made.get(name) : undefined
  if (before !== undefined) return before
  const prepared = row.prepare(register, server.clock.wallMs())
  if (shared) made.set(name, prepared)
  return prepared
}
const callRow = async (name: string, row: AccessRow, as?: string, refused = false): Promise<Answer> => {
  const { url, body, headers } = await preparedFor(name, row, refused)
  const endless = row.endless === true ? { endless: true } as const : {}
  return server.call(name.split(' ')[0] as string, url, { ...endless, ...(as === undefined ? {} : { as }), ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) })
}
const code = (answer: Answer): unknown => (answer.body as { code?: unknown }).code

describe('every route says who may call it', () => {
  it('and each has its row in the table', () => {
    expect(server.app.routeTable.map(({ method, url }) => `${method} ${url}`).sort()).toEqual(Object.keys(ACCESS).sort())
  })

  for (const [name, row] of Object.entries(ACCESS)) {
    describe(name, () => {
      if (row.who === 'public' || row.who === 'loopback' || row.who === 'channel') {
        it('is for everyone', async () => expect((await callRow(name, row)).status).toBe(row.status))
        return
      }
      if (row.who === 'gateway') {
        it('wants a credential, not a login', async () => {
          expect((await callRow(name, row)).status).toBe(row.status)
          expect((await callRow(name, row, await register.admin())).status).toBe(row.status)
        })
        return
      }
      it('wants a login', async () => {
        const answer = await callRow(name, row, undefined, true)
        expect([answer.status, code(answer)]).toEqual([401, 'SV_AUTH_REQUIRED'])
      })
      const who = row.who
      if (who === 'login') {
        it('is for everyone who is logged in', async () => {
          // A user of this row alone: logging out must not take the cookie from the others.
          const other = ROLES[1 + Object.keys(ACCESS).indexOf(name) % (ROLES.length - 1)] as Role
          expect((await callRow(name, row, await server.as('resident@xh', `${other}@xh`))).status).toBe(row.status)
        })
        return
      }
      for (const role of ROLES) {
        const may = who.includes(role)
        it(`${may ? 'lets' : 'refuses'} ${role} of the estate`, async () => {
          const refused = !may || row.everywhere === true
          const answer = await callRow(name, row, await server.as(`${role}@jh`), refused)
          if (refused) expect([answer.status, code(answer)]).toEqual([403, 'SV_AUTH_FORBIDDEN'])
          else expect(answer.status, JSON.stringify(answer.body)).toBe(row.status)
        })
        if (may && row.everywhere === true) it(`lets ${role} of all estates`, async () => expect((await callRow(name, row, await server.as(`${role}@*`))).status).toBe(row.status))
        if (!may || row.everywhere === true) continue
        it(`shows nothing of it to ${role} of another estate`, async () => {
          const answer = await callRow(name, row, await server.as(`${role}@xh`), row.elsewhere === 'nothing')
          if (row.elsewhere === 'nothing') expect([answer.status, code(answer)]).toEqual([404, 'SV_HTTP_NOT_FOUND'])
          else {
            expect(answer.status).toBe(row.status)
            expect(JSON.stringify(answer.body)).not.toContain('"estateId":"jh"')
          }
        })
        it(`lets ${role} of all estates`, async () => expect((await callRow(name, row, await server.as(`${role}@*`))).status).toBe(row.status))
      }
    })
  }

  for (const [name, row] of Object.entries(ACCESS)) {
    if (name.startsWith('GET ') || row.who === 'gateway') continue
    if (row.who === 'channel') {
      it(`${name} asks no channel for a header of our page (every notify was refused)`, async () => {
        const { url } = await row.prepare(register, server.clock.wallMs())
        expect((await server.app.inject({ method: 'POST', url, payload: 'x', headers: { 'content-type': 'application/xml' } })).statusCode).toBe(row.status)
      })
      continue
    }
    it(`${name} wants the header that a foreign page cannot send`, async () => {
      const { url, body } = await preparedFor(name, row, true)
      const answer = await server.call(name.split(' ')[0] as string, url, { as: await register.admin(), body: body ?? {}, headers: { 'x-requested-with': 'XMLHttpRequest' } })
      expect([answer.status, code(answer)]).toEqual([403, 'SV_AUTH_HEADER'])
    })
  }
})

describe('an auditor reads all and changes nothing', () => {
  /** What is called by POST for its long question, and changes nothing but the log of who asked. */
  const QUESTIONS = [
    'POST /api/access-log/export', 'POST /api/finance/closes/preview', 'POST /api/integrity/proofs',
  ]
  const isQuestion = (name: string): boolean => QUESTIONS.includes(name) || /^POST \/api\/reports\/[a-z-]+\/workbook$/.test(name)
  it('no route that changes something lets one in', () => {
    const open = Object.entries(ACCESS).filter(([name, { who }]) => !name.startsWith('GET ') && Array.isArray(who) && who.includes('auditor')).map(([name]) => name)
    expect(open.filter((name) => !isQuestion(name))).toEqual([])
  })
})

describe('denying by default', () => {
  it('a route without an access statement cannot be registered', async () => {
    const { authorize } = await import('../../../server/http/authorize.js')
    const { default: Fastify } = await import('fastify')
    const app = Fastify()
    authorize(app as never, { callerOfToken: async () => null })
    expect(() => app.get('/secret', async () => 'x')).toThrow(expect.objectContaining({ code: 'SV_HTTP_ROUTE_WITHOUT_ACCESS', details: { method: 'GET', url: '/secret' } }))
    await app.close()
  })

  it('/metrics is not there for other machines', async () => {
    expect((await server.call('GET', '/metrics', { from: '192.168.1.9' })).status).toBe(404)
  })

  it('HEAD asks for the same', async () => {
    expect((await server.call('HEAD', '/api/estates')).status).toBe(401)
  })

  it.each(['/api/unknown', '/api/estates/', '/openapi.yaml', '/API/ESTATES'])('%s is no way around', async (url) => {
    expect([401, 404]).toContain((await server.call('GET', url)).status)
  })
})
