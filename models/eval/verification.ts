import { binForRate, createScoreHistogram, edgeOf, equalErrorRate, partFrom, type ScoreHistogram } from './score-histogram.js'

export const FAR_TARGETS = [1e-2, 1e-3, 1e-4, 1e-5] as const

export interface Verification {
  readonly genuinePairs: number
  readonly impostorPairs: number
  /** Null where there are no pairs of one kind. */
  readonly eer: number | null
  readonly eerThreshold: number | null
  /** Null where there are too few impostor pairs to say it: less than one may pass. */
  readonly tarAtFar: ReadonlyArray<{ readonly far: number } & ({ readonly tar: number; readonly threshold: number } | { readonly tar: null; readonly threshold: null })>
}

export interface LabelledFaces {
  /** Rows of unit length. */
  readonly embeddings: readonly Float32Array[]
  readonly persons: readonly string[]
  /** Where two pictures of one person of the same session say too little; undefined compares all. */
  readonly sessions?: readonly string[]
}

/** Scores of all pairs of different pictures, once each. */
export function allPairs({ embeddings, persons, sessions }: LabelledFaces): { genuine: ScoreHistogram; impostor: ScoreHistogram } {
  const genuine = createScoreHistogram()
  const impostor = createScoreHistogram()
  const size = embeddings[0]?.length ?? 0
  const flat = new Float32Array(embeddings.length * size)
  embeddings.forEach((embedding, row) => flat.set(embedding, row * size))
  for (let i = 1; i < embeddings.length; i++) {
    for (let j = 0; j < i; j++) {
      const same = persons[i] === persons[j]
      if (same && sessions !== undefined && sessions[i] === sessions[j]) continue
      ;(same ? genuine : impostor).add(dotOfRows(flat, i * size, j * size, size))
    }
  }
  return { genuine, impostor }
}

/** Four sums side by side: one alone would wait for itself. */
function dotOfRows(flat: Float32Array, a: number, b: number, size: number): number {
  let [s, t, u, v] = [0, 0, 0, 0]
  let k = 0
  for (; k + 3 < size; k += 4) {
    s += (flat[a + k] as number) * (flat[b + k] as number)
    t += (flat[a + k + 1] as number) * (flat[b + k + 1] as number)
    u += (flat[a + k + 2] as number) * (flat[b + k + 2] as number)
    v += (flat[a + k + 3] as number) * (flat[b + k + 3] as number)
  }
  for (; k < size; k++) s += (flat[a + k] as number) * (flat[b + k] as number)
  return s + t + u + v
}

/** 1:1 figures over all pairs. A score equal to the threshold is accepted, as at a gate. */
export function verification(faces: LabelledFaces): Verification {
  const { genuine, impostor } = allPairs(faces)
  const comparable = genuine.total > 0 && impostor.total > 0
  const equal = comparable ? equalErrorRate(genuine, impostor) : undefined
  return {
    genuinePairs: genuine.total,
    impostorPairs: impostor.total,
    eer: equal?.rate ?? null,
    eerThreshold: equal?.threshold ?? null,
    tarAtFar: FAR_TARGETS.map((far) => {
      if (!comparable || far * impostor.total < 1) return { far, tar: null, threshold: null }
      const bin = binForRate(impostor, far)
      return { far, tar: partFrom(genuine, bin), threshold: edgeOf(bin) }
    }),
  }
}
