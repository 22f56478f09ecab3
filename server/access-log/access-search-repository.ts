import type { Tx } from '../db/transaction.js'
import type { LogPlace } from './schemas.js'
import { type HeadedRun, type PassageFilter, type Run, runsOf, runsOfPage } from './search-rules.js'

/** What comes after every passage, by time. */
const LATEST_MS = 253_402_300_799_999

/** Passages from `fromMs` on, and before `before`: newest first, a time alone breaks no tie. */
interface Span {
  readonly fromMs: number
  readonly before: LogPlace
}

function spanOf({ fromMs = 0, toMs = LATEST_MS }: PassageFilter, before: LogPlace | undefined): Span {
  // Times are inclusive; no id is smaller than the empty text.
  const end = { atMs: toMs + 1, passageId: '' }
  return { fromMs, before: before === undefined || before.atMs > toMs ? end : before }
}

const IN_SPAN = `e."occurredAtMs" >= ? AND (e."occurredAtMs", e."passageId") < (?, ?)`
const NEWEST_FIRST = 'ORDER BY e."occurredAtMs" DESC, e."passageId" DESC'

/** Conditions that name the run's index from its first column on. */
function ofRun({ gateId, way }: Run): string {
  const columns = ['estateId', ...(gateId === null ? [] : ['gateId']), ...(way === null ? [] : ['way', 'decision'])]
  return columns.map((column) => `e."${column}" = r."${column}"`).join(' AND ')
}

/** The runs as a table `r`; all have the same columns set. */
const RUNS = `WITH r AS (SELECT json_extract(value, '$.estateId') AS "estateId", json_extract(value, '$.gateId') AS "gateId",
  json_extract(value, '$.way') AS "way", json_extract(value, '$.decision') AS "decision", "key" AS "n" FROM json_each(?))`

async function headsOf(tx: Tx, runs: readonly Run[], { fromMs, before }: Span): Promise<HeadedRun[]> {
  const [first] = runs
  if (first === undefined) return []
  const newest = `SELECT e."occurredAtMs" FROM "AccessEvent" e WHERE ${ofRun(first)} AND ${IN_SPAN} ${NEWEST_FIRST} LIMIT 1`
  const rows = await tx.$queryRawUnsafe<Array<{ n: number | bigint; newestMs: number | bigint | null }>>(
    `${RUNS} SELECT r."n" AS "n", (${newest}) AS "newestMs" FROM r`, JSON.stringify(runs), fromMs, before.atMs, before.passageId,
  )
  return rows.flatMap(({ n, newestMs }) => (newestMs === null ? [] : [{ ...(runs[Number(n)] as Run), newestMs: Number(newestMs) }]))
}

/**
 * Ids of the newest passages of a filter at these estates, newest first; not for a filter on a person. Reads the head
 * of every run, then a page of those that can have part in it.
 */
export async function newestIds(tx: Tx, filter: PassageFilter, estateIds: readonly string[], before: LogPlace | undefined, limit: number): Promise<string[]> {
  const span = spanOf(filter, before)
  const { runs, sinceMs } = runsOfPage(await headsOf(tx, runsOf(filter, estateIds), span), limit)
  const [first] = runs
  if (first === undefined) return []
  const page = `SELECT e."passageId" FROM "AccessEvent" e WHERE ${ofRun(first)} AND ${IN_SPAN} ${NEWEST_FIRST} LIMIT ${Math.trunc(limit)}`
  const rows = await tx.$queryRawUnsafe<Array<{ passageId: string }>>(
    `${RUNS} SELECT p."passageId" AS "passageId" FROM r CROSS JOIN "AccessEvent" p ON p."passageId" IN (${page})
     ORDER BY p."occurredAtMs" DESC, p."passageId" DESC LIMIT ${Math.trunc(limit)}`,
    JSON.stringify(runs), Math.max(span.fromMs, sinceMs), span.before.atMs, span.before.passageId,
  )
  return rows.map((row) => row.passageId)
}

/** How many passages of a filter there are at these estates, counted no further than `max`; not for a filter on a person. */
export async function countInRuns(tx: Tx, filter: PassageFilter, estateIds: readonly string[], max: number): Promise<number> {
  const { fromMs, before } = spanOf(filter, undefined)
  const runs = runsOf(filter, estateIds)
  const [first] = runs
  if (first === undefined) return 0
  const count = `SELECT COUNT(*) FROM (SELECT 1 FROM "AccessEvent" e WHERE ${ofRun(first)} AND ${IN_SPAN} LIMIT ${Math.trunc(max)})`
  const rows = await tx.$queryRawUnsafe<Array<{ passages: number | bigint | null }>>(
    `${RUNS} SELECT SUM((${count})) AS "passages" FROM r`, JSON.stringify(runs), fromMs, before.atMs, before.passageId,
  )
  return Math.min(max, Number(rows[0]?.passages ?? 0))
}
