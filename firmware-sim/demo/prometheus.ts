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

type Labels = Readonly<Record<string, string>>

/** Samples of a name that have these labels, whatever others they have. */
const matching = (samples: readonly Sample[], name: string, wanted: Labels): Sample[] => {
  const labels = Object.entries(wanted)
  return samples.filter((sample) => sample.name === name && labels.every(([key, value]) => sample.labels[key] === value))
}

export const total = (samples: readonly Sample[], name: string, wanted: Labels = {}): number =>
  matching(samples, name, wanted).reduce((sum, sample) => sum + sample.value, 0)

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
export function histogramQuantile(samples: readonly Sample[], name: string, share: number, wanted: Labels = {}): number | null {
  const byBound = new Map<number, number>()
  for (const { labels, value } of matching(samples, `${name}_bucket`, wanted)) {
    const bound = Number((labels['le'] ?? '').replace('+Inf', 'Infinity'))
    byBound.set(bound, (byBound.get(bound) ?? 0) + value)
  }
  const buckets = [...byBound].sort(([a], [b]) => a - b)
  const rank = share * (buckets.at(-1)?.[1] ?? 0)
  if (rank === 0) return null
  let [lowBound, lowCount] = [0, 0]
  for (const [bound, count] of buckets) {
    if (count >= rank && !Number.isFinite(bound)) return lowBound
    if (count >= rank) return lowBound + ((bound - lowBound) * (rank - lowCount)) / (count - lowCount)
    lowBound = bound
    lowCount = count
  }
  return lowBound
}
