/** One person of a set, with all templates. */
export interface Candidate {
  readonly personRef: string
  readonly templates: readonly Float32Array[]
}

export interface MatchResult {
  /** Persons compared with. */
  readonly gallerySize: number
  /** The nearest person, null in an empty set. */
  readonly personRef: string | null
  /** Cosine to that person's best template. */
  readonly score: number | null
  /**
   * By how much it beats every other person's best; 2, the whole range of a cosine, where there is no other. Those who look like the person count
   * as others even outside the set: below 0 one of them is nearer.
   */
  readonly margin: number | null
  /** There where somebody looks like the person: a larger margin is needed. */
  readonly lookAlike?: true
}

/** Exact search over all templates of the set. `embedding` and templates have length one. */
export function nearest(embedding: Float32Array, candidates: readonly Candidate[]): MatchResult {
  let personRef: string | null = null
  let best = -Infinity
  let second = -Infinity
  for (const candidate of candidates) {
    let score = -Infinity
    for (const template of candidate.templates) score = Math.max(score, cosine(embedding, template))
    if (score > best) {
      second = best
      best = score
      personRef = candidate.personRef
    } else if (score > second) {
      second = score
    }
  }
  if (personRef === null) return { gallerySize: candidates.length, personRef, score: null, margin: null }
  return { gallerySize: candidates.length, personRef, score: best, margin: second === -Infinity ? 2 : best - second }
}

/** What a match must reach. */
export interface MatchLimits {
  readonly matchThreshold: number
  readonly marginMin: number
  /** The least for a person who has look-alikes. */
  readonly lookAlikeMarginMin: number
}

export type MatchVerdict = 'matched' | 'not-recognised' | 'ambiguous'

/** A face is nobody's below the threshold, and two persons' where the second is as near as `marginMin`. */
export function verdict({ score, margin, lookAlike }: MatchResult, limits: MatchLimits): MatchVerdict {
  if (score === null || margin === null || !(score >= limits.matchThreshold)) return 'not-recognised'
  return margin < Math.max(limits.marginMin, lookAlike ? limits.lookAlikeMarginMin : 0) ? 'ambiguous' : 'matched'
}

/** The result with the nearest person's look-alikes as rivals. @param rivals cosines of the face to each of them */
export function withLookAlikes(found: MatchResult, rivals: readonly number[]): MatchResult {
  const { score, margin } = found
  if (rivals.length === 0 || score === null || margin === null) return found
  return { ...found, margin: Math.min(margin, score - Math.max(...rivals)), lookAlike: true }
}

/** Cosine of two vectors of length one; float rounding may not carry it out of −1 to 1. */
export const cosine = (a: Float32Array, b: Float32Array): number => Math.max(-1, Math.min(1, dot(a, b)))

/** Four sums side by side, since one would wait for itself at every addition. */
function dot(a: Float32Array, b: Float32Array): number {
  let [s, t, u, v] = [0, 0, 0, 0]
  const whole = a.length - (a.length % 4)
  for (let i = 0; i < whole; i += 4) {
    s += (a[i] as number) * (b[i] as number)
    t += (a[i + 1] as number) * (b[i + 1] as number)
    u += (a[i + 2] as number) * (b[i + 2] as number)
    v += (a[i + 3] as number) * (b[i + 3] as number)
  }
  for (let i = whole; i < a.length; i++) s += (a[i] as number) * (b[i] as number)
  return s + t + u + v
}
