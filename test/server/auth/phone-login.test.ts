import { readFile } from 'node:fs/promises'
import { beforeAll, afterAll, describe, expect, it } from 'vitest'
import { waitSeconds } from '../../../server/auth/phone-code-rules.js'
import { type Register, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { withoutRandom } from '../../support/without-random.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
})
afterAll(() => server.close())

const MINUTE = 60_000
let addresses = 0
/** Each from an address of its own: limits by address are said apart. */
const from = (): string => `198.51.100.${(addresses += 1)}`
const ask = (phone: string, address = from()): Promise<Answer> => server.call('POST', '/api/auth/phone/code', { body: { phone }, from: address })
const enter = (phone: string, code: string, personRef?: string): Promise<Answer> =>
  server.call('POST', '/api/auth/phone/login', { body: { phone, code, ...(personRef === undefined ? {} : { personRef }) }, from: from() })
const messages = async (): Promise<Array<{ phone: string; text: string }>> =>
  (await readFile(server.messages, 'utf8').catch(() => '')).split('\n').filter(Boolean).map((line) => JSON.parse(line) as { phone: string; text: string })
/** Asks for a code and reads it from the phone. */
async function codeOf(phone: string): Promise<string> {
  server.clock.advance(MINUTE)
  expect((await ask(phone)).status).toBe(202)
  await server.sendCodes()
  return /(\d{6})/.exec((await messages()).filter((message) => message.phone === phone).at(-1)?.text ?? '')?.[1] ?? ''
}
const personWith = async (phone: string, estateId = 'jh'): Promise<string> => {
  const personRef = await register.person(estateId)
  await server.call('PUT', `/api/persons/${personRef}/phone`, { as: await register.admin(), body: { phone } })
  return personRef
}
const code = (answer: Answer): unknown => (answer.body as { code?: unknown }).code
const cookieOf = (answer: Answer): string => String(answer.headers['set-cookie']).split(';', 1)[0] ?? ''
const wrongOf = (right: string): string => (right === '111111' ? '222222' : '111111')

