import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'

/** From inclusive, to exclusive, milliseconds. */
export interface FigureSpan {
  readonly fromMs: number
  readonly toMs: number
}

type Count = number | bigint
/** Estates by a list, so that the counts' key is used from its first column. */
const IN_SPAN = `"estateId" IN (SELECT value FROM json_each(?))`

async function estatesOf(tx: Tx, scope: EstateScope): Promise<string> {
  return JSON.stringify(scope === 'all' ? (await tx.estate.findMany({ select: { id: true } })).map((estate) => estate.id) : scope)
}

export interface Counted {
  readonly key: number
  readonly granted: number
  readonly refused: number
}

/** Passages granted and refused by what `key` says of `"hourStartMs"`, ascending. */
async function countsBy(tx: Tx, key: string, scope: EstateScope, { fromMs, toMs }: FigureSpan): Promise<Counted[]> {
  const rows = await tx.$queryRawUnsafe<Array<{ key: Count; granted: Count; refused: Count }>>(
    `SELECT ${key} AS "key", SUM(CASE WHEN "decision" = 'granted' THEN "passages" ELSE 0 END) AS "granted",
       SUM(CASE WHEN "decision" = 'granted' THEN 0 ELSE "passages" END) AS "refused"
     FROM "AccessTally" WHERE ${IN_SPAN} AND "hourStartMs" >= ? AND "hourStartMs" < ? GROUP BY 1 ORDER BY 1`, await estatesOf(tx, scope), fromMs, toMs,
  )
  return rows.map((row) => ({ key: Number(row.key), granted: Number(row.granted), refused: Number(row.refused) }))
}

/** `key` is the hour of the day in Jiangmen (UTC+8). */
export const countsByHourOfDay = (tx: Tx, scope: EstateScope, span: FigureSpan): Promise<Counted[]> => countsBy(tx, `(("hourStartMs" / 3600000) + 8) % 24`, scope, span)

/** `key` is the day's beginning in Jiangmen, milliseconds. */
export const countsByDay = (tx: Tx, scope: EstateScope, span: FigureSpan): Promise<Counted[]> =>
  countsBy(tx, `(("hourStartMs" + 28800000) / 86400000) * 86400000 - 28800000`, scope, span)

export interface DecisionCount {
  readonly way: string
  readonly decision: string
  readonly passages: number
  readonly attempts: number
}

export async function countsByDecision(tx: Tx, scope: EstateScope, { fromMs, toMs }: FigureSpan): Promise<DecisionCount[]> {
  const rows = await tx.$queryRawUnsafe<Array<{ way: string; decision: string; passages: Count; attempts: Count }>>(
    `SELECT "way", "decision", SUM("passages") AS "passages", SUM("attempts") AS "attempts" FROM "AccessTally"
     WHERE ${IN_SPAN} AND "hourStartMs" >= ? AND "hourStartMs" < ? GROUP BY "way", "decision"`, await estatesOf(tx, scope), fromMs, toMs,
  )
  return rows.map(({ way, decision, passages, attempts }) => ({ way, decision, passages: Number(passages), attempts: Number(attempts) }))
}

/** How many waited how long, by way: passages by the number of their interval. */
export async function waitsByWay(tx: Tx, scope: EstateScope, { fromMs, toMs }: FigureSpan): Promise<Map<string, Map<number, number>>> {
  const rows = await tx.$queryRawUnsafe<Array<{ way: string; waitBin: Count; passages: Count }>>(
    `SELECT "way", "waitBin", SUM("passages") AS "passages" FROM "WaitTally"
     WHERE ${IN_SPAN} AND "dayStartMs" >= ? AND "dayStartMs" < ? GROUP BY "way", "waitBin"`, await estatesOf(tx, scope), fromMs, toMs,
  )
  const ways = new Map<string, Map<number, number>>()
  for (const { way, waitBin, passages } of rows) ways.set(way, (ways.get(way) ?? new Map<number, number>()).set(Number(waitBin), Number(passages)))
  return ways
}
