import type { DoorWord, Passage, PassagePage } from './desk-api.js'

/** Newest first; `older` is where the next page begins, null where the log begins. */
export type PassageRows = PassagePage

/** Rows that the list keeps while it grows; older ones are loaded again by whoever asks for them. */
export const ROWS_MAX = 400

/** A passage that came in: at the head, or in its place where it is there already. */
export function withPassage({ rows, older }: PassageRows, row: Passage): PassageRows {
  const at = rows.findIndex((other) => other.passageId === row.passageId)
  if (at >= 0) return { rows: rows.with(at, { ...row, door: row.door ?? rows[at]?.door ?? null }), older }
  const grown = [row, ...rows]
  if (grown.length <= ROWS_MAX) return { rows: grown, older }
  const kept = grown.slice(0, ROWS_MAX)
  return { rows: kept, older: kept.at(-1)?.place ?? older }
}

/** The controller's answer to one of them. */
export function withDoor(list: PassageRows, { passageId, outcome, reason }: DoorWord & { readonly passageId: string }): PassageRows {
  const at = list.rows.findIndex((row) => row.passageId === passageId)
  const row = list.rows[at]
  return row === undefined ? list : { ...list, rows: list.rows.with(at, { ...row, door: { outcome, reason } }) }
}

/** The newest page, loaded anew: what is below it stays only where the two join. */
export function withPage(list: PassageRows, page: PassagePage): PassageRows {
  const known = new Set(page.rows.map((row) => row.passageId))
  if (!list.rows.some((row) => known.has(row.passageId))) return page
  return { rows: [...page.rows, ...list.rows.filter((row) => !known.has(row.passageId))], older: list.older }
}

/** The next page below. */
export function withOlder(list: PassageRows, page: PassagePage): PassageRows {
  const known = new Set(list.rows.map((row) => row.passageId))
  return { rows: [...list.rows, ...page.rows.filter((row) => !known.has(row.passageId))], older: page.older }
}
