import type { Tx } from '../db/transaction.js'
import type { BillLegs, PrepaidLegs } from './rent-figure-rules.js'

type Whole = number | bigint
/** What residents owe of rent and late charges (chart of accounts 1122.01, 1122.02). */
const OWED = `('rent-receivable', 'late-charge-receivable')`
const sum = (when: string, then = 't."amountFen"', otherwise = '0'): string => `SUM(CASE WHEN ${when} THEN ${then} ELSE ${otherwise} END)`

const ACCRUAL = `'not-yet-collected'`
const SUBSIDY = `'subsidy-receivable'`
/** For a day of an earlier month, whose books were closed: a prior-period entry. */
const IS_PRIOR = `CASE WHEN substr(j."lateFor", 1, 7) < substr(t."bizDate", 1, 7) THEN 1 ELSE 0 END`
/** An opening list that was taken back was never taken over. */
const TAKEN_BACK = `t."seq" IN (SELECT "seq" FROM "LedgerJournal" WHERE "cause" = 'opening-reversed')`
const BILL_LEGS = `SELECT t."estateId" AS "estateId", b."buildingId" AS "buildingId", b."tier" AS "tier", substr(t."bizDate", 1, 7) AS "month",
  substr(coalesce(b."dueDate", t."bizDate"), 1, 7) AS "dueMonth",
  CASE WHEN b."kind" <> 'opening' THEN substr(b."issuedOn", 1, 7) END AS "issuedMonth", ${IS_PRIOR} AS "prior",
  ${sum(`t."debit" IN ${OWED} AND t."credit" = ${ACCRUAL} AND coalesce(b."kind", '') = 'opening'`)}
    - ${sum(`t."credit" IN ${OWED} AND ${TAKEN_BACK}`)} AS "takenOver",
  ${sum(`t."debit" IN ${OWED} AND t."credit" = ${ACCRUAL} AND coalesce(b."kind", '') <> 'opening'`)} AS "billed",
  ${sum(`t."credit" IN ${OWED} AND t."debit" = ${ACCRUAL} AND NOT ${TAKEN_BACK}`)} AS "reduced",
  ${sum(`t."credit" IN ${OWED} AND t."debit" = ${SUBSIDY}`)} AS "offset",
  ${sum(`t."credit" IN ${OWED} AND t."debit" NOT IN (${ACCRUAL}, ${SUBSIDY})`)}
    - ${sum(`t."debit" IN ${OWED} AND t."credit" NOT IN (${ACCRUAL}, ${SUBSIDY})`)} AS "collected"
  FROM "LedgerTransfer" t JOIN "LedgerJournal" j ON j."seq" = t."seq" LEFT JOIN "Bill" b ON b."billId" = t."billId"
  WHERE t."estateId" = ? AND t."bizDate" <= ? AND (t."debit" IN ${OWED} OR t."credit" IN ${OWED}) GROUP BY 1, 2, 3, 4, 5, 6, 7`

interface LegsRow {
  readonly estateId: string
  readonly buildingId: string | null
  readonly tier: string | null
  readonly month: string
  readonly dueMonth: string
  readonly issuedMonth: string | null
  readonly prior: Whole
  readonly takenOver: Whole
  readonly billed: Whole
  readonly reduced: Whole
  readonly offset: Whole
  readonly collected: Whole
}

/** All transfers of an estate on what residents owe, until a day, in groups. */
export async function billLegs(read: Tx, estateId: string, untilDate: string): Promise<BillLegs[]> {
  const rows = await read.$queryRawUnsafe<LegsRow[]>(BILL_LEGS, estateId, untilDate)
  return rows.map(({ takenOver, billed, reduced, offset, collected, prior, ...place }) => ({
    ...place, isPrior: Number(prior) === 1, takenOverFen: Number(takenOver), billedFen: Number(billed), reducedFen: Number(reduced), offsetFen: Number(offset),
    collectedFen: Number(collected),
  }))
}

export interface HomeRow {
  readonly householdId: string
  readonly buildingId: string | null
  readonly tier: string | null
  readonly unitLabel: string
}

/** Home and tier of households of an estate as their newest bill has them. */
export async function homesByBill(read: Tx, estateId: string): Promise<Map<string, HomeRow>> {
  const rows = await read.$queryRawUnsafe<HomeRow[]>(
    `SELECT "householdId", "buildingId", "tier", "unitLabel" FROM (
       SELECT "householdId", "buildingId", "tier", "unitLabel", ROW_NUMBER() OVER (PARTITION BY "householdId" ORDER BY "dueDate" DESC, "billId" DESC) AS "age"
       FROM "Bill" WHERE "estateId" = ?) newest WHERE "age" = 1`, estateId)
  return new Map(rows.map((row) => [row.householdId, row]))
}

