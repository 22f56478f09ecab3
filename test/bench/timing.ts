/** Milliseconds of one call. A contender that clocks itself returns its own as `{ ms }`. */
export async function timed(work: () => unknown): Promise<number> {
  const since = performance.now()
  const result = await work()
  const elapsed = performance.now() - since
  const own = typeof result === 'object' && result !== null && 'ms' in result ? Number(result.ms) : Number.NaN
  return Number.isFinite(own) ? own : elapsed
}

export interface Spread {
  readonly p50: number
  readonly min: number
  readonly p95: number
  readonly p99: number
  readonly runs: number
}

export function spread(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (part: number): number => round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN)
  return { p50: at(0.5), min: at(0), p95: at(0.95), p99: at(0.99), runs: samples.length }
}

export const round = (value: number): number => Number(value.toPrecision(4))

/**
 * Runs the contenders in turn, round after round, so that a slow moment of the machine hits all of them alike. Ratios
 * are medians of the ratios within each round.
 */
export async function interleave(contenders: Readonly<Record<string, (round: number) => unknown>>, rounds: number, warmup = 2): Promise<{
  spreads: Record<string, Spread>
  ratio(a: string, b: string): number
}> {
  const samples: Record<string, number[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let index = -warmup; index < rounds; index++) {
    for (const [name, run] of Object.entries(contenders)) {
      const ms = await timed(() => run(index + warmup))
      if (index >= 0) samples[name]?.push(ms)
    }
  }
  return {
    spreads: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, spread(values)])),
    ratio: (a, b) => spread((samples[a] ?? []).map((value, i) => value / (samples[b]?.[i] ?? Number.NaN))).p50,
  }
}
