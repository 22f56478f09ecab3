/** One line of a metrics page. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** Reads the Prometheus text format; comments and lines that it does not know are left out. */
export function parseMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = LINE.exec(line) ?? []
    if (name === undefined || value === undefined) return []
    const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, text.replace(/\\(.)/g, '$1')] as const)
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value.replace('Inf', 'Infinity')) }]
  })
}

/** Sum of all samples of a name, whatever their labels. */
export const total = (samples: readonly Sample[], name: string, wanted: Readonly<Record<string, string>> = {}): number =>
  samples.filter((sample) => sample.name === name && Object.entries(wanted).every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, sample) => sum + sample.value, 0)

/** Sums of a name by one of its labels; zero sums are left out. */
export function totals(samples: readonly Sample[], name: string, label: string): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const sample of samples) {
    const key = sample.labels[label]
    if (sample.name === name && key !== undefined && sample.value !== 0) sums[key] = (sums[key] ?? 0) + sample.value
  }
  return sums
}

/**
 * A quantile of one histogram, or of several of the same buckets added up: linear inside its bucket, as Prometheus
 * does it; the last finite bound where it lies beyond; null where nothing was observed.
 */
export function histogramQuantile(samples: readonly Sample[], name: string, share: number, wanted: Readonly<Record<string, string>> = {}): number | null {
  const wantedOnly = samples.filter((sample) => sample.name === `${name}_bucket` && Object.entries(wanted).every(([key, value]) => sample.labels[key] === value))
  const byBound = new Map<number, number>()
  for (const { labels, value } of wantedOnly) {
    const bound = Number((labels['le'] ?? '').replace('+Inf', 'Infinity'))
    byBound.set(bound, (byBound.get(bound) ?? 0) + value)
  }
  const buckets = [...byBound].sort(([a], [b]) => a - b)
  const rank = share * (buckets.at(-1)?.[1] ?? 0)
  if (rank === 0) return null
  let [lowBound, lowCount] = [0, 0]
  for (const [bound, count] of buckets) {
    if (count >= rank) return Number.isFinite(bound) ? lowBound + ((bound - lowBound) * (rank - lowCount)) / (count - lowCount) : lowBound
    lowBound = bound
    lowCount = count
  }
  return lowBound
}
