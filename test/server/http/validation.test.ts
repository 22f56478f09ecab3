import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
})
afterAll(() => server.close())

const UUID = '01890000-0000-7000-8000-000000000000'
const person = { estateId: 'jh', displayName: '李', birthDate: '1980-05-01', unitLabel: '' }
const permit = { personRef: UUID, gateIds: ['g'], validFromMs: 0, validUntilMs: 1 }
const user = { loginName: 'li', displayName: '李', password: 'correct-horse-staple', grants: [{ role: 'guard', estateId: 'jh' }] }

/** Request, the field that is named, what is said of it. */
const BAD: Array<[method: string, url: string, body: unknown, place: string, field: string, problem: RegExp]> = [
  ['POST', '/api/persons', { ...person, displayName: undefined }, 'body', 'displayName', /^is missing$/],
  ['POST', '/api/persons', { ...person, displayName: '   ' }, 'body', 'displayName', /pattern/],
  ['POST', '/api/persons', { ...person, displayName: 'a\u0000b' }, 'body', 'displayName', /pattern/],
  ['POST', '/api/persons', { ...person, displayName: '李'.repeat(65) }, 'body', 'displayName', /64/],
  ['POST', '/api/persons', { ...person, displayName: 7 }, 'body', 'displayName', /must be string/],
  ['POST', '/api/persons', { ...person, idCard: 'x' }, 'body', 'idCard', /^is not known here$/],
  ['POST', '/api/persons', { ...person, birthDate: '80-5-1' }, 'body', 'birthDate', /pattern/],
  ['POST', '/api/persons', { ...person, estateId: 'JH!' }, 'body', 'estateId', /pattern/],
  ['GET', '/api/persons?limit=0', undefined, 'querystring', 'limit', />= 1/],
  ['GET', '/api/persons?limit=x', undefined, 'querystring', 'limit', /integer/],
  ['GET', '/api/persons?limit=2.5', undefined, 'querystring', 'limit', /integer/],
  ['GET', '/api/persons?name=x', undefined, 'querystring', 'name', /^is not known here$/],
  ['GET', '/api/persons?q=', undefined, 'querystring', 'q', /1/],
  ['GET', '/api/permits', undefined, 'querystring', 'personRef', /^is missing$/],
  ['GET', '/api/permits?personRef=x', undefined, 'querystring', 'personRef', /pattern/],
  ['DELETE', '/api/permits/x', undefined, 'params', 'permitId', /pattern/],
  ['POST', '/api/permits', { ...permit, gateIds: [] }, 'body', 'gateIds', /1 items/],
  ['POST', '/api/permits', { ...permit, gateIds: ['g', 'g'] }, 'body', 'gateIds', /unique|duplicate/],
  ['POST', '/api/permits', { ...permit, gateIds: ['g', 'G'] }, 'body', 'gateIds.1', /pattern/],
  ['POST', '/api/permits', { ...permit, validFromMs: '0' }, 'body', 'validFromMs', /integer/],
  ['POST', '/api/permits', { ...permit, validUntilMs: 1e18 }, 'body', 'validUntilMs', /<=/],
  ['PUT', '/api/estates/jh/gates/g', { ...gateBody(), doorNo: 9 }, 'body', 'doorNo', /<= 8/],
  ['PUT', '/api/estates/jh/gates/g', { ...gateBody(), faceFreeWays: ['face'] }, 'body', 'faceFreeWays.0', /./],
  ['PUT', '/api/estates/jh/gates/g', { ...gateBody(), devices: [{ deviceId: 'a b', direction: 'in' }] }, 'body', 'devices.0.deviceId', /pattern/],
  ['POST', '/api/users', { ...user, grants: [{ role: 'king', estateId: 'jh' }] }, 'body', 'grants.0.role', /./],
  ['POST', '/api/users', { ...user, loginName: 'a b' }, 'body', 'loginName', /pattern/],
  ['POST', '/api/consents', { personRef: UUID, noticeVersion: 'x', expiresAtMs: 1 }, 'body', 'guardianRef', /^is missing$/],
]

describe('a wrong field is named', () => {
  it.each(BAD)('%s %s %j → %s %s', async (method, url, body, place, field, problem) => {
    const answer = await server.call(method, url, { as: await register.admin(), ...(body === undefined ? {} : { body }) })
    expect(answer.status).toBe(400)
    const { code, message, details } = answer.body as { code: string; message: string; details: { in: string; field: string; problem: string } }
    expect([code, details.in, details.field]).toEqual(['SV_HTTP_VALIDATION', place, field])
    expect(details.problem).toMatch(problem)
    expect(message).toContain(`${field} ${details.problem}`)
  })

  it('and nothing was written', async () => {
    const { person: persons, permit: permits, gate, consent } = server.db.read
    expect(await Promise.all([persons.count(), permits.count(), gate.count(), consent.count()])).toEqual([0, 0, 0, 0])
  })
})

describe('a body that is none', () => {
  const send = async (payload: string | Buffer, type: string) => {
    const answer = await server.app.inject({
      method: 'POST', url: '/api/persons', payload, headers: { 'content-type': type, cookie: await register.admin(), 'x-requested-with': 'smart-estates' },
    })
    return [answer.statusCode, (answer.json() as { code: string }).code]
  }
  it.each([
    ['{"a":', 'application/json', 400, 'SV_HTTP_MALFORMED'],
    ['', 'application/json', 400, 'SV_HTTP_MALFORMED'],
    ['null', 'application/json', 400, 'SV_HTTP_VALIDATION'],
    ['[]', 'application/json', 400, 'SV_HTTP_VALIDATION'],
    ['{"__proto__":{"x":1}}', 'application/json', 400, 'SV_HTTP_MALFORMED'],
    ['a=b', 'application/x-www-form-urlencoded', 415, 'SV_HTTP_UNSUPPORTED_TYPE'],
    [`{"a":"${'x'.repeat(70_000)}"}`, 'application/json', 413, 'SV_HTTP_TOO_LARGE'],
  ])('%.20s as %s', async (payload, type, status, code) => expect(await send(payload, type)).toEqual([status, code]))
})

describe('a path that is none', () => {
  it.each(['/api/persons/%E0%A4%A', '/%00', '/../../etc/passwd', `/api/permits/${'x'.repeat(3_000)}`])('%.40s', async (url) => {
    const answer = await server.call('DELETE', url, { as: await register.admin() })
    expect([400, 404, 414]).toContain(answer.status)
    expect(Object.keys(answer.body as object)).toContain('code')
  })
})
