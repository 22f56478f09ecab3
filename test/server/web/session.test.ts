import { describe, expect, it } from 'vitest'
import type { Api } from '../../../server/web/kit/api/api.js'
import { ApiFailure } from '../../../server/web/kit/api/failure.js'
import type { User } from '../../../server/web/kit/api/types.js'
import { createSession, mayAt } from '../../../server/web/kit/session.js'
import { financeSectionsOf } from '../../../server/web/finance/sections.js'
import { rolesOf } from '../../../server/web/frame/section.js'
import { sectionsOf } from '../../../server/web/manager/sections.js'
import { safeNext } from '../../../server/web/safe-next.js'
import { loginProblem, useLogin } from '../../../server/web/manager/login/use-login.js'

const user: User = { userId: 'u', loginName: 'manager', displayName: '何经理', grants: [{ role: 'estate-manager', estateId: 'estate-1' }, { role: 'guard', estateId: '*' }] }
const signedOut = new ApiFailure('signed-out', 'SV_AUTH_REQUIRED')

function rig(change: Partial<Api> = {}) {
  const calls: string[] = []
  const api = {
    me: () => { calls.push('me'); return Promise.resolve({ user }) },
    login: () => { calls.push('login'); return Promise.resolve({ user }) },
    logout: () => { calls.push('logout'); return Promise.resolve() },
    estates: () => { calls.push('estates'); return Promise.resolve({ estates: [{ estateId: 'estate-1', name: '丰乐苑', district: '蓬江区' }] }) },
    ...change,
  } as unknown as Api
  return { calls, session: createSession(api) }
}

describe('a session', () => {
  it('is asked for once, however many pages ask', async () => {
    const { session, calls } = rig()
    await Promise.all([session.ensure(), session.ensure()])
    await session.ensure()
    expect([calls, session.user.value, session.estates.value.length]).toEqual([['me', 'estates'], user, 1])
  })

  it('that is not there reads as nobody; a server that is not there is a failure and is asked again', async () => {
    expect(await rig({ me: () => Promise.reject(signedOut) }).session.ensure()).toBeNull()
    let tries = 0
    const { session } = rig({ me: () => (tries++ === 0 ? Promise.reject(new ApiFailure('offline', '')) : Promise.resolve({ user })) })
    await expect(session.ensure()).rejects.toMatchObject({ kind: 'offline' })
    expect(await session.ensure()).toEqual(user)
  })

  it('begins without estates where they cannot be asked for', async () => {
    const { session } = rig({ estates: () => Promise.reject(new ApiFailure('unavailable', 'x')) })
    expect([await session.ensure(), session.estates.value]).toEqual([user, []])
  })

  it('ends at once for a session that is over, and not at all where signing out failed', async () => {
    const over = rig({ logout: () => Promise.reject(signedOut) }).session
    await over.ensure()
    await over.signOut()
    expect(over.user.value).toBeNull()
    const failing = rig({ logout: () => Promise.reject(new ApiFailure('offline', '')) }).session
    await failing.ensure()
    await expect(failing.signOut()).rejects.toMatchObject({ kind: 'offline' })
    expect(failing.user.value).toEqual(user)
  })

  it('spares the buttons that its roles would be refused', () => {
    expect([mayAt(user, 'estate-1', ['estate-manager']), mayAt(user, 'estate-2', ['estate-manager']), mayAt(user, 'estate-2', ['guard']), mayAt(null, 'estate-1', ['guard'])])
      .toEqual([true, false, true, false])
  })
})

