import { type AlarmRegisters, alarmOf } from '../alarm/alarm-rules.js'
import type { Tx } from '../db/transaction.js'
import { type AlarmLife, type TimeSpan, URGENT_ALARMS } from './performance-rules.js'

interface Dates {
  readonly fromDate: string
  readonly untilDate: string
}

/** First day of an estate's books, or undefined. */
export const firstBookDay = async (read: Tx, estateId: string): Promise<string | undefined> =>
  (await read.ledgerDay.findFirst({ where: { estateId }, orderBy: { bizDate: 'asc' }, select: { bizDate: true } }))?.bizDate

/** Days of the span that are closed, with the time of the signature. */
export const closedDays = async (read: Tx, estateId: string, { fromDate, untilDate }: Dates): Promise<Array<{ date: string; closedAtMs: number }>> =>
  (await read.financeClose.findMany({
    where: { estateId, kind: 'day', holds: { not: null }, state: { in: ['closed', 'reopen-proposed'] }, period: { gte: fromDate, lte: untilDate } },
    select: { period: true, closedAtMs: true },
  })).map(({ period, closedAtMs }) => ({ date: period, closedAtMs: Number(closedAtMs) }))

export interface CaseFigures {
  readonly cases: number
  readonly casesOpen: number
  readonly casesOpenFen: number
  readonly oldestOpenAtMs: number | null
}

/** Differences of reconciliation of the span's days that somebody had to explain, and those that are not explained yet. */
export async function caseFigures(read: Tx, estateId: string, { fromDate, untilDate }: Dates): Promise<CaseFigures> {
  const where = { estateId, bizDate: { gte: fromDate, lte: untilDate } }
  const open = { ...where, state: { in: ['open', 'proposed'] } }
  const [cases, sums] = await Promise.all([
    read.reconCase.count({ where: { ...where, state: { not: 'auto' } } }),
    read.reconCase.aggregate({ where: open, _count: { caseId: true }, _sum: { riskFen: true }, _min: { foundAtMs: true } }),
  ])
  const oldest = sums._min.foundAtMs
  return { cases, casesOpen: sums._count.caseId, casesOpenFen: Number(sums._sum.riskFen ?? 0n), oldestOpenAtMs: oldest === null ? null : Number(oldest) }
}

/** Electronic receipts that were asked for in the span: given, and not given yet. */
export async function receiptFigures(read: Tx, estateId: string, { fromMs, untilMs }: TimeSpan): Promise<{ receipts: number; receiptsWaiting: number }> {
  const where = { estateId, busAtMs: { gte: BigInt(fromMs), lt: BigInt(untilMs) } }
  const [receipts, receiptsWaiting] = await Promise.all([
    read.electronicReceipt.count({ where: { ...where, kind: 'issue', state: 'issued' } }), read.electronicReceipt.count({ where: { ...where, state: { not: 'issued' } } }),
  ])
  return { receipts, receiptsWaiting }
}

/** Alarms of the span: the urgent ones raised in it, and devices that were away in it, since whenever. */
export async function alarmLives(read: Tx, estateId: string, { fromMs, untilMs }: TimeSpan): Promise<AlarmLife[]> {
  const rows = await read.alarm.findMany({
    where: {
      estateId, raisedAtMs: { lt: BigInt(untilMs) },
      OR: [{ kind: { in: [...URGENT_ALARMS] }, raisedAtMs: { gte: BigInt(fromMs) } }, { kind: 'device-offline', OR: [{ open: true }, { updatedAtMs: { gte: BigInt(fromMs) } }] }],
    },
    select: { kind: true, raisedAtMs: true, registers: true },
  })
  return rows.map(({ kind, raisedAtMs, registers }) => {
    const { acknowledged, cleared } = alarmOf(JSON.parse(registers) as AlarmRegisters)
    return { kind, raisedAtMs: Number(raisedAtMs), seenAtMs: acknowledged?.atMs ?? cleared?.atMs ?? null, clearedAtMs: cleared?.atMs ?? null }
  })
}
export const openAlarms = (read: Tx, estateId: string): Promise<number> => read.alarm.count({ where: { estateId, open: true } })

/** What residents asked for in the span, each with the time that it took; null while it is not done. */
export const ticketTimes = async (read: Tx, estateId: string, { fromMs, untilMs }: TimeSpan): Promise<Array<number | null>> =>
  (await read.ticket.findMany({ where: { estateId, createdAtMs: { gte: BigInt(fromMs), lt: BigInt(untilMs) } }, select: { createdAtMs: true, doneAtMs: true } }))
    .map(({ createdAtMs, doneAtMs }) => (doneAtMs === null ? null : Number(doneAtMs - createdAtMs)))

export interface LogFigures {
  /** When the estate's first gateway was claimed; null where none was. */
  readonly sinceMs: number | null
  /** Records that gateways signed for and the server does not have, today. */
  readonly missingRecords: number
  /** Histories of a gateway that do not follow from each other. */
  readonly brokenLogs: number
}

export async function logFigures(read: Tx, estateId: string): Promise<LogFigures> {
  const gateways = await read.gateway.findMany({ where: { estateId }, select: { gatewayId: true, claimedAtMs: true } })
  const epochs = await read.gatewayEpoch.findMany({
    where: { gatewayId: { in: gateways.map((one) => one.gatewayId) } }, select: { headSeq: true, contiguousSeq: true, brokenAtSeq: true },
  })
  const claimed = gateways.flatMap(({ claimedAtMs }) => (claimedAtMs === null ? [] : [Number(claimedAtMs)]))
  return {
    sinceMs: claimed.length === 0 ? null : Math.min(...claimed), brokenLogs: epochs.filter((epoch) => epoch.brokenAtSeq !== null).length,
    missingRecords: epochs.reduce((sum, { headSeq, contiguousSeq }) => sum + Math.max(0, Number(headSeq - contiguousSeq)), 0),
  }
}
