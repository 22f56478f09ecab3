import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import type { LoginThrottle } from './login-throttle.js'
import type { PasswordHash } from './password-hash.js'
import { passwordProblem } from './password-rules.js'
import type { Caller } from './roles.js'
import type { SessionService } from './session-service.js'
import * as users from './user-repository.js'

export interface LoginDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly sessions: SessionService
  readonly throttle: LoginThrottle
  readonly passwords: PasswordHash
}

export interface LoginService {
  /**
   * @param address the client's
   * @throws AppError SV_AUTH_LOGIN: the same, and as slow, for a wrong name, a wrong password and a disabled user;
   *   SV_AUTH_SLOW_DOWN with `retryAfterSeconds`
   */
  login(loginName: string, password: string, address: string): Promise<{ user: Caller; token: string; expiresAtMs: number }>
  logout(caller: Caller, token: string): Promise<void>
  /**
   * Sets a user's own password: ends all sessions, wherever they are, and opens one for whoever did it.
   * @throws AppError SV_AUTH_LOGIN where the present one is wrong, SV_AUTH_SLOW_DOWN after several, SV_AUTH_PASSWORD_RULE
   */
  changePassword(caller: Caller, passwords: { readonly current: string; readonly next: string }, address: string): Promise<{ token: string; expiresAtMs: number }>
}

export function createLoginService(deps: LoginDeps): LoginService {
  /** The user whose name and password these are; guessing is slowed down. */
  async function userBy(name: string, password: string, address: string): Promise<users.UserRecord> {
    const user = await users.findByLoginName(deps.read, name)
    // Asked also for nobody, so that a wrong name takes the same way.
    const knownAddress = await deps.sessions.isKnownAddress(user?.userId ?? '', address)
    const attempt = { loginName: name, address, knownAddress }
    const waitMs = deps.throttle.begin(attempt)
    if (waitMs > 0) throw fail('SV_AUTH_SLOW_DOWN', { retryAfterSeconds: Math.ceil(waitMs / 1_000) })
    const matches = await deps.passwords.matches(user?.passwordHash ?? null, password)
    if (user === null || !matches || user.disabledAtMs !== null) throw fail('SV_AUTH_LOGIN')
    deps.throttle.succeeded(attempt)
    return user
  }

  return {
    async login(loginName, password, address) {
      const name = loginName.toLowerCase()
      const user = await userBy(name, password, address)
      const { userId, displayName, grants } = user
      const session = await deps.change(userId, async (change) => {
        await change.audit({ action: 'session.open', subject: `user:${userId}`, estateId: null })
        return deps.sessions.open(change.tx, userId, address)
      })
      return { user: { userId, loginName: name, displayName, grants }, ...session }
    },
    logout: (caller, token) => deps.change(caller.userId, async (change) => {
      await deps.sessions.end(change.tx, token)
      await change.audit({ action: 'session.end', subject: `user:${caller.userId}`, estateId: null })
    }),
    async changePassword({ userId, loginName }, { current, next }, address) {
      await userBy(loginName, current, address)
      const problem = passwordProblem(next, loginName)
      if (problem !== undefined) throw fail('SV_AUTH_PASSWORD_RULE', { field: 'next', problem })
      const passwordHash = await deps.passwords.make(next)
      return deps.change(userId, async (change) => {
        await users.setPasswordHash(change.tx, userId, passwordHash)
        await deps.sessions.endAllOf(change.tx, userId)
        await change.audit({ action: 'user.password', subject: `user:${userId}`, estateId: null })
        return deps.sessions.open(change.tx, userId, address)
      })
    },
  }
}
