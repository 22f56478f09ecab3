import { createHash } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PASSWORD, type TestServer, startTestServer } from '../support/test-server.js'

const start = async (): Promise<TestServer> => {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  return server
}
const USER = { loginName: 'Li.Ming', displayName: '李明', password: PASSWORD, grants: [{ role: 'guard', estateId: 'jh' }, { role: 'auditor', estateId: '*' }] }
const addUser = async (server: TestServer, change: object = {}) =>
  server.call('POST', '/api/users', { as: await server.as('admin@*'), body: { ...USER, ...change } })
const logIn = (server: TestServer, loginName: string, password: string, from = '10.1.0.1') =>
  server.call('POST', '/api/auth/login', { body: { loginName, password }, from })
const cookieOf = (answer: { headers: Readonly<Record<string, unknown>> }): string => String(answer.headers['set-cookie'])
const tokenOf = (cookie: string): string => /^sid=([^;]*)/.exec(cookie)?.[1] as string
const me = (server: TestServer, cookie: string) => server.call('GET', '/api/auth/me', { as: cookie.split(';', 1)[0] as string })

describe('login', () => {
  it('gives a cookie that only our own page sends, and keeps nothing but its hash', async () => {
    const server = await start()
    const { userId } = (await addUser(server)).body as { userId: string }
    const answer = await logIn(server, 'li.ming', PASSWORD)
    const grants = [{ role: 'auditor', estateId: '*' }, { role: 'guard', estateId: 'jh' }]
    expect(answer).toMatchObject({ status: 200, body: { user: { userId, loginName: 'li.ming', displayName: '李明' } } })
    expect((answer.body as { user: { grants: unknown[] } }).user.grants).toEqual(expect.arrayContaining(grants))
    const cookie = cookieOf(answer)
    expect(cookie).toMatch(/^sid=[A-Za-z0-9_-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/)
    expect((await me(server, cookie)).body).toEqual(answer.body)
    const sessions = await server.db.read.session.findMany({ where: { userId } })
    expect(sessions).toEqual([{
      tokenHash: createHash('sha256').update(tokenOf(cookie)).digest('hex'), userId, address: '10.1.0.1', createdAtMs: BigInt(server.clock.wallMs()),
      lastSeenMs: BigInt(server.clock.wallMs()), expiresAtMs: BigInt(server.clock.wallMs() + 12 * 3_600_000),
    }])
    expect(JSON.stringify(answer.body)).not.toContain('argon2')
  })

  it('says the same to a wrong name, a wrong password and a disabled user', async () => {
    const server = await start()
    const { userId } = (await addUser(server)).body as { userId: string }
    const wrong = { status: 401, body: { code: 'SV_AUTH_LOGIN', message: 'Login name or password is wrong' } }
    expect(await logIn(server, 'li.ming', 'wrong-password')).toMatchObject(wrong)
    expect(await logIn(server, 'nobody', PASSWORD)).toMatchObject(wrong)
    expect(await logIn(server, 'li.ming', '')).toMatchObject(wrong)
    await server.call('POST', `/api/users/${userId}/disable`, { as: await server.as('admin@*') })
    const disabled = await logIn(server, 'li.ming', PASSWORD)
    expect([disabled, cookieOf(disabled)]).toMatchObject([wrong, 'undefined'])
  })

  it('takes the name in any case, and the name is taken in any case', async () => {
    const server = await start()
    await addUser(server)
    expect((await logIn(server, 'LI.MING', PASSWORD)).status).toBe(200)
    expect(await addUser(server, { loginName: 'LI.ming' })).toMatchObject({ status: 409, body: { code: 'SV_AUTH_LOGIN_NAME_TAKEN' } })
  })

  it('slows guessing down from one address and leaves the owner alone', async () => {
    const server = await start()
    await addUser(server)
    expect((await logIn(server, 'li.ming', PASSWORD)).status).toBe(200)
    for (let i = 0; i < 5; i++) expect((await logIn(server, 'li.ming', 'guess', '10.9.9.9')).status).toBe(401)
    const slowed = await logIn(server, 'li.ming', PASSWORD, '10.9.9.9')
    expect(slowed).toMatchObject({ status: 429, body: { code: 'SV_AUTH_SLOW_DOWN', details: { retryAfterSeconds: 1 } }, headers: { 'retry-after': '1' } })
    expect((await logIn(server, 'li.ming', PASSWORD)).status).toBe(200)
    server.clock.advance(1_000)
    expect((await logIn(server, 'li.ming', PASSWORD, '10.9.9.9')).status).toBe(200)
  })
})

describe('one\'s own password', () => {
  it('is changed by who knows it: every other session ends, the old one opens nothing any more', async () => {
    const server = await start()
    await addUser(server)
    const [here, elsewhere] = [cookieOf(await logIn(server, 'li.ming', PASSWORD)), cookieOf(await logIn(server, 'li.ming', PASSWORD))]
    const change = (current: string, next: string) => server.call('POST', '/api/auth/password', { as: here.split(';', 1)[0] as string, body: { current, next } })
    expect(await change('not-the-password', 'another-horse-battery')).toMatchObject({ status: 401, body: { code: 'SV_AUTH_LOGIN' } })
    expect(await change(PASSWORD, 'short')).toMatchObject({ status: 400, body: { code: 'SV_AUTH_PASSWORD_RULE', details: { field: 'next' } } })
    const answer = await change(PASSWORD, 'another-horse-battery')
    expect(answer.status).toBe(204)
    expect([(await me(server, here)).status, (await me(server, elsewhere)).status, (await me(server, cookieOf(answer))).status]).toEqual([401, 401, 200])
    expect([(await logIn(server, 'li.ming', PASSWORD)).status, (await logIn(server, 'li.ming', 'another-horse-battery')).status]).toEqual([401, 200])
    const entries = await server.db.read.auditEntry.findMany({ where: { action: 'user.password' } })
    expect(entries).toMatchObject([{ before: null, after: null }])
  })
})

describe('session', () => {
  it('ends after its hours, however busy it is', async () => {
    const server = await start()
    await addUser(server)
    const cookie = cookieOf(await logIn(server, 'li.ming', PASSWORD))
    for (let minutes = 0; minutes < 12 * 60 - 30; minutes += 30) {
      server.clock.advance(30 * 60_000)
      expect((await me(server, cookie)).status).toBe(200)
    }
    server.clock.advance(30 * 60_000)
    expect((await me(server, cookie)).status).toBe(401)
  })

  it('ends after an idle hour', async () => {
    const server = await start()
    await addUser(server)
    const cookie = cookieOf(await logIn(server, 'li.ming', PASSWORD))
    server.clock.advance(60 * 60_000 - 1)
    expect((await me(server, cookie)).status).toBe(200)
    server.clock.advance(60 * 60_000 - 1)
    expect((await me(server, cookie)).status).toBe(200)
    server.clock.advance(60 * 60_000)
    expect((await me(server, cookie)).status).toBe(401)
  })

  it('ends by logging out, and only that one', async () => {
    const server = await start()
    await addUser(server)
    const [first, second] = [cookieOf(await logIn(server, 'li.ming', PASSWORD)), cookieOf(await logIn(server, 'li.ming', PASSWORD))]
    const answer = await server.call('POST', '/api/auth/logout', { as: first.split(';', 1)[0] as string })
    expect([answer.status, cookieOf(answer)]).toEqual([204, expect.stringMatching(/^sid=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970/)])
    expect([(await me(server, first)).status, (await me(server, second)).status]).toEqual([401, 200])
  })

  it('ends at once when its user is disabled; nobody disables themselves', async () => {
    const server = await start()
    const { userId } = (await addUser(server)).body as { userId: string }
    const cookie = cookieOf(await logIn(server, 'li.ming', PASSWORD))
    const admin = await server.as('admin@*')
    expect((await server.call('POST', `/api/users/${userId}/disable`, { as: admin })).status).toBe(204)
    expect((await me(server, cookie)).status).toBe(401)
    const own = ((await server.call('GET', '/api/auth/me', { as: admin })).body as { user: { userId: string } }).user.userId
    expect(await server.call('POST', `/api/users/${own}/disable`, { as: admin })).toMatchObject({ status: 409, body: { code: 'SV_AUTH_OWN_ACCOUNT' } })
  })

  it('is worth nothing where a login was under way while its user was disabled', async () => {
    const server = await start()
    const { userId } = (await addUser(server)).body as { userId: string }
    const cookie = cookieOf(await logIn(server, 'li.ming', PASSWORD))
    // The row of the session says nothing of it: only the user's does.
    await server.db.transact((tx) => tx.user.update({ where: { userId }, data: { disabledAtMs: 1n } }))
    expect((await me(server, cookie)).status).toBe(401)
  })

  it('has a new token for each login and none that was given from outside', async () => {
    const server = await start()
    await addUser(server)
    const fixed = 'A'.repeat(43)
    const answer = await server.call('POST', '/api/auth/login', { body: { loginName: 'li.ming', password: PASSWORD }, headers: { cookie: `sid=${fixed}` } })
    expect(tokenOf(cookieOf(answer))).not.toBe(fixed)
    for (const token of [fixed, '', 'x', `${tokenOf(cookieOf(answer))}x`, createHash('sha256').update(tokenOf(cookieOf(answer))).digest('hex')]) {
      expect((await me(server, `sid=${token}`)).status).toBe(401)
    }
  })

  it('loses a role that this version does not know, not the login', async () => {
    const server = await start()
    const { userId } = (await addUser(server)).body as { userId: string }
    await server.db.transact((tx) => tx.roleGrant.create({ data: { userId, role: 'mayor', estateId: '*' } }))
    const answer = await logIn(server, 'li.ming', PASSWORD)
    expect((answer.body as { user: { grants: Array<{ role: string }> } }).user.grants.map((grant) => grant.role).sort()).toEqual(['auditor', 'guard'])
  })
})

describe('users', () => {
  it('are listed without their password', async () => {
    const server = await start()
    const { userId } = (await addUser(server, { grants: [{ role: 'guard', estateId: 'jh' }] })).body as { userId: string }
    const { users } = (await server.call('GET', '/api/users', { as: await server.as('admin@*') })).body as { users: Array<{ loginName: string }> }
    expect(users.find((user) => user.loginName === 'li.ming')).toEqual({ userId, loginName: 'li.ming', displayName: '李明', grants: [{ role: 'guard', estateId: 'jh' }], disabledAtMs: null })
  })

  it.each([
    ['a weak password', { password: 'password1234' }, 'SV_AUTH_PASSWORD_RULE', 'password'],
    ['an estate that is not there', { grants: [{ role: 'guard', estateId: 'nowhere' }] }, 'SV_ESTATE_UNKNOWN', 'grants'],
  ])('are not made with %s', async (_name, change, code, field) => {
    const server = await start()
    expect(await addUser(server, change)).toMatchObject({ status: 400, body: { code, details: { field } } })
    expect(await server.db.read.user.count({ where: { loginName: 'li.ming' } })).toBe(0)
  })
})
