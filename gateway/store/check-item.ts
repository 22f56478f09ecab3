import type { TSchema } from 'typebox'
import { schemaError } from '#contract/codec.js'
import { gatewayError } from '../errors.js'

/** @param also what is wrong beyond the schema, if anything. @throws GW_STORE_INVALID naming the field */
export function checkItem(schema: TSchema, value: { kind: string }, also?: string): void {
  const error = schemaError(schema, value) ?? also
  if (error !== undefined) throw gatewayError('GW_STORE_INVALID', { kind: value.kind, error })
}
