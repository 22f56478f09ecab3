import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import { gatewayError } from '../errors.js'
import type { ActionRecorder, COMMAND_LINE, Operator } from './action-record.js'
import type { PasswordHash } from './password-hash.js'
import { passwordProblem } from './password-rules.js'
import type { DeskRole, DeskStore, OperatorRow } from './ports.js'

export interface NewOperator {
  /** Compared without case. */
  readonly loginName: string
  readonly displayName: string
  readonly role: DeskRole
  readonly password: string
}

export type OperatorView = Omit<OperatorRow, 'passwordHash'>
type Author = Operator | typeof COMMAND_LINE

export interface OperatorService {
  list(): Promise<readonly OperatorView[]>
  /** @throws GW_DESK_PASSWORD_RULE, GW_DESK_LOGIN_NAME_TAKEN */
  create(by: Author, operator: NewOperator): Promise<{ readonly operatorRef: string }>
  /**
   * Ends all logins of it. With `erase` name, login name and password are gone too; records keep the bare reference.
   * @throws GW_DESK_NOT_FOUND, GW_DESK_OWN_ACCOUNT
   */
  disable(by: Author, operatorRef: string, options?: { readonly erase?: boolean }): Promise<void>
  /** Display name of each, for the log; '' where it was erased. */
  names(): Promise<ReadonlyMap<string, string>>
}

/** Who may work at the desk. Every change is a record in the log. */
export function createOperatorService(deps: {
  store: DeskStore; clock: Clock; ids: IdSource; passwords: PasswordHash; recorder: ActionRecorder
}): OperatorService {
  const { store, clock, ids, passwords, recorder } = deps
  return {
    list: async () => (await store.operators()).map(({ passwordHash: _secret, ...view }) => view),
    async create(by, { loginName, displayName, role, password }) {
      const name = loginName.toLowerCase()
      const problem = passwordProblem(password, name)
      if (problem !== undefined) throw gatewayError('GW_DESK_PASSWORD_RULE', { field: 'password', problem })
      const operatorRef = ids.uuid()
      const passwordHash = await passwords.make(password)
      await store.transact(async (tx) => {
        await tx.putOperator({ operatorRef, loginName: name, displayName, role, passwordHash, createdAtMs: clock.wallMs(), disabledAtMs: null })
        await tx.append(recorder(by, 'operator-create', { subject: operatorRef, reason: role }))
      })
      return { operatorRef }
    },
    async disable(by, operatorRef, { erase = false } = {}) {
      const held = (await store.operators()).find((row) => row.operatorRef === operatorRef)
      if (held === undefined) throw gatewayError('GW_DESK_NOT_FOUND', { field: 'operatorRef' })
      // Nobody locks the last door behind himself by a slip.
      if (by.operatorRef === operatorRef) throw gatewayError('GW_DESK_OWN_ACCOUNT')
      if (held.disabledAtMs !== null && (!erase || held.loginName === null)) return
      const disabled: OperatorRow = { ...held, disabledAtMs: held.disabledAtMs ?? clock.wallMs() }
      await store.transact(async (tx) => {
        await tx.putOperator(erase ? { ...disabled, loginName: null, displayName: '', passwordHash: null } : disabled)
        await tx.endDeskSessions({ operatorRef })
        await tx.append(recorder(by, 'operator-disable', { subject: operatorRef, reason: erase ? 'erased' : null }))
      })
    },
    names: async () => new Map((await store.operators()).map((row) => [row.operatorRef, row.displayName])),
  }
}
