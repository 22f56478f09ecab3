import type { AccessLogQuery } from '../../kit/api/api.js'
import type { AccessLogItem } from '../../kit/api/types.js'
import { dayStartMs, fieldMs, fieldText } from '../../kit/format.js'

export const RANGES = ['1h', 'today', 'yesterday', '7d'] as const
export type Range = (typeof RANGES)[number]

/** What the access log is narrowed to. Empty text is no condition. */
export interface LogFilters {
  readonly estateId: string
  readonly gateId: string
  readonly way: string
  readonly result: string
  readonly reason: string
  readonly personRef: string
  /** A range that moves with the clock, or empty; then `fromMs` and `toMs` count. */
  readonly range: Range | ''
  readonly fromMs: number | null
  readonly toMs: number | null
}

export const NO_FILTERS: LogFilters = { estateId: '', gateId: '', way: '', result: '', reason: '', personRef: '', range: '', fromMs: null, toMs: null }

/** Names in the address: short, stable, and readable when a link is passed on. */
const NAMES = { estateId: 'estate', gateId: 'gate', way: 'way', result: 'result', reason: 'reason', personRef: 'person' } as const
const VALID: Readonly<Record<keyof typeof NAMES, RegExp>> = {
  estateId: /^[a-z0-9][a-z0-9-]{0,31}$/,
  gateId: /^[a-z0-9][a-z0-9-]{0,31}$/,
  way: /^[a-z-]{1,16}$/,
  result: /^(granted|refused)$/,
  reason: /^[a-z-]{1,32}$/,
  personRef: /^[0-9a-f-]{36}$/,
}
const TEXT_NAMES = Object.keys(NAMES) as Array<keyof typeof NAMES>

export type UrlQuery = Readonly<Record<string, unknown>>

/** Reads the address. What is not a valid condition is no condition: an edited link never breaks the page. */
export function filtersOf(query: UrlQuery): LogFilters {
  const text = (name: string): string => (typeof query[name] === 'string' ? query[name] : '')
  const texts = Object.fromEntries(TEXT_NAMES.map((name) => [name, VALID[name].test(text(NAMES[name])) ? text(NAMES[name]) : '']))
  const range = RANGES.find((known) => known === text('range')) ?? ''
  return {
    ...NO_FILTERS,
    ...texts,
    range,
    fromMs: range === '' ? (fieldMs(text('from')) ?? null) : null,
    toMs: range === '' ? (fieldMs(text('to')) ?? null) : null,
  }
}

/** The address of these filters; times to the minute in Shanghai time. */
export function queryOf(filters: LogFilters): Record<string, string> {
  const query: Record<string, string> = {}
  for (const name of TEXT_NAMES) if (filters[name] !== '') query[NAMES[name]] = filters[name]
  if (filters.range !== '') query['range'] = filters.range
  if (filters.fromMs !== null) query['from'] = fieldText(filters.fromMs)
  if (filters.toMs !== null) query['to'] = fieldText(filters.toMs)
  return query
}

export interface Span {
  readonly fromMs: number | null
  readonly toMs: number | null
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** From inclusive, to exclusive. */
export function spanOf(filters: LogFilters, nowMs: number): Span {
  const todayMs = dayStartMs(nowMs)
  switch (filters.range) {
    case '1h': return { fromMs: nowMs - HOUR_MS, toMs: null }
    case 'today': return { fromMs: todayMs, toMs: null }
    case 'yesterday': return { fromMs: todayMs - DAY_MS, toMs: todayMs }
    case '7d': return { fromMs: todayMs - 6 * DAY_MS, toMs: null }
    case '': return { fromMs: filters.fromMs, toMs: filters.toMs }
  }
}

/** The question to the server. */
export function accessQuery(filters: LogFilters, nowMs: number): AccessLogQuery {
  const { fromMs, toMs } = spanOf(filters, nowMs)
  const texts = Object.fromEntries(TEXT_NAMES.filter((name) => filters[name] !== '').map((name) => [name, filters[name]]))
  return { ...texts, ...(fromMs === null ? {} : { fromMs }), ...(toMs === null ? {} : { toMs }) }
}

/** True where a live event belongs to the list: the same conditions that the server applies. */
export function matches(filters: LogFilters, item: AccessLogItem, nowMs: number): boolean {
  const { fromMs, toMs } = spanOf(filters, nowMs)
  return TEXT_NAMES.every((name) => filters[name] === '' || filters[name] === item[name])
    && (fromMs === null || item.occurredAtMs >= fromMs)
    && (toMs === null || item.occurredAtMs < toMs)
}

export const isFiltered = (filters: LogFilters): boolean => Object.keys(queryOf(filters)).length > 0

/** One condition changed. A gate belongs to its estate, and a reason to a refusal. */
export function changed(filters: LogFilters, change: Partial<LogFilters>): LogFilters {
  const next = { ...filters, ...change }
  if (change.estateId !== undefined && change.estateId !== filters.estateId && change.gateId === undefined) return { ...next, gateId: '' }
  if (next.result === 'granted' && next.reason !== '') return { ...next, ...(change.reason === undefined ? { reason: '' } : { result: 'refused' }) }
  return next
}
