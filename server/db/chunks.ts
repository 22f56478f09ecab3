/** Rows of one bulk statement. */
const ROWS = 5_000
/** Keys in one `IN` list: the client's own bound on SQLite is 999 parameters. */
const KEYS = 500

function* pieces<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}

/** The rows in their order, as many at a time as one bulk statement takes. */
export const inChunks = <Row>(rows: readonly Row[]): Generator<readonly Row[]> => pieces(rows, ROWS)

/** The keys, as many at a time as one `IN` list takes. */
export const keysInChunks = <Key>(keys: readonly Key[]): Generator<readonly Key[]> => pieces(keys, KEYS)
