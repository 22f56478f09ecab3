import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Tx } from './transaction.js'

export type BulkValue = string | number | bigint | boolean | null

/** A table's part in a bulk write. Names are the schema's own, never a user's text: they go into the statement. */
export interface BulkTable<Column extends string> {
  readonly table: string
  readonly columns: readonly Column[]
  /** The unique columns that decide whether a row is there already. */
  readonly key: readonly Column[]
  /** What a row does that is there already: nothing, or these columns are overwritten where `when` holds, or added to. */
  readonly onConflict: 'ignore' | { readonly update: readonly Column[]; readonly when?: string } | { readonly add: readonly Column[] }
}

/** Rows in one call; a caller with more has broken its own bound. */
const ROWS_MAX = 10_000
/** Rows in one statement, which blocks the thread: between two of them others are answered. */
const ROWS_PER_STATEMENT = 500

const quoted = (name: string): string => `"${name}"`

function jsonCell(value: BulkValue | undefined, column: string): string {
  // Digits as they are: JSON in SQLite has 64-bit integers, JavaScript's has not.
  if (typeof value === 'bigint') return value.toString()
  if (value === undefined) throw new TypeError(`bulk write: column ${column} has no value`)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`bulk write: column ${column} is ${value}`)
  return JSON.stringify(value)
}

function setsOf<Column extends string>({ table, onConflict }: BulkTable<Column>): string[] {
  if (onConflict === 'ignore') return []
  if ('add' in onConflict) return onConflict.add.map((column) => `${quoted(column)} = ${quoted(table)}.${quoted(column)} + excluded.${quoted(column)}`)
  return onConflict.update.map((column) => `${quoted(column)} = excluded.${quoted(column)}`)
}

function statementOf<Column extends string>(into: BulkTable<Column>, returning: readonly Column[]): string {
  const cells = into.columns.map((_, index) => `json_extract(row.value, '$[${index}]')`)
  const sets = setsOf(into)
  const when = typeof into.onConflict === 'object' && 'when' in into.onConflict ? into.onConflict.when : undefined
  return [
    `INSERT INTO ${quoted(into.table)} (${into.columns.map(quoted).join(', ')})`,
    // Without WHERE the parser takes ON for the join's.
    `SELECT ${cells.join(', ')} FROM json_each(?) AS row WHERE true`,
    `ON CONFLICT (${into.key.map(quoted).join(', ')})`,
    sets.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${sets.join(', ')}${when === undefined ? '' : ` WHERE ${when}`}`,
    `RETURNING ${returning.map(quoted).join(', ')}`,
  ].join(' ')
}

/**
 * Inserts all rows in as few statements as keep others waiting for milliseconds only, in order, and returns the `returning` columns of those that were inserted or
 * overwritten. Two rows with one key in the same call: the later meets the earlier as a row that is there already.
 * In `when`, the row that is there is `"Table"."column"` and the new one `excluded."column"`.
 * @throws TypeError, RangeError where a value is missing or no finite number
 */
export async function bulkWrite<Column extends string, Returned extends Column>(
  tx: Tx,
  into: BulkTable<Column>,
  rows: readonly Readonly<Record<Column, BulkValue>>[],
  returning: readonly Returned[],
): Promise<Record<Returned, BulkValue>[]> {
  if (rows.length === 0) return []
  if (rows.length > ROWS_MAX) throw new RangeError(`bulk write: ${rows.length} rows, at most ${ROWS_MAX}`)
  const statement = statementOf(into, returning)
  const returned: Record<Returned, BulkValue>[] = []
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    if (rows.length > ROWS_PER_STATEMENT) await nextTurn()
    const json = rows.slice(from, from + ROWS_PER_STATEMENT).map((row) => `[${into.columns.map((column) => jsonCell(row[column], column)).join(',')}]`)
    returned.push(...await tx.$queryRawUnsafe<Record<Returned, BulkValue>[]>(statement, `[${json.join(',')}]`))
  }
  return returned
}
