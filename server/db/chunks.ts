/** Rows of one bulk statement, and keys in one list: below every database's bound on parameters. */
const ROWS = 5_000

/** The rows in their order, as many at a time as one statement takes. */
export function* inChunks<Row>(rows: readonly Row[], size: number = ROWS): Generator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size)
}
