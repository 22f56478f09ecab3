import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'

/** A field's name as it may stand in an error: the sender may have made it as long as its message. */
const NAME_CHARS_MAX = 40

const checks = new Map<TSchema, Validator>()

/** The compiled check of a schema, compiled once. */
export function checkOf(schema: TSchema): Validator {
  let check = checks.get(schema)
  if (check === undefined) checks.set(schema, (check = Compile(schema) as Validator))
  return check
}

/** The first thing wrong with `value`, as `path: what`, or undefined where it fits the schema. */
export function schemaError(schema: TSchema, value: unknown): string | undefined {
  const check = checkOf(schema)
  if (check.Check(value)) return undefined
  const errors = check.Errors(value)
  // Of a nullable field the error says what a value must be, not that it may be null.
  const telling = errors.filter((error) => error.keyword !== 'boolean' && error.keyword !== 'anyOf')
  const first = telling.find((error) => error.keyword !== 'type' || error.params.type !== 'null') ?? telling[0] ?? errors[0]
  if (first === undefined) return '(root): invalid'
  const path = first.instancePath === '' ? '(root)' : first.instancePath
  if (first.keyword !== 'additionalProperties') return `${path}: ${first.message}`
  return `${path}: unknown field ${JSON.stringify(first.params.additionalProperties[0]?.slice(0, NAME_CHARS_MAX) ?? '')}`
}
