import type { Tx } from '../db/transaction.js'
import { estateNames, registeredGates } from '../estate/estate-register.js'
import { type CivilDate, addDays, dayBefore, endOfDayMs, startOfDayMs } from '../household/civil-date-rules.js'
import { type MonthSpan, monthSpan } from './month-rules.js'
import * as rows from './performance-repository.js'
import { type TimeSpan, URGENT_ALARMS, availabilityPpm, awayMs, median, waitsMs } from './performance-rules.js'
import { rentReport } from './rent-report.js'
import { type ReportCell, type ReportTable, column, summed } from './report-table.js'

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000]
/** A payment may show in the channel's bill up to three days later: a day that is closed after them is closed late. */
const CLOSE_DAYS = 3

const RENT = ['netFen', 'collectedFen', 'currentPpm', 'clearedPpm', 'overdueFen'] as const
const COLUMNS = [
  ...column('text', 'estate'), ...column('fen', 'netFen', 'collectedFen'), ...column('ppm', 'currentPpm', 'clearedPpm'), ...column('fen', 'overdueFen'),
  ...column('count', 'receipts', 'receiptsWaiting', 'daysDue', 'daysClosed', 'daysLate', 'daysOpen', 'cases', 'casesOpen'), ...column('fen', 'casesOpenFen'),
  ...column('count', 'oldestCaseDays', 'devices', 'outages', 'outageHours'), ...column('ppm', 'availabilityPpm'),
  ...column('count', 'urgentAlarms', 'responseMinutes', 'alarmsOpen', 'tickets', 'ticketsOpen', 'ticketHours', 'missingRecords', 'brokenLogs'),
]
/** Of all estates there is no such figure as the sum of theirs. */
const UNSUMMED = ['oldestCaseDays', 'responseMinutes', 'ticketHours']

interface Year extends TimeSpan {
  readonly fromDate: CivilDate
  /** Its last day, or today. */
  readonly untilDate: CivilDate
  readonly nowMs: number
}
type Figures = Record<string, ReportCell>

/** Days that should be closed by now: those of the year since the books began, today's not yet. */
async function closing(read: Tx, estateId: string, { fromDate, untilDate, nowMs }: Year): Promise<Figures> {
  const first = await rows.firstBookDay(read, estateId)
  const begins = first === undefined || first < fromDate ? fromDate : first
  const ends = endOfDayMs(untilDate) > nowMs ? dayBefore(untilDate) : untilDate
  const daysDue = first === undefined ? 0 : Math.max(0, Math.round((Date.parse(ends) - Date.parse(begins)) / DAY_MS) + 1)
  const closed = daysDue === 0 ? [] : await rows.closedDays(read, estateId, { fromDate: begins, untilDate: ends })
  const daysLate = closed.filter(({ date, closedAtMs }) => closedAtMs >= endOfDayMs(addDays(date, CLOSE_DAYS))).length
  return { daysDue, daysClosed: closed.length, daysLate, daysOpen: daysDue - closed.length }
}

async function exceptions(read: Tx, estateId: string, year: Year): Promise<Figures> {
  const { oldestOpenAtMs, ...figures } = await rows.caseFigures(read, estateId, year)
  return { ...figures, oldestCaseDays: oldestOpenAtMs === null ? null : Math.floor((year.nowMs - oldestOpenAtMs) / DAY_MS) }
}

