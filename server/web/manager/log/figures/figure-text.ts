import type { PassageFigures } from '../../../kit/api/operation-types.js'
import { dayText } from '../../../kit/format.js'
import type { BarFigure } from '../../../kit/chart/figure-options.js'

/** Fewer passages say nothing of a way: the server's own bound. */
export const COMPARED_MIN = 30
export const RANGES = ['7', '30', '90'] as const
export type Range = (typeof RANGES)[number]

const DAY_MS = 86_400_000
/** Reasons shown one by one; a longer list is for the table of the workbook. */
const REASONS_MAX = 12

export const percentText = (rate: number): string => `${(rate * 100).toFixed(1)}%`

/** Whole days up to today. */
export const spanOf = (range: Range, nowMs: number): { fromMs: number; toMs: number } => ({ fromMs: nowMs - (Number(range) - 1) * DAY_MS, toMs: nowMs + 1 })

interface Names {
  readonly granted: string
  readonly refused: string
  readonly passages: string
  readonly median: string
  readonly p95: string
  readonly way: (way: string) => string
  readonly reason: (reason: string) => string
}

const twoSeries = (names: Names, rows: ReadonlyArray<{ granted: number; refused: number }>) => [
  { name: names.granted, values: rows.map((row) => row.granted) }, { name: names.refused, values: rows.map((row) => row.refused) },
]
const bars = { stacked: true, lying: false, unit: '' }

/** The four pictures that are drawn of the figures. */
export function picturesOf({ hours, days, reasons, ways }: PassageFigures, names: Names): Record<'hours' | 'days' | 'reasons' | 'waits', BarFigure> {
  const waited = ways.filter((way) => way.waitMedianMs !== null)
  const seconds = (ms: number | null): number => Number(((ms ?? 0) / 1_000).toFixed(2))
  const shown = reasons.slice(0, REASONS_MAX)
  return {
    hours: { ...bars, categories: hours.map(({ hour }) => `${String(hour).padStart(2, '0')}:00`), series: twoSeries(names, hours) },
    days: { ...bars, categories: days.map(({ dayStartMs }) => dayText(dayStartMs).slice(5)), series: twoSeries(names, days) },
    reasons: {
      ...bars, lying: true, categories: shown.map(({ reason }) => names.reason(reason)), series: [{ name: names.passages, values: shown.map(({ passages }) => passages) }],
    },
    waits: {
      stacked: false, lying: false, unit: ' s', categories: waited.map(({ way }) => names.way(way)),
      series: [{ name: names.median, values: waited.map((way) => seconds(way.waitMedianMs)) }, { name: names.p95, values: waited.map((way) => seconds(way.waitP95Ms)) }],
    },
  }
}
