import { gatewayError } from '../errors.js'
import type { ActionRecorder } from './action-record.js'
import type { LoginThrottle } from './login-throttle.js'
import type { PasswordHash } from './password-hash.js'
import type { DeskStore, OperatorRow } from './ports.js'
import type { SessionService } from './session-service.js'

export interface LoginService {
  /**
   * @param address the browser's
   * @throws GW_DESK_LOGIN: the same, and as slow, for a wrong name, a wrong password and a disabled operator;
   *   GW_DESK_SLOW_DOWN with `retryAfterSeconds`
   */
  login(loginName: string, password: string, address: string): Promise<{ readonly operator: OperatorRow; readonly token: string; readonly expiresAtMs: number }>
  logout(operator: OperatorRow, token: string): Promise<void>
}

/** Logins of the desk's own: no server is asked. */
export function createLoginService(deps: {
  store: DeskStore; sessions: SessionService; throttle: LoginThrottle; passwords: PasswordHash; recorder: ActionRecorder
}): LoginService {
  const { store, sessions, throttle, passwords, recorder } = deps
  return {
    async login(loginName, password, address) {
      const attempt = { loginName: loginName.toLowerCase(), address }
      const waitMs = throttle.begin(attempt)
      if (waitMs > 0) throw gatewayError('GW_DESK_SLOW_DOWN', { retryAfterSeconds: Math.ceil(waitMs / 1_000) })
      const operator = await store.operatorByLogin(attempt.loginName)
      const matches = await passwords.matches(operator?.passwordHash ?? null, password)
      if (operator === undefined || !matches || operator.disabledAtMs !== null) {
        // A name that nobody has is no action of anybody: it is slowed down and leaves no record to fill the log with.
        if (operator !== undefined) await store.transact((tx) => tx.append(recorder(operator, 'login-failed', { outcome: 'refused' })))
        throw gatewayError('GW_DESK_LOGIN')
      }
      throttle.succeeded(attempt)
      const session = await store.transact(async (tx) => {
        await tx.append(recorder(operator, 'login'))
        return sessions.open(tx, operator.operatorRef)
      })
      return { operator, ...session }
    },
    logout: (operator, token) => store.transact(async (tx) => {
      await sessions.end(tx, token)
      await tx.append(recorder(operator, 'logout'))
    }),
  }
}
