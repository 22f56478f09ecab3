import { describe, expect, it } from 'vitest'
import { COMMAND_LINE } from '../../../gateway/desk/action-record.js'
import { createLoginThrottle } from '../../../gateway/desk/login-throttle.js'
import { passwordProblem } from '../../../gateway/desk/password-rules.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { type DeskRig, PASSWORD, SESSION, createDeskRig } from './support/desk-rig.js'

const code = (answer: { body: unknown }): unknown => (answer.body as { code?: unknown }).code
const guard = (rig: DeskRig) => rig.operators.create(COMMAND_LINE, { loginName: 'Wang.1', displayName: '王师傅', role: 'guard', password: PASSWORD })
const login = (rig: DeskRig, password: string, loginName = 'wang.1', from = '10.0.0.9') => rig.call('POST', '/api/auth/login', { body: { loginName, password }, from })

describe('a login at the desk', () => {
  it('is a cookie that script cannot read, and a record without a name', async () => {
    const rig = await createDeskRig()
    const { operatorRef } = await guard(rig)
    const answer = await login(rig, PASSWORD, 'WANG.1')
    expect([answer.status, answer.body]).toEqual([200, {
      operator: { operatorRef, loginName: 'wang.1', displayName: '王师傅', role: 'guard' }, estateId: 'estate-1', idleMs: SESSION.idleMs,
    }])
    expect(answer.headers['set-cookie']).toMatch(/^desk=[A-Za-z0-9_-]{43}; Path=\/; Expires=.*; HttpOnly; Secure; SameSite=Strict$/)
    const by = { operatorRef: COMMAND_LINE.operatorRef, role: 'installer' }
    expect(await rig.records()).toEqual([
      { kind: 'operator-action.v1', ...by, action: 'operator-create', subject: operatorRef, reason: 'guard', outcome: 'done' },
      { kind: 'operator-action.v1', operatorRef, role: 'guard', action: 'login', subject: null, reason: null, outcome: 'done' },
    ])
    expect(JSON.stringify([await rig.store.recordsAfter(1, 0, 10), rig.log])).not.toMatch(/王师傅|wang/)
    const [row] = await rig.store.operators()
    expect(row?.passwordHash).toMatch(/^scrypt\$32768\$8\$1\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$/)
  })

  it('is refused alike for a wrong password, a wrong name and a disabled operator', async () => {
    const rig = await createDeskRig()
    const { operatorRef } = await guard(rig)
    const answers = [await login(rig, 'wrong'), await login(rig, PASSWORD, 'nobody')]
    await rig.operators.disable(COMMAND_LINE, operatorRef)
    answers.push(await login(rig, PASSWORD))
    expect(answers.map((answer) => [answer.status, answer.body])).toEqual(Array(3).fill([401, { code: 'GW_DESK_LOGIN', message: 'Login name or password is wrong' }]))
    const failed = { kind: 'operator-action.v1', operatorRef, role: 'guard', action: 'login-failed', subject: null, reason: null, outcome: 'refused' }
    expect((await rig.records()).filter((record) => JSON.stringify(record).includes('login'))).toEqual([failed, failed])
  })

  it('ends by logging out, by its time, by idleness, and with the operator; a page that is merely open is no use', async () => {
    const rig = await createDeskRig()
    await guard(rig)
    const me = (cookie: string) => rig.call('GET', '/api/auth/me', { as: cookie }).then((answer) => answer.status)
    const cookieOf = async () => String((await login(rig, PASSWORD)).headers['set-cookie']).split(';', 1)[0] as string

    const first = await cookieOf()
    expect(await me(first)).toBe(200)
    await rig.call('POST', '/api/auth/logout', { as: first })
    expect(await me(first)).toBe(401)

    const idle = await cookieOf()
    rig.clock.advance(SESSION.idleMs - 1)
    expect(await me(idle)).toBe(200)
    rig.clock.advance(SESSION.idleMs - 1)
    expect(await me(idle)).toBe(200)
    rig.clock.advance(SESSION.idleMs)
    expect(await me(idle)).toBe(401)

    const long = await cookieOf()
    for (let spent = 0; spent < SESSION.lifeMs - 60_000; spent += 20 * 60_000) {
      expect(await me(long)).toBe(200)
      rig.clock.advance(20 * 60_000)
    }
    expect(await me(long)).toBe(401)

    const last = await cookieOf()
    const [row] = await rig.store.operators()
    await rig.operators.disable(COMMAND_LINE, row?.operatorRef ?? '')
    expect(await me(last)).toBe(401)
  })

  it('guessing is slowed down by login and address together; others get in', async () => {
    const rig = await createDeskRig()
    await guard(rig)
    await rig.operators.create(COMMAND_LINE, { loginName: 'zhao', displayName: '赵', role: 'manager', password: PASSWORD })
    for (let tried = 0; tried < 5; tried++) expect((await login(rig, 'wrong')).status).toBe(401)
    const slowed = await login(rig, PASSWORD)
    expect([slowed.status, slowed.body, slowed.headers['retry-after']]).toEqual([429, { code: 'GW_DESK_SLOW_DOWN', message: 'Too many attempts', details: { retryAfterSeconds: 1 } }, '1'])
    expect([(await login(rig, PASSWORD, 'zhao')).status, (await login(rig, PASSWORD, 'wang.1', '10.0.0.10')).status]).toEqual([200, 200])
    rig.clock.advance(1_000)
    expect((await login(rig, PASSWORD)).status).toBe(200)
  })
})

