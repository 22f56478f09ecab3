import { type Static, type TSchema } from 'typebox'
import { parseJson } from '#contract/codec.js'
import { fail } from '../errors.js'

/** A place in a sorted list as clients hand it back: opaque, safe in a URL. */
export const encodeCursor = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url')

/**
 * The place that a cursor names.
 * @param field the request's field, for the error
 * @throws AppError SV_HTTP_VALIDATION where it is none of this list's
 */
export function decodeCursor<Schema extends TSchema>(schema: Schema, cursor: string, field: string): Static<Schema> {
  const place = parseJson<Static<Schema>>(schema, Buffer.from(cursor, 'base64url').toString('utf8'))
  if (!place.ok) throw fail('SV_HTTP_VALIDATION', { field, problem: 'not a cursor of this list' })
  return place.value
}

/**
 * One page out of `limit + 1` rows: the row too many only says that there is more.
 * @param placeOf what the next page starts after
 */
export function pageOf<Row>(rows: readonly Row[], limit: number, placeOf: (row: Row) => unknown): { rows: Row[]; next: string | null } {
  const page = rows.slice(0, limit)
  const lastRow = page.at(-1)
  return { rows: page, next: rows.length > limit && lastRow !== undefined ? encodeCursor(placeOf(lastRow)) : null }
}
