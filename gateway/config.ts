import { dirname, resolve } from 'node:path'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { type JsonProblem, readJsonFile, walkJson } from '#kernel/json-file.js'
import type { Result } from '#kernel/result.js'
import { gatewayError } from './errors.js'
import { configContradictions } from './config-rules.js'
import { type GatewayConfig, GatewayConfigSchema, configKeys, keyTable } from './config-schema.js'
import { type FaceWorkerConfig, FaceWorkerConfigSchema } from './face-host/worker-config.js'

export { gatewayConfigKeys } from './config-schema.js'
export type { GatewayConfig } from './config-schema.js'

interface Tree {
  [key: string]: Tree | string | null
}

/**
 * Reads the configuration: JSON, defaults filled in, relative paths counted from the file's folder, frozen.
 * @throws GW_CONFIG with `errors`, one text per wrong key, all at once
 */
export const loadConfig = (file: string): GatewayConfig => parseConfig(readJson(file), file)

/** As `loadConfig`, of a value that was read from `file`. */
export function parseConfig(given: unknown, file: string): GatewayConfig {
  const config = parseBy<GatewayConfig>(GatewayConfigSchema, given, file)
  const errors = configContradictions(config)
  if (errors.length > 0) throw gatewayError('GW_CONFIG', { file, errors })
  return config
}

/** All keys of a face worker's configuration as a Markdown table. */
export const faceWorkerConfigKeys = (): string => keyTable(FaceWorkerConfigSchema)

/** As `loadConfig`, of a face worker. */
export const loadFaceWorkerConfig = (file: string): FaceWorkerConfig => parseBy<FaceWorkerConfig>(FaceWorkerConfigSchema, readJson(file), file)

/** @throws GW_CONFIG */
const readJson = (file: string): unknown => valueOf(readJsonFile(file), file)

/** @throws GW_CONFIG where there is none */
function valueOf<T>(result: Result<T, JsonProblem>, file: string): T {
  if (result.ok) return result.value
  throw gatewayError('GW_CONFIG', { file, errors: [`(file): ${result.error.problem}`] }, result.error.cause)
}

/** @throws GW_CONFIG */
function parseBy<Config>(schema: TSchema, given: unknown, file: string): Config {
  const value = valueOf(walkJson(() => Value.Default(schema, Value.Clone(given as object))), file)
  const errors = configErrors(schema, value, '')
  if (errors.length > 0) throw gatewayError('GW_CONFIG', { file, errors })
  for (const { key, schema: { path } } of configKeys(schema)) if (path === true) resolvePath(value as Tree, key.split('.'), dirname(resolve(file)))
  return deepFreeze(value as Config)
}

/** One line per wrong place: `server.url: must …`. A key that the schema does not know is wrong too. */
function configErrors(schema: TSchema, value: unknown, place: string): string[] {
  if (value === undefined) return [`${place}: is missing`]
  const { properties } = schema as { properties?: Readonly<Record<string, TSchema>> }
  if (properties !== undefined) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place || '(root)'}: must be an object`]
    const under = (name: string): string => (place === '' ? name : `${place}.${name}`)
    return [
      ...Object.keys(value).filter((name) => properties[name] === undefined).map((name) => `${under(name)}: is no key of the configuration`),
      ...Object.entries(properties).flatMap(([name, inner]) => configErrors(inner, (value as Tree)[name], under(name))),
    ]
  }
  const choices = ((schema as { anyOf?: Array<{ const?: unknown }> }).anyOf ?? []).map((choice) => choice.const)
  if (choices.length > 0 && !choices.includes(undefined)) return choices.includes(value) ? [] : [`${place}: must be one of ${choices.join(', ')}`]
  const errors = Compile(schema).Errors(value).filter((error) => error.keyword !== 'anyOf')
  // A list says which of its entries is wrong.
  const placeOf = (instancePath: string): string => `${place}${instancePath.replaceAll('/', '.')}`
  return [...new Set(errors.map(({ instancePath }) => instancePath))].map((at) =>
    `${placeOf(at)}: ${[...new Set(errors.filter(({ instancePath }) => instancePath === at).map(({ message }) => message))].join(', or ')}`)
}

function resolvePath(tree: Tree, [name, ...rest]: string[], folder: string): void {
  const inner = tree[name as string]
  if (typeof inner === 'string') tree[name as string] = resolve(folder, inner)
  else if (inner !== null && inner !== undefined) resolvePath(inner, rest, folder)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