/** Doors, readers and cameras, by the alarms of the gateway; and how residents' requests were dealt with. */
async function operation(read: Tx, estateId: string, year: Year): Promise<{ figures: Figures; goneMs: number; deviceMs: number }> {
  const [alarms, alarmsOpen, times, { sinceMs, ...log }, gates] = await Promise.all([
    rows.alarmLives(read, estateId, year), rows.openAlarms(read, estateId), rows.ticketTimes(read, estateId, year), rows.logFigures(read, estateId),
    registeredGates(read, estateId),
  ])
  const devices = new Set(gates.flatMap((gate) => [gate.controllerId, ...gate.devices.map((device) => device.deviceId)])).size
  const span = { fromMs: Math.max(year.fromMs, sinceMs ?? year.untilMs), untilMs: year.untilMs }
  const goneMs = awayMs(alarms, span)
  const deviceMs = devices * Math.max(0, span.untilMs - span.fromMs)
  const urgent = alarms.filter(({ kind }) => URGENT_ALARMS.some((one) => one === kind))
  const outages = alarms.filter(({ kind, raisedAtMs }) => kind === 'device-offline' && raisedAtMs >= year.fromMs).length
  const done = times.filter((time) => time !== null)
  const rounded = (ms: number | null, unitMs: number): number | null => (ms === null ? null : Math.round(ms / unitMs))
  const figures = {
    devices, outages, outageHours: Math.round(goneMs / HOUR_MS), availabilityPpm: availabilityPpm(goneMs, deviceMs), urgentAlarms: urgent.length,
    responseMinutes: rounded(median(waitsMs(urgent, year)), MINUTE_MS), alarmsOpen, tickets: times.length, ticketsOpen: times.length - done.length,
    ticketHours: rounded(median(done), HOUR_MS), ...log,
  }
  return { figures, goneMs, deviceMs }
}

/** Rents of the year by estate, and of all: what `rentReport` has under the same names. */
async function rents(read: Tx, estateIds: readonly string[], span: MonthSpan): Promise<{ of: (estateId: string) => Figures; all: Figures }> {
  const table = await rentReport(read, estateIds, { by: ['estate'] }, span)
  const pick = (cells: readonly ReportCell[]): Figures => Object.fromEntries(RENT.map((key) => [key, cells[table.columns.findIndex((one) => one.key === key)] ?? null]))
  const byEstate = new Map(table.rows.map(({ cells, link }) => [link.estateId, pick(cells)]))
  return { of: (estateId) => byEstate.get(estateId) ?? { netFen: 0, collectedFen: 0, currentPpm: null, clearedPpm: null, overdueFen: 0 }, all: pick(table.totals) }
}

/**
 * Yearly figures of whoever runs an estate (运营单位年度考核), none of which they can set: rents, receipts, closes, differences, devices,
 * alarms, tickets, and whether the gateways' logs are whole. A year that is not over goes until now.
 * @param year YYYY, not after this one
 */
export async function performanceReport(read: Tx, estateIds: readonly string[], year: string, { today, nowMs }: { today: CivilDate; nowMs: number }): Promise<ReportTable> {
  const untilDate = today < `${year}-12-31` ? today : `${year}-12-31`
  const span: Year = { fromDate: `${year}-01-01`, untilDate, fromMs: startOfDayMs(`${year}-01-01`), untilMs: Math.min(endOfDayMs(untilDate), nowMs), nowMs }
  const months = monthSpan(`${year}-01`, untilDate.slice(0, 7))
  if (months === undefined) throw new RangeError(`no months in ${year}`)
  const [names, rent] = await Promise.all([estateNames(read, estateIds), rents(read, estateIds, months)])
  const found: Array<ReportTable['rows'][number]> = []
  let [goneMs, deviceMs] = [0, 0]
  for (const estateId of estateIds) {
    const work = await operation(read, estateId, span)
    goneMs += work.goneMs
    deviceMs += work.deviceMs
    const figures: Figures = {
      estate: names.get(estateId) ?? estateId, ...rent.of(estateId), ...await rows.receiptFigures(read, estateId, span), ...await closing(read, estateId, span),
      ...await exceptions(read, estateId, span), ...work.figures,
    }
    found.push({ cells: COLUMNS.map(({ key }) => figures[key] ?? null), link: { estateId } })
  }
  const table = summed('performance', COLUMNS, found, UNSUMMED)
  const all: Figures = { ...rent.all, availabilityPpm: availabilityPpm(goneMs, deviceMs) }
  return { ...table, totals: table.totals.map((cell, at) => all[COLUMNS[at]?.key ?? ''] ?? cell) }
}
