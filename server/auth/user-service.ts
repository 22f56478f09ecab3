import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { unknownEstates } from '../estate/estate-register.js'
import type { PasswordHash } from './password-hash.js'
import { passwordProblem } from './password-rules.js'
import { ALL_ESTATES, type Grant } from './roles.js'
import type { SessionService } from './session-service.js'
import * as users from './user-repository.js'

/** Users in one answer: staff of 11 estates are some dozens. */
const USERS_MAX = 1_000

export interface UserDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly ids: IdSource
  readonly passwords: PasswordHash
  readonly sessions: SessionService
}

export interface NewUser {
  readonly loginName: string
  readonly displayName: string
  readonly password: string
  readonly grants: readonly Grant[]
}

export type UserView = Omit<users.UserRecord, 'passwordHash'>

export interface UserService {
  list(): Promise<UserView[]>
  /**
   * @param by user id; null from the command line
   * @throws AppError SV_AUTH_PASSWORD_RULE, SV_AUTH_LOGIN_NAME_TAKEN, SV_ESTATE_UNKNOWN
   */
  create(by: string | null, user: NewUser): Promise<{ userId: string }>
  /** Ends all sessions too. @throws AppError SV_HTTP_NOT_FOUND, SV_AUTH_OWN_ACCOUNT */
  disable(by: string, userId: string): Promise<void>
}

export function createUserService(deps: UserDeps): UserService {
  return {
    async list() {
      return (await users.list(deps.read, USERS_MAX)).map(({ passwordHash: _secret, ...view }) => view)
    },
    async create(by, user) {
      const loginName = user.loginName.toLowerCase()
      const problem = passwordProblem(user.password, loginName)
      if (problem !== undefined) throw fail('SV_AUTH_PASSWORD_RULE', { field: 'password', problem })
      const passwordHash = await deps.passwords.make(user.password)
      return deps.change(by, async (change) => {
        const unknown = await unknownEstates(change.tx, user.grants.map((grant) => grant.estateId).filter((id) => id !== ALL_ESTATES))
        if (unknown.length > 0) throw fail('SV_ESTATE_UNKNOWN', { field: 'grants', estateIds: unknown })
        if ((await users.findByLoginName(change.tx, loginName)) !== null) throw fail('SV_AUTH_LOGIN_NAME_TAKEN', { field: 'loginName' })
        const userId = deps.ids.uuid()
        await users.insert(change.tx, { ...user, loginName, userId, passwordHash, disabledAtMs: null }, change.atMs)
        const grants = user.grants.map((grant) => `${grant.role}@${grant.estateId}`)
        await change.audit({ action: 'user.create', subject: `user:${userId}`, estateId: null, after: { grants } })
        return { userId }
      })
    },
    disable: (by, userId) => deps.change(by, async (change) => {
      const user = await users.findById(change.tx, userId)
      if (user === null) throw fail('SV_HTTP_NOT_FOUND')
      // Nobody locks the last door behind himself by a slip.
      if (by === userId) throw fail('SV_AUTH_OWN_ACCOUNT')
      if (user.disabledAtMs !== null) return
      await users.disable(change.tx, userId, change.atMs)
      await deps.sessions.endAllOf(change.tx, userId)
      await change.audit({ action: 'user.disable', subject: `user:${userId}`, estateId: null })
    }),
  }
}
