import { cosine } from '../../gateway/face/match.js'
import { modelError } from '../errors.js'

/** One pair of the list, by picture names `<person>/<person>_<number>`, without extension. */
export interface ListedPair {
  readonly fold: number
  readonly a: string
  readonly b: string
  readonly same: boolean
}

export interface PairsResult {
  readonly folds: number
  readonly pairs: number
  /** Pairs with a picture that is not in the set, or in which no face was found: the latter count as errors. */
  readonly absent: number
  readonly undetected: number
  /** Mean of the folds, each decided with the threshold that is best on the other folds. */
  readonly accuracy: number
  /** Standard error of that mean. */
  readonly standardError: number
  readonly threshold: number
}

/**
 * The list of LFW: a head "folds pairs", then in each fold so many lines "name i j" of one person and as many
 * "name i name j" of two. @see Huang et al., Labeled Faces in the Wild, 2007, §IV
 * @throws MD_SET naming the line
 */
export function parsePairs(text: string): ListedPair[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '')
  const [folds = 0, perKind = 0] = (lines[0] ?? '').split(/\s+/).map(Number)
  const wrong = (line: number, reason: string) => modelError('MD_SET', { line: line + 1, reason })
  if (!(Number.isSafeInteger(folds) && Number.isSafeInteger(perKind) && folds >= 2 && perKind >= 1)) throw wrong(0, 'is not "folds pairs", such as "10 300"')
  if (lines.length !== 1 + folds * perKind * 2) throw wrong(lines.length, `the list has ${lines.length - 1} pairs, its head says ${folds * perKind * 2}`)
  return lines.slice(1).map((line, index) => {
    const [name = '', first, second, third] = line.split(/\s+/)
    const same = third === undefined
    const [otherName, numbers] = same ? [name, [first, second]] : [second ?? '', [first, third]]
    const [i, j] = numbers.map((number) => (/^\d{1,6}$/.test(number ?? '') ? String(number).padStart(4, '0') : undefined))
    if (i === undefined || j === undefined) throw wrong(index + 1, 'is neither "name i j" nor "name i name j"')
    return { fold: Math.floor(index / (perKind * 2)), a: `${name}/${name}_${i}`, b: `${otherName}/${otherName}_${j}`, same }
  })
}

/** @param faceOf embedding by picture name without extension; null where no face was found, undefined where there is no such picture */
export function pairsProtocol(listed: readonly ListedPair[], faceOf: (name: string) => Float32Array | null | undefined): PairsResult {
  const present = listed.flatMap((pair) => {
    const [a, b] = [faceOf(pair.a), faceOf(pair.b)]
    return a === undefined || b === undefined ? [] : [{ ...pair, score: a === null || b === null ? null : cosine(a, b) }]
  })
  const folds = [...new Set(present.map(({ fold }) => fold))]
  const thresholds: number[] = []
  const accuracies = folds.map((fold) => {
    const threshold = bestThreshold(present.filter((pair) => pair.fold !== fold))
    thresholds.push(threshold)
    const mine = present.filter((pair) => pair.fold === fold)
    return mine.filter(({ score, same }) => score !== null && (score >= threshold) === same).length / mine.length
  })
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const accuracy = mean(accuracies)
  const variance = accuracies.reduce((sum, value) => sum + (value - accuracy) ** 2, 0) / (accuracies.length - 1)
  return {
    folds: folds.length,
    pairs: present.length,
    absent: listed.length - present.length,
    undetected: present.filter(({ score }) => score === null).length,
    accuracy,
    standardError: Math.sqrt(variance / accuracies.length),
    threshold: mean(thresholds),
  }
}

/** In the middle between the two scores where most pairs are told right. */
function bestThreshold(pairs: ReadonlyArray<{ score: number | null; same: boolean }>): number {
  const scored = pairs.flatMap(({ score, same }) => (score === null ? [] : [{ score, same }])).sort((a, b) => a.score - b.score)
  let right = scored.filter(({ same }) => same).length
  let best = { right, threshold: (scored[0]?.score ?? 0) - 1e-6 }
  scored.forEach(({ score, same }, index) => {
    right += same ? -1 : 1
    const next = scored[index + 1]?.score ?? score + 2e-6
    if (right > best.right && next > score) best = { right, threshold: (score + next) / 2 }
  })
  return best.threshold
}
