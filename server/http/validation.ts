import type { FastifySchemaCompiler } from 'fastify'
import { Compile } from 'typebox/compile'
import type { TSchema } from 'typebox'
import { fail } from '../errors.js'

interface SchemaProblem {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params?: object
}

const firstName = (value: unknown): string | undefined =>
  Array.isArray(value) && typeof value[0] === 'string' ? value[0] : undefined

/** Dotted name of the field that a problem is about; '' where it is the whole part. */
function fieldOf(problem: SchemaProblem): string {
  const params = (problem.params ?? {}) as Record<string, unknown>
  const path = problem.instancePath.split('/').filter((name) => name !== '')
  const name = firstName(params['requiredProperties']) ?? firstName(params['additionalProperties'])
  return [...path, ...(name === undefined ? [] : [name])].join('.')
}

const problemOf = (problem: SchemaProblem): string => {
  if (problem.keyword === 'required') return 'is missing'
  if (problem.keyword === 'additionalProperties' || problem.keyword === 'boolean') return 'is not known here'
  return problem.message
}

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/

/** Path and query are text: what the schema calls a number or a boolean is read from it, where it is one. */
function fromText(schema: TSchema, value: unknown): unknown {
  const { properties } = schema as { properties?: Readonly<Record<string, { type?: unknown }>> }
  if (properties === undefined || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, text]) => {
    const type = properties[name]?.type
    if (typeof text !== 'string') return [name, text]
    if ((type === 'integer' || type === 'number') && NUMBER.test(text)) return [name, Number(text)]
    if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true']
    return [name, text]
  }))
}

/**
 * Validates with the compiler that the wire uses, made at a route's first request. A body says its types itself and is
 * taken as it is.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let compiled: ReturnType<typeof Compile> | undefined
  return (value: unknown) => {
    const check = (compiled ??= Compile(schema))
    const converted = httpPart === 'body' ? value : fromText(schema, value)
    if (check.Check(converted)) return { value: converted }
    const problems = check.Errors(converted) as SchemaProblem[]
    // A closed object reports each unknown field once more as a `false` schema, a union as "no branch fits".
    const problem = problems.find(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf') ?? problems[0]
    if (problem === undefined) return { error: fail('SV_HTTP_VALIDATION', { in: httpPart }) }
    return { error: fail('SV_HTTP_VALIDATION', { in: httpPart, field: fieldOf(problem), problem: problemOf(problem) }) }
  }
}