describe('the menu', () => {
  it('holds the pages that the roles have something on', () => {
    const names = (...roles: string[]) => sectionsOf(roles).map((section) => section.name)
    expect([names('guard'), names('bureau-viewer'), names('resident')])
      .toEqual([
        ['now', 'log', 'alarms', 'people', 'visitors', 'credentials', 'rules', 'devices', 'integrity'], ['now', 'devices', 'integrity'],
        ['now', 'log', 'alarms', 'people', 'visitors', 'tickets', 'credentials', 'rules', 'devices', 'integrity'],
      ])
  })

  it('of finance holds what each role may see, and bank accounts for those who have all estates', () => {
    const names = (...grants: Array<[role: string, estateId: string]>): string[] =>
      financeSectionsOf(rolesOf({ ...user, grants: grants.map(([role, estateId]) => ({ role, estateId })) })).map((section) => section.name)
    expect(names(['bureau-viewer', '*'])).toEqual(['reports'])
    expect(names(['estate-manager', 'jh'])).toEqual(['card', 'reports'])
    expect(names(['admin', '*'])).toEqual(['audit'])
    const desk = ['today', 'reconcile', 'bills', 'collections', 'arrears', 'refunds', 'suspense', 'close', 'receipts', 'card', 'reports', 'ledger', 'opening']
    expect(names(['cashier', 'jh'])).toEqual(desk)
    expect(names(['auditor', '*'])).toEqual([...desk.slice(0, 8), 'bank', 'treasury', ...desk.slice(8), 'audit'])
    expect(names(['treasury-officer', 'jh'])).toEqual(['today', 'reconcile', 'collections', 'refunds', 'suspense', 'close', 'treasury', 'receipts', 'card', 'reports', 'ledger'])
  })
})

describe('a login', () => {
  it('says what is missing before it asks', async () => {
    const login = useLogin({ signIn: () => Promise.reject(new Error('asked')) }, () => {})
    await login.submit()
    expect([login.missing, login.problem.value]).toEqual([{ name: true, password: true }, undefined])
  })

  it('goes on when it succeeds; a refusal forgets the password and keeps the name', async () => {
    let done = 0
    const refusing = useLogin({ signIn: () => Promise.reject(signedOut) }, () => done++)
    refusing.form.name = ' manager '
    refusing.form.password = 'x'
    await refusing.submit()
    expect([refusing.form, refusing.problem.value, refusing.busy.value, done]).toEqual([{ name: ' manager ', password: '' }, { key: 'login.wrong' }, false, 0])
    const given: string[] = []
    const login = useLogin({ signIn: async (name, password) => { given.push(name, password) } }, () => done++)
    login.form.name = ' manager '
    login.form.password = ' x '
    await login.submit()
    expect([given, done]).toEqual([['manager', ' x '], 1])
  })

  it('never tells whether the name exists, and says how long to wait', () => {
    expect(loginProblem(new ApiFailure('invalid', 'SV_HTTP_VALIDATION'))).toEqual({ key: 'login.wrong' })
    expect(loginProblem(new ApiFailure('too-many', 'SV_AUTH_SLOW_DOWN', null, 30))).toEqual({ key: 'login.tooMany', values: { seconds: 30 } })
    expect(loginProblem(new ApiFailure('too-many', 'SV_AUTH_SLOW_DOWN'))).toEqual({ key: 'login.tooManyLater' })
    expect(loginProblem(new ApiFailure('offline', ''))).toEqual({ key: 'failure.offline.title' })
  })

  it('leads to our own pages only', () => {
    expect(['/manager/log?gate=a', '//evil', '/\\evil', 'https://evil', '/login?next=/', undefined, ['/a']].map((next) => safeNext(next, '/manager')))
      .toEqual(['/manager/log?gate=a', '/manager', '/manager', '/manager', '/manager', '/manager', '/manager'])
  })

  // A cashier who followed the address that the start prints logged in onto a page that may not be seen.
  it('leads those who handle money past the managers\' front page', () => {
    expect([['/manager', '/finance'], ['/manager', '/manager'], ['/manager/log', '/finance'], ['/finance', '/manager']].map(([next, home]) => safeNext(next, home ?? '')))
      .toEqual(['/finance', '/manager', '/manager/log', '/finance'])
  })
})