type HouseholdLegs = Omit<PrepaidLegs, 'buildingId' | 'tier'> & { readonly householdId: string | null }

/** Transfers on prepayments (2203) of an estate until a day, by household and month. */
export async function prepaidLegs(read: Tx, estateId: string, untilDate: string): Promise<HouseholdLegs[]> {
  const rows = await read.$queryRawUnsafe<Array<{ householdId: string | null; month: string; fen: Whole }>>(
    `SELECT t."householdId" AS "householdId", substr(t."bizDate", 1, 7) AS "month", ${sum(`t."credit" = 'prepayment'`, 't."amountFen"', '-t."amountFen"')} AS "fen"
     FROM "LedgerTransfer" t
     WHERE t."estateId" = ? AND t."bizDate" <= ? AND (t."debit" = 'prepayment' OR t."credit" = 'prepayment') GROUP BY 1, 2`, estateId, untilDate)
  return rows.map(({ fen, ...row }) => ({ ...row, estateId, fen: Number(fen) }))
}

/** Names of buildings by id. */
export const buildingNames = async (read: Tx, estateIds: readonly string[]): Promise<Map<string, string>> =>
  new Map((await read.building.findMany({ where: { estateId: { in: [...estateIds] } }, select: { buildingId: true, name: true } })).map((row) => [row.buildingId, row.name]))

export interface PlaceFlow {
  readonly account: string
  readonly of: string
  readonly side: 'in' | 'out'
  readonly cause: string
  readonly month: string
  /** Of an earlier month, whose books were closed. */
  readonly isPrior: boolean
  readonly fen: number
  readonly journals: number
}

/** What came to and left some accounts of an estate in a span of days, by cause and month. */
export async function placeFlows(
  read: Tx, estateId: string, accounts: readonly string[], days: { readonly fromDate: string; readonly untilDate: string },
): Promise<PlaceFlow[]> {
  const side = (name: 'debit' | 'credit'): string =>
    `SELECT t."${name}" AS "account", coalesce(t."${name}Of", '') AS "of", '${name === 'debit' ? 'in' : 'out'}' AS "side", j."cause" AS "cause",
       substr(t."bizDate", 1, 7) AS "month", ${IS_PRIOR} AS "prior", SUM(t."amountFen") AS "fen", COUNT(DISTINCT t."seq") AS "journals"
     FROM "LedgerTransfer" t JOIN "LedgerJournal" j ON j."seq" = t."seq"
     WHERE t."estateId" = ?1 AND t."bizDate" >= ?2 AND t."bizDate" <= ?3 AND t."${name}" IN (SELECT value FROM json_each(?4)) GROUP BY 1, 2, 4, 5, 6`
  const rows = await read.$queryRawUnsafe<Array<Omit<PlaceFlow, 'fen' | 'journals' | 'isPrior'> & { fen: Whole; journals: Whole; prior: Whole }>>(
    `${side('debit')} UNION ALL ${side('credit')}`, estateId, days.fromDate, days.untilDate, JSON.stringify(accounts))
  return rows.map(({ prior, ...row }) => ({ ...row, isPrior: Number(prior) === 1, fen: Number(row.fen), journals: Number(row.journals) }))
}

export interface CardLeg {
  readonly seq: number
  readonly bizDate: string
  readonly cause: string
  readonly debit: string
  readonly credit: string
  readonly fen: number
  readonly billId: string | null
  readonly label: string | null
}

/** Transfers of a household until a day in the order of posting, with their bill's label. */
export async function cardLegs(read: Tx, householdId: string, untilDate: string): Promise<CardLeg[]> {
  const rows = await read.$queryRawUnsafe<Array<Omit<CardLeg, 'fen' | 'seq'> & { fen: Whole; seq: Whole }>>(
    `SELECT t."seq" AS "seq", t."bizDate" AS "bizDate", j."cause" AS "cause", t."debit" AS "debit", t."credit" AS "credit",
       t."amountFen" AS "fen", t."billId" AS "billId", b."label" AS "label"
     FROM "LedgerTransfer" t JOIN "LedgerJournal" j ON j."seq" = t."seq" LEFT JOIN "Bill" b ON b."billId" = t."billId"
     WHERE t."householdId" = ? AND t."bizDate" <= ? ORDER BY t."bizDate", t."seq", t."leg"`, householdId, untilDate)
  return rows.map((row) => ({ ...row, fen: Number(row.fen), seq: Number(row.seq) }))
}
