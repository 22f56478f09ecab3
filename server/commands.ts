import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { verifyAuditChain } from './audit/audit-log.js'
import { createUsers } from './app.js'
import { madeUpPassword } from './auth/password-hash.js'
import { ALL_ESTATES, ROLES, type Grant, type Role } from './auth/roles.js'
import { fail } from './errors.js'
import { type ProcessDeps, withDatabase } from './server-process.js'

export interface CreateUserOptions {
  readonly login: string
  readonly display: string
  readonly role: readonly string[]
  readonly estate: readonly string[]
}

export interface CreatedUser {
  readonly userId: string
  readonly loginName: string
  /** Only where it was made up here: nobody else knows it. */
  readonly password: string | null
}

const isRole = (role: string): role is Role => (ROLES as readonly string[]).includes(role)

/** Every role at every estate; at all estates where none is named. @throws AppError SV_USAGE for an unknown role */
function grantsOf(options: CreateUserOptions): Grant[] {
  const estates = options.estate.length === 0 ? [ALL_ESTATES] : options.estate
  return [...new Set(options.role)].flatMap((role) => {
    if (!isRole(role)) throw fail('SV_USAGE', { field: 'role', problem: `must be one of ${ROLES.join(', ')}` })
    return [...new Set(estates)].map((estateId) => ({ role, estateId }))
  })
}

/**
 * Adds a user while no server runs on the database: the first administrator, or when nobody can log in.
 * @param input the password up to the end of the first line; nothing makes one up
 * @throws AppError SV_USAGE, SV_AUTH_*, SV_ESTATE_UNKNOWN, SV_DB_IN_USE
 */
export async function createUser(deps: ProcessDeps, options: CreateUserOptions, input: NodeJS.ReadableStream | null): Promise<CreatedUser> {
  const grants = grantsOf(options)
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,31}$/.test(options.login)) throw fail('SV_USAGE', { field: 'login', problem: 'must be 2 to 32 letters, digits, dots, hyphens' })
  if (!/^(?=.*\S)[^\p{Cc}]{1,64}$/u.test(options.display)) throw fail('SV_USAGE', { field: 'display', problem: 'must be 1 to 64 characters' })
  const given = input === null ? '' : ((await text(input as NodeJS.ReadStream)).split(/\r?\n/, 1)[0] ?? '')
  const password = given === '' ? madeUpPassword(deps.random) : given
  const { loginName, userId } = await withDatabase(deps, async (db) => {
    const { users } = createUsers({ ...deps, db, session: deps.config.session })
    const created = await users.create(null, { loginName: options.login, displayName: options.display, password, grants })
    return { ...created, loginName: options.login.toLowerCase() }
  })
  return { userId, loginName, password: given === '' ? password : null }
}

/**
 * Reads the whole audit log and says whether its chain holds.
 * @throws AppError SV_USAGE where there is no database: an empty one would hold, and prove nothing
 */
export async function verifyAudit(deps: ProcessDeps): Promise<{ entries: number; brokenAtSeq: number | null }> {
  const path = (deps.config.database.url ?? '').slice('file:'.length)
  if (!existsSync(path)) throw fail('SV_USAGE', { field: 'database.url', problem: `there is no database at ${path}` })
  return withDatabase(deps, (db) => verifyAuditChain(db.read))
}
