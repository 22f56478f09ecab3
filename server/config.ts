import { dirname, join, resolve } from 'node:path'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { type JsonProblem, readJsonFile, walkJson } from '#kernel/json-file.js'
import type { Result } from '#kernel/result.js'
import { type ConfigSchema, type ServerConfig, ServerConfigSchema, configKeys, groupOf } from './config-schema.js'
import { fail } from './errors.js'

export { serverConfigKeys } from './config-schema.js'
export type { ServerConfig } from './config-schema.js'

type Tree = { [key: string]: unknown }
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads the configuration: JSON, defaults filled in, relative paths counted from the file's folder, frozen.
 * @throws AppError SV_CONFIG with `errors`, one text per wrong key, all at once
 */
export const loadConfig = (file: string): ServerConfig => parseConfig(valueOf(readJsonFile(file), file), file)

/** @throws AppError SV_CONFIG where there is none */
function valueOf<T>(result: Result<T, JsonProblem>, file: string): T {
  if (result.ok) return result.value
  throw fail('SV_CONFIG', { file, errors: [`(file): ${result.error.problem}`] }, result.error.cause)
}

/** As `loadConfig`, of a value that was read from `file`. */
export function parseConfig(given: unknown, file: string): ServerConfig {
  const value = valueOf(walkJson(() => Value.Default(ServerConfigSchema, Value.Clone(given as object))), file)
  const errors = [...errorsOf(ServerConfigSchema, value, '')]
  if (errors.length === 0) errors.push(...relationErrors(value as ServerConfig))
  if (errors.length > 0) throw fail('SV_CONFIG', { file, errors })
  const folder = dirname(resolve(file))
  for (const { key, schema } of configKeys()) if (schema.path === true) resolvePath(value as Tree, key.split('.'), folder)
  const { database, dataDir } = value as unknown as { dataDir: string; database: { url: string | null } }
  database.url = `file:${database.url === null ? join(dataDir, 'server.db') : resolve(folder, database.url.slice('file:'.length))}`
  return deepFreeze(value as ServerConfig)
}

/** One line per wrong place: `https.port: must …`. A key that the schema does not know is wrong too. */
function* errorsOf(schema: ConfigSchema, value: unknown, place: string): Generator<string> {
  const group = groupOf(schema)
  const at = place === '' ? '(root)' : place
  if (value === undefined) return yield `${at}: is missing`
  if (group === undefined) return yield* leafErrors(schema, value, at)
  if (value === null && group !== schema) return
  if (!isTree(value)) return yield `${at}: must be an object${group === schema ? '' : ' or null'}`
  const under = (name: string): string => (place === '' ? name : `${place}.${name}`)
  const properties = group.properties ?? {}
  for (const name of Object.keys(value)) if (properties[name] === undefined) yield `${under(name)}: is no key of the configuration`
  for (const [name, inner] of Object.entries(properties)) yield* errorsOf(inner, value[name], under(name))
}

function* leafErrors(schema: ConfigSchema, value: unknown, at: string): Generator<string> {
  const choices = (schema.anyOf ?? []).map((branch) => branch.const)
  if (choices.length > 0 && !choices.includes(undefined)) {
    if (!choices.includes(value)) yield `${at}: must be one of ${choices.join(', ')}`
    return
  }
  const messages = Compile(schema).Errors(value).filter((error) => error.keyword !== 'anyOf').map((error) => error.message)
  if (messages.length > 0) yield `${at}: ${[...new Set(messages)].join(schema.anyOf === undefined ? ', ' : ', or ')}`
}

function relationErrors({ https, payment, message, receipts }: ServerConfig): string[] {
  const same = (https.certFile === null) === (https.keyFile === null)
  const channels = { 'payment.wechat.baseUrl': payment.wechat?.baseUrl, 'payment.alipay.gatewayUrl': payment.alipay?.gatewayUrl, 'receipts.baseUrl': receipts?.baseUrl }
  const plain = Object.entries(channels).filter(([, url]) => url?.startsWith('http:') === true && !payment.demo)
  const vendors = { 'message.sms.endpoint': message.sms?.endpoint, 'message.wechat.baseUrl': message.wechat?.baseUrl }
  const plainVendors = Object.entries(vendors).filter(([, url]) => url?.startsWith('http:') === true && !message.demo)
  return [
    ...(same ? [] : ['https.keyFile: must be given exactly where https.certFile is']), ...plain.map(([key]) => `${key}: must be https, but where payment.demo is true`),
    ...plainVendors.map(([key]) => `${key}: must be https, but where message.demo is true`),
  ]
}

function resolvePath(tree: Tree, [name = '', ...rest]: string[], folder: string): void {
  const inner = tree[name]
  if (typeof inner === 'string') tree[name] = resolve(folder, inner)
  else if (isTree(inner)) resolvePath(inner, rest, folder)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
