import type { AccessLogItem, AccessLogPage } from '../api/types.js'

/**
 * A list of passages that people read while it grows. Rows on the screen stay where they are while it is held:
 * what arrives waits in `pending` and is counted. Newest first, every passage once.
 */
export interface EventList {
  readonly rows: readonly AccessLogItem[]
  readonly pending: readonly AccessLogItem[]
  /** Cursor of the page after the last row; null where there is none. */
  readonly older: string | null
  /** True where more arrived than is kept, or records may lie between `rows` and `pending`: load anew to go on. */
  readonly gap: boolean
}

/** Waiting passages beyond this are counted as "more than": loading anew is quicker than holding them. */
export const PENDING_MAX = 200
/** Rows that a list following live events keeps before it is loaded anew. */
export const FOLLOWED_ROWS_MAX = 300

export const emptyList: EventList = { rows: [], pending: [], older: null, gap: false }

export const listOf = (page: AccessLogPage): EventList => ({ rows: page.items, pending: [], older: page.older, gap: false })

/** The server's order: newest first, then by id. */
const compare = (a: AccessLogItem, b: AccessLogItem): number =>
  b.occurredAtMs - a.occurredAtMs || (a.passageId < b.passageId ? 1 : a.passageId > b.passageId ? -1 : 0)

function inserted(items: readonly AccessLogItem[], item: AccessLogItem): AccessLogItem[] {
  const at = items.findIndex((other) => compare(item, other) < 0)
  return at < 0 ? [...items, item] : [...items.slice(0, at), item, ...items.slice(at)]
}

/** Undefined where no item has that id. */
function updated(items: readonly AccessLogItem[], item: AccessLogItem): AccessLogItem[] | undefined {
  const at = items.findIndex((other) => other.passageId === item.passageId)
  return at < 0 ? undefined : items.with(at, item)
}

/**
 * Takes one live event in. A known passage (its door's answer came) is renewed in its place, held or not; one that
 * belongs below the last loaded row is left to the pages; any other slides in, or waits while `held`.
 */
export function receive(list: EventList, item: AccessLogItem, held: boolean): EventList {
  const rows = updated(list.rows, item)
  if (rows !== undefined) return { ...list, rows }
  const pending = updated(list.pending, item)
  if (pending !== undefined) return { ...list, pending }
  const last = list.rows.at(-1)
  if (last !== undefined && list.older !== null && compare(item, last) > 0) return list
  if (!held && !list.gap) return { ...list, rows: inserted(list.rows, item) }
  const waiting = inserted(list.pending, item)
  return { ...list, pending: waiting.slice(0, PENDING_MAX), gap: list.gap || waiting.length > PENDING_MAX }
}

/** Shows what waited. With a gap the list must be loaded anew instead. */
export const release = (list: EventList): EventList =>
  list.pending.length === 0 ? list : { ...list, rows: list.pending.reduceRight((rows, item) => inserted(rows, item), [...list.rows]), pending: [] }

/** Takes in the newest page after the connection was lost: it either joins what is known or leaves a gap. */
export function catchUp(list: EventList, page: AccessLogPage, held: boolean): EventList {
  if (list.rows.length === 0 && !held) return listOf(page)
  const known = new Set([...list.rows, ...list.pending].map((item) => item.passageId))
  const joins = page.older === null || page.items.some((item) => known.has(item.passageId))
  const base = joins ? list : { ...list, gap: true }
  return page.items.reduceRight((next, item) => receive(next, item, held), base)
}

/** Adds the next page below. Rows that came in live meanwhile are not doubled. */
export function appendOlder(list: EventList, page: AccessLogPage): EventList {
  const known = new Set(list.rows.map((item) => item.passageId))
  return { ...list, rows: [...list.rows, ...page.items.filter((item) => !known.has(item.passageId))], older: page.older }
}

/** More rows than this at once are shown without sliding: nobody could follow them. */
const SLIDING_ROWS_MAX = 12

/** True where `rows` is `before` with a few new ones at its head, as live events come in. */
export function growsAtHead(before: readonly AccessLogItem[], rows: readonly AccessLogItem[]): boolean {
  const first = before[0]
  const at = first === undefined ? -1 : rows.findIndex((row) => row.passageId === first.passageId)
  return at > 0 && at <= SLIDING_ROWS_MAX
}

/** How many wait, and whether it is at least that many. */
export const waitingCount = (list: EventList): { count: number; more: boolean } => ({ count: list.pending.length, more: list.gap })