describe('the throttle', () => {
  it('waits double up to a quarter of an hour, counts attempts under way, and forgets after an hour', () => {
    const clock = createVirtualClock()
    const throttle = createLoginThrottle({ clock })
    const attempt = { loginName: 'a', address: '10.0.0.1' }
    const steps: number[] = []
    for (let tried = 0; tried < 20; tried++) {
      const wait = throttle.begin(attempt)
      if (wait > 0) {
        steps.push(wait)
        clock.advance(wait)
      }
    }
    expect(steps.slice(0, 5)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000])
    clock.advance(3_600_001)
    expect(throttle.begin(attempt)).toBe(0)
    throttle.succeeded(attempt)
    for (let tried = 0; tried < 5; tried++) expect(throttle.begin(attempt)).toBe(0)
  })

  it('one address that tries many names is slowed down too', () => {
    const clock = createVirtualClock()
    const throttle = createLoginThrottle({ clock })
    const waits = Array.from({ length: 21 }, (_, index) => throttle.begin({ loginName: `name-${index}`, address: '10.0.0.1' }))
    expect([waits.slice(0, 20).every((wait) => wait === 0), waits[20]]).toEqual([true, 1_000])
    expect(throttle.begin({ loginName: 'name-1', address: '10.0.0.2' })).toBe(0)
  })
})

describe('operators', () => {
  it('a manager adds and disables; the own login stays; erasing leaves the bare reference', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('manager')
    const made = await rig.call('POST', '/api/desk/operators', { as, body: { loginName: 'li', displayName: '李', role: 'guard', password: PASSWORD } })
    const { operatorRef } = made.body as { operatorRef: string }
    const taken = await rig.call('POST', '/api/desk/operators', { as, body: { loginName: 'LI', displayName: '李二', role: 'guard', password: PASSWORD } })
    expect([made.status, taken.status, code(taken)]).toEqual([201, 409, 'GW_DESK_LOGIN_NAME_TAKEN'])
    const own = await rig.call('POST', `/api/desk/operators/${rig.ref('manager')}/disable`, { as, body: { erase: false } })
    expect([own.status, code(own)]).toEqual([409, 'GW_DESK_OWN_ACCOUNT'])
    expect((await rig.call('POST', `/api/desk/operators/${operatorRef}/disable`, { as, body: { erase: true } })).status).toBe(204)
    const { operators } = (await rig.call('GET', '/api/desk/operators', { as })).body as { operators: object[] }
    expect(operators).toEqual([
      { operatorRef: rig.ref('manager'), loginName: 'manager-x', displayName: 'manager 的姓名', role: 'manager', createdAtMs: expect.any(Number), disabledAtMs: null },
      { operatorRef, loginName: null, displayName: '', role: 'guard', createdAtMs: expect.any(Number), disabledAtMs: expect.any(Number) },
    ])
    const by = { operatorRef: rig.ref('manager'), role: 'manager', subject: operatorRef, outcome: 'done' }
    expect(await rig.records()).toEqual([
      { kind: 'operator-action.v1', ...by, action: 'operator-create', reason: 'guard' },
      { kind: 'operator-action.v1', ...by, action: 'operator-disable', reason: 'erased' },
    ])
    const missing = await rig.call('POST', '/api/desk/operators/00000000-0000-7000-8000-000000000009/disable', { as, body: { erase: false } })
    expect([missing.status, code(missing)]).toEqual([404, 'GW_DESK_NOT_FOUND'])
  })

  it.each([
    ['short', 'aB3$efgh9'], ['of few letters', 'aaaabbbbcccc'], ['with the login name', 'xx-wang-yy-zz'], ['everybody\'s', 'Password-77xyz'],
  ])('a password that is %s is refused with the field', async (_, password) => {
    const rig = await createDeskRig()
    const answer = await rig.call('POST', '/api/desk/operators', { as: await rig.as('manager'), body: { loginName: 'wang', displayName: '王', role: 'guard', password } })
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'GW_DESK_PASSWORD_RULE', details: { field: 'password', problem: expect.any(String) } }])
    expect(await rig.records()).toEqual([])
  })

  it('a long phrase is a good password', () => expect(passwordProblem('门口的黄皮树今年又结果了', 'wang')).toBeUndefined())
})
