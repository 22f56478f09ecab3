/**
 * Cosine below which two photos given for one person count as two persons. The 1:1 threshold of the shipped nets,
 * LFW false accepts at most 1 in 10 000; a door's threshold is higher, for it compares with many.
 */
export const SAME_PERSON_MIN = 0.42

/** Cosine of two L2-normalised embeddings of one length. */
export function cosine(one: Float32Array, other: Float32Array): number {
  let sum = 0
  for (let i = 0; i < one.length; i++) sum += (one[i] as number) * (other[i] as number)
  return sum
}

/** The first pair of photos (counted from 1) that do not show one person, with its cosine; undefined where all agree. */
export function disagreement(embeddings: readonly Float32Array[]): { photos: readonly [number, number]; cosine: number } | undefined {
  for (let i = 0; i < embeddings.length; i++) {
    for (let j = i + 1; j < embeddings.length; j++) {
      const value = cosine(embeddings[i] as Float32Array, embeddings[j] as Float32Array)
      if (value < SAME_PERSON_MIN) return { photos: [i + 1, j + 1], cosine: value }
    }
  }
  return undefined
}
