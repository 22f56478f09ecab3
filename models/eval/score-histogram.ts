/** Counts of cosines in bins of 2^-17: exact counts at every bin's edge, in 1 MB for any number of scores. */
export interface ScoreHistogram {
  add(score: number): void
  readonly total: number
  readonly counts: Uint32Array
}

export const BINS = 2 ** 18
/** Lower edge of a bin; `BINS` gives 1. */
export const edgeOf = (bin: number): number => (bin * 2) / BINS - 1

export function createScoreHistogram(): ScoreHistogram {
  const counts = new Uint32Array(BINS)
  let total = 0
  return {
    add(score) {
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor(((score + 1) * BINS) / 2)))
      counts[bin] = (counts[bin] as number) + 1
      total += 1
    },
    get total() {
      return total
    },
    counts,
  }
}

/** The lowest bin from which on `scores` holds at most `rate` of its total: the threshold for a false-accept rate, never exceeding it. */
export function binForRate({ counts, total }: ScoreHistogram, rate: number): number {
  const allowed = rate * total
  let above = 0
  let bin = BINS
  while (bin > 0 && above + (counts[bin - 1] as number) <= allowed) above += counts[--bin] as number
  return bin
}

/** Part of the scores in `bin` and above; NaN without scores. */
export function partFrom({ counts, total }: ScoreHistogram, bin: number): number {
  let above = 0
  for (let i = bin; i < BINS; i++) above += counts[i] as number
  return above / total
}

/** Where as many of the one kind are refused as of the other accepted. */
export function equalErrorRate(genuine: ScoreHistogram, impostor: ScoreHistogram): { rate: number; threshold: number } {
  let refused = 0
  let accepted = impostor.total
  for (let bin = 0; bin < BINS; bin++) {
    if (refused / genuine.total >= accepted / impostor.total) return { rate: (refused / genuine.total + accepted / impostor.total) / 2, threshold: edgeOf(bin) }
    refused += genuine.counts[bin] as number
    accepted -= impostor.counts[bin] as number
  }
  return { rate: refused / genuine.total / 2, threshold: 1 }
}
