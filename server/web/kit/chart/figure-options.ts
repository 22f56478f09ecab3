import type { EChartsCoreOption } from 'echarts/core'

/** What a chart shows: rows of bars, in the colours of the pages. */
export interface BarFigure {
  readonly categories: readonly string[]
  readonly series: ReadonlyArray<{ readonly name: string; readonly values: readonly number[] }>
  readonly stacked: boolean
  /** Bars lie: for categories with long names. */
  readonly lying: boolean
  /** Written after a value, as a unit. */
  readonly unit: string
}

/** The fourth is for what is worst: arrears of half a year. */
const COLOURS = ['#1f5fbf', '#c77700', '#7a8aa0', '#b3261e']
const INK = '#455264'
const LINE = '#e4e9f0'
const NAME_CHARS_MAX = 16

const shortened = (name: string): string => (name.length > NAME_CHARS_MAX ? `${name.slice(0, NAME_CHARS_MAX)}…` : name)

/**
 * The figure as the chart library wants it. Nothing moves, and what is pointed at is written on the picture itself: the
 * page's policy allows no inline style.
 */
export function chartOption({ categories, series, stacked, lying, unit }: BarFigure, px: number): EChartsCoreOption {
  const label = { color: INK, fontSize: px }
  const names = {
    type: 'category', data: categories, inverse: lying, axisLine: { lineStyle: { color: LINE } }, axisTick: { show: false }, axisLabel: { ...label, formatter: shortened },
  }
  const values = {
    type: 'value', minInterval: unit === '' ? 1 : 0, splitLine: { lineStyle: { color: LINE } }, axisLabel: { ...label, formatter: `{value}${unit}` },
  }
  return {
    animation: false,
    color: COLOURS,
    textStyle: { fontFamily: 'inherit', fontSize: px },
    grid: { left: 8, right: 16, top: series.length > 1 ? 34 : 12, bottom: 8, containLabel: true },
    ...(series.length > 1 ? { legend: { top: 0, left: 0, textStyle: label } } : {}),
    tooltip: {
      trigger: 'axis', renderMode: 'richText', axisPointer: { type: 'shadow' }, textStyle: { fontSize: px }, valueFormatter: (value: unknown) => `${String(value)}${unit}`,
    },
    xAxis: lying ? values : names,
    yAxis: lying ? names : values,
    series: series.map(({ name, values: data }) => ({ type: 'bar', name, data, barMaxWidth: 28, ...(stacked ? { stack: 'all' } : {}) })),
  }
}
