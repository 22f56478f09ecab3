import { readFile } from 'node:fs/promises'
import { systemRandom } from '#kernel/random.js'
import { type CommandOutput, done, refused, usage } from './cli-commands.js'
import { DESK_ROLES } from './desk/ports.js'
import type { ControlClient } from './ops/control-client.js'

/** Bytes behind a password that nobody chose: 96 bits, 16 characters. */
const MADE_UP_BYTES = 12

export interface AddOperatorOptions {
  readonly login: string
  readonly name: string
  readonly role: string
  readonly passwordFile?: string
}

/**
 * Adds somebody who works at the desk. Without a file the password is made up and shown this once.
 * @throws GW_USAGE where the role is unknown or the file cannot be read
 */
export async function addOperator(client: ControlClient, options: AddOperatorOptions): Promise<CommandOutput> {
  const role = DESK_ROLES.find((known) => known === options.role)
  if (role === undefined) throw usage('--role', `must be one of ${DESK_ROLES.join(', ')}`)
  const given = options.passwordFile === undefined ? undefined : await readFile(options.passwordFile, 'utf8').catch((cause: unknown) => {
    throw usage('--password-file', 'cannot be read', cause)
  })
  const password = given?.replace(/\r?\n$/, '') ?? Buffer.from(systemRandom.bytes(MADE_UP_BYTES)).toString('base64url')
  const answer = await client.createOperator({ loginName: options.login, displayName: options.name, role, password })
  if (!answer.ok) return refused(answer.error)
  const { operatorRef } = answer.value
  const shown = given === undefined ? { password } : {}
  return done({ operatorRef, loginName: options.login.toLowerCase(), role, ...shown }, `${role} ${options.login} is added${given === undefined ? `; password: ${password}` : ''}`)
}

/** Ends all logins of an operator; with `erase` the name goes too. */
export async function disableOperator(client: ControlClient, options: { login: string; erase?: boolean }): Promise<CommandOutput> {
  const answer = await client.disableOperator({ loginName: options.login.toLowerCase(), erase: options.erase === true })
  return answer.ok ? done({ loginName: options.login.toLowerCase(), disabled: true }, `${options.login} is disabled`) : refused(answer.error)
}

/** All operators of the desk. */
export async function listOperators(client: ControlClient): Promise<CommandOutput> {
  const answer = await client.operators()
  if (!answer.ok) return refused(answer.error)
  const lines = answer.value.operators.map(({ loginName, displayName, role, disabledAtMs }) =>
    `${loginName ?? '(erased)'}  ${role}  ${displayName}${disabledAtMs === null ? '' : '  disabled'}`)
  return done(answer.value, lines.length === 0 ? 'nobody yet' : lines.join('\n'))
}
