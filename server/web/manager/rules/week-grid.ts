import type { DayTimes, Weekday, WeekTimes } from '../../kit/api/pass-types.js'

/** A week as people paint it: a row for each day and one for holidays, half an hour to a cell. */
export const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
export const ROWS = [...WEEKDAYS, 'holiday'] as const
export type GridRow = (typeof ROWS)[number]

export const CELL_MINUTES = 30
export const CELLS = (24 * 60) / CELL_MINUTES

/** Minutes since midnight, half-open; sorted, apart from each other. */
export type Span = readonly [from: number, until: number]
export type Grid = Readonly<Record<GridRow, readonly Span[]>>
export type CellState = 'off' | 'part' | 'on'

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
const two = (value: number): string => String(value).padStart(2, '0')
/** `HH:MM` */
export const timeText = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`

/** Spans in order, those that touch as one. */
function tidy(spans: readonly Span[]): Span[] {
  const out: Span[] = []
  for (const [from, until] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (until <= from) continue
    if (last !== undefined && from <= last[1]) out[out.length - 1] = [last[0], Math.max(last[1], until)]
    else out.push([from, until])
  }
  return out
}

const spanOf = ({ from, until }: DayTimes): Span => [minutes(from), minutes(until)]

export function gridOf({ weekly, onHolidays }: WeekTimes): Grid {
  const rowOf = (row: GridRow): Span[] => tidy(row === 'holiday' ? onHolidays.map(spanOf) : weekly.filter((interval) => interval.days.includes(row)).map(spanOf))
  return Object.fromEntries(ROWS.map((row) => [row, rowOf(row)])) as unknown as Grid
}

export const EMPTY_GRID: Grid = gridOf({ weekly: [], onHolidays: [] })

/** The times as the server takes them: days with the same times stand together. */
export function timesOf(grid: Grid): WeekTimes {
  const daysOf = new Map<string, Weekday[]>()
  for (const day of WEEKDAYS) {
    for (const span of grid[day]) daysOf.set(span.join('-'), [...(daysOf.get(span.join('-')) ?? []), day])
  }
  const weekly = [...daysOf].map(([key, days]) => {
    const [from = 0, until = 0] = key.split('-').map(Number)
    return { days, from: timeText(from), until: timeText(until) }
  })
  return { weekly, onHolidays: grid.holiday.map(([from, until]) => ({ from: timeText(from), until: timeText(until) })) }
}

/** How much of a cell lies within the times. */
export function cellState(spans: readonly Span[], cell: number): CellState {
  const from = cell * CELL_MINUTES
  const until = from + CELL_MINUTES
  const covered = spans.reduce((sum, span) => sum + Math.max(0, Math.min(until, span[1]) - Math.max(from, span[0])), 0)
  return covered === 0 ? 'off' : covered === CELL_MINUTES ? 'on' : 'part'
}

/** Sets or clears the cells from `first` to `last` of one row; times that no cell was touched of stay to the minute. */
export function painted(grid: Grid, row: GridRow, first: number, last: number, on: boolean): Grid {
  const from = Math.min(first, last) * CELL_MINUTES
  const until = (Math.max(first, last) + 1) * CELL_MINUTES
  const cut = grid[row].flatMap(([a, b]): Span[] => [[a, Math.min(b, from)], [Math.max(a, until), b]])
  return { ...grid, [row]: tidy(on ? [...cut, [from, until]] : cut) }
}

export const isEmptyGrid = (grid: Grid): boolean => ROWS.every((row) => grid[row].length === 0)

/** Rows with the same times, in order: neighbours of the week as a run from its first to its last. */
export function runsOf(grid: Grid): ReadonlyArray<{ readonly runs: ReadonlyArray<readonly [GridRow, GridRow]>; readonly spans: readonly Span[] }> {
  const groups = new Map<string, { runs: Array<[GridRow, GridRow]>; spans: readonly Span[] }>()
  for (const [index, row] of ROWS.entries()) {
    const spans = grid[row]
    if (spans.length === 0) continue
    const group = groups.get(JSON.stringify(spans)) ?? { runs: [], spans }
    const run = group.runs.at(-1)
    // A holiday is no day of the week: it never ends a run.
    if (run !== undefined && row !== 'holiday' && run[1] === ROWS[index - 1]) run[1] = row
    else group.runs.push([row, row])
    groups.set(JSON.stringify(spans), group)
  }
  return [...groups.values()]
}

/** `08:00–12:00` of one row. */
export const spansText = (spans: readonly Span[]): string[] => spans.map(([from, until]) => `${timeText(from)}–${timeText(until)}`)