describe('a login by phone', () => {
  it('is by a code that came to the phone, once, and is that person\'s alone', async () => {
    const personRef = await personWith('19900001001')
    const right = await codeOf('19900001001')
    expect(right).toMatch(/^\d{6}$/)
    expect([(await enter('19900001001', wrongOf(right))).status, code(await enter('19900001001', wrongOf(right)))]).toEqual([401, 'SV_AUTH_CODE'])
    const login = await enter('+86 199-0000-1001', right)
    expect([login.status, login.body]).toEqual([200, { state: 'in' }])
    expect(String(login.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/)
    const home = await server.call('GET', '/api/my/home', { as: cookieOf(login) })
    expect((home.body as { person: { personRef: string } }).person.personRef).toBe(personRef)
    expect(code(await enter('19900001001', right))).toBe('SV_AUTH_CODE')
    // No list of users grows by residents, and nobody's name is copied.
    const users = (await server.call('GET', '/api/users', { as: await register.admin() })).body as { users: Array<{ loginName: string }> }
    expect(users.users.filter((user) => user.loginName.startsWith('resident:'))).toEqual([])
    expect((await server.db.read.user.findMany({ where: { loginName: `resident:${personRef}` } })).map((user) => user.displayName)).toEqual(['resident'])
  })

  it('answers the same to a number that nobody has, and sends nothing to it', async () => {
    const before = (await messages()).length
    const [known, unknown] = [await ask('19900001001'), await ask('19900009999')]
    expect([unknown.status, unknown.body]).toEqual([202, { expiresInSeconds: 300 }])
    expect([known.status, known.body]).toEqual([429, expect.objectContaining({ code: 'SV_AUTH_SLOW_DOWN' })])
    await server.sendCodes()
    expect((await messages()).length).toBe(before)
    expect(await server.db.read.phoneCode.findMany({ where: { phoneHash: { contains: '19900009999' } } })).toEqual([])
    // Counted as any other, so that the second question tells nothing either.
    expect((await ask('19900009999')).status).toBe(429)
    expect(code(await enter('19900009999', '123456'))).toBe('SV_AUTH_CODE')
    expect([(await ask('12345')).status, code(await ask('19900001x01'))]).toEqual([400, 'SV_PERSON_PHONE'])
  })

  it('counts every try before it looks: after five the right code is none', async () => {
    await personWith('19900001002')
    const right = await codeOf('19900001002')
    const answers = await Promise.all(Array.from({ length: 5 }, () => enter('19900001002', wrongOf(right))))
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401, 401])
    expect(code(await enter('19900001002', right))).toBe('SV_AUTH_CODE')
  })

  it('by an old code, or by one before the newest, is refused', async () => {
    await personWith('19900001003')
    const first = await codeOf('19900001003')
    const second = await codeOf('19900001003')
    if (first !== second) expect(code(await enter('19900001003', first))).toBe('SV_AUTH_CODE')
    server.clock.advance(5 * MINUTE)
    expect(code(await enter('19900001003', second))).toBe('SV_AUTH_CODE')
  })

  it('asks whom of several persons the number is, without using the code up', async () => {
    const [one, other] = [await personWith('19900001004'), await personWith('19900001004', 'xh')]
    const right = await codeOf('19900001004')
    const choose = (await enter('19900001004', right)).body as { state: string; persons: Array<{ personRef: string; nameMasked: string }> }
    expect([choose.state, choose.persons.map((person) => person.personRef).sort(), choose.persons[0]?.nameMasked]).toEqual(['choose', [one, other].sort(), '李**'])
    expect(code(await enter('19900001004', right, await register.person('jh')))).toBe('SV_AUTH_CODE')
    expect((await enter('19900001004', right, other)).body).toEqual({ state: 'in' })
  })

  it('lasts for weeks without use, and ends with the person', async () => {
    const personRef = await personWith('19900001005')
    const cookie = cookieOf(await enter('19900001005', await codeOf('19900001005')))
    server.clock.advance(29 * 24 * 60 * MINUTE)
    expect((await server.call('GET', '/api/my/home', { as: cookie })).status).toBe(200)
    expect((await server.call('DELETE', `/api/persons/${personRef}`, { as: await server.as('estate-manager@jh') })).status).toBe(200)
    expect((await server.call('GET', '/api/my/home', { as: cookie })).status).toBe(404)
    server.clock.advance(2 * 24 * 60 * MINUTE)
    expect((await server.call('GET', '/api/my/home', { as: cookie })).status).toBe(401)
  })

  it('keeps neither number nor code where a reader of the database could find them, and forgets after a day', async () => {
    const rows = await server.db.read.phoneCode.findMany()
    expect(rows.length).toBeGreaterThan(0)
    for (const { codeHash, phoneHash } of rows) expect([codeHash, phoneHash]).toEqual([expect.stringMatching(/^\$argon2id\$/), expect.stringMatching(/^[0-9a-f]{64}$/)])
    expect(withoutRandom(JSON.stringify(await register.audit()))).not.toMatch(/1990000\d{4}/)
    server.clock.advance(25 * 60 * MINUTE)
    await server.sweep()
    expect(await server.db.read.phoneCode.count()).toBe(0)
  })
})

describe('how often a code is sent', () => {
  const at = 1_000_000_000
  it.each([
    ['the first', [], [], 0],
    ['within a minute', [at - 20_000], [], 40],
    ['the sixth of an hour', [2, 10, 20, 30, 40].map((minutes) => at - minutes * MINUTE), [], 20 * 60],
    ['the fifth of an hour', [2, 10, 20, 30].map((minutes) => at - minutes * MINUTE), [], 0],
    ['the eleventh of a day', Array.from({ length: 10 }, (_, hour) => at - (hour + 2) * 60 * MINUTE), [], 13 * 3_600],
    ['the sixty-first from an address', [], Array.from({ length: 60 }, (_, index) => at - index * 30_000 - 1_000), 30 * 60 + 29],
  ])('%s', (_name, ofPhone, ofAddress, seconds) => expect(waitSeconds(ofPhone, ofAddress, at)).toBe(seconds))
})
