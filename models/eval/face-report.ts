import { createHash } from 'node:crypto'
import type { RandomSource } from '#kernel/random.js'
import type { FaceSettings } from '../../gateway/face/manifest-schema.js'
import { ablation, type AblationRow } from './ablation.js'
import type { FaceSet } from './face-set.js'
import type { Look } from './look.js'
import { likeness, type LikenessReport } from './likeness.js'
import { openSet, type LimitsFor, type OpenSetFaces, type OpenSetResult } from './open-set.js'
import { pairsProtocol, type ListedPair, type PairsResult } from './pairs-protocol.js'
import { passages, type PassageOptions, type PassageResult } from './passages.js'
import { fitTail, type TailFit } from './tail-fit.js'
import type { RecipeName } from './recipes.js'
import { verification, type Verification } from './verification.js'

export interface FaceReport {
  readonly set: string
  readonly images: number
  readonly persons: number
  readonly ignoredFiles: number
  /** Pictures without a face, with why; and pictures with more than one, of which one was chosen. */
  readonly failedToDetect: number
  readonly failures: ReadonlyArray<{ readonly image: string; readonly reason: string }>
  readonly severalFaces: number
  readonly verification: Verification
  /** Pairs across sessions only, where file names tell the session. */
  readonly acrossSessions: Verification | null
  readonly openSet: readonly OpenSetResult[]
  /** Means over random choices of the enrolled pictures: steadier than one choice. */
  readonly openSetDrawn: readonly OpenSetResult[]
  /** With one template and with several, on one picture and on several. */
  readonly passages: readonly PassageResult[]
  readonly pairs: PairsResult | null
  readonly tail: TailFit | null
  readonly ablations: readonly AblationRow[] | null
  readonly likeness: LikenessReport | null
}

export interface ReportOptions {
  /** Template counts of the open-set trials. */
  readonly templates: readonly number[]
  readonly draws: number
  readonly passages: Omit<PassageOptions, 'templates'>
  readonly pairs: readonly ListedPair[] | undefined
  readonly sessionOf: ((file: string) => string | undefined) | undefined
  readonly tail: boolean
  readonly ablations: boolean
  /** Settings that the rules about duplicates and look-alikes are measured at; null leaves them out. */
  readonly likeness: FaceSettings | null
}

/** Of all pictures by recipe; the shipped ones are always there. */
export type Looks = Partial<Record<RecipeName, readonly Look[]>> & { readonly gate: readonly Look[]; readonly enrol: readonly Look[] }

/** All figures of one set from its looks, which come in the order of its pictures. */
export function faceReport(
  set: FaceSet, looks: Looks, options: ReportOptions, limitsFor: LimitsFor, randomOf: () => RandomSource,
): FaceReport {
  const persons = set.images.map(({ person }) => person)
  const faces: OpenSetFaces = { persons, probes: looks.gate.map(({ embedding }) => embedding), enrolled: looks.enrol.map(({ embedding }) => embedding) }
  const found = set.images.flatMap((image, index) => {
    const embedding = looks.gate[index]?.embedding
    return embedding ? [{ ...image, embedding }] : []
  })
  const labelled = { embeddings: found.map(({ embedding }) => embedding), persons: found.map(({ person }) => person) }
  const sessions = found.map(({ name }) => options.sessionOf?.(name))
  const usable = options.templates.filter((count) => hasMoreThan(persons, count))
  return {
    set: set.name,
    images: set.images.length,
    persons: new Set(persons).size,
    ignoredFiles: set.ignored.length,
    failedToDetect: set.images.length - found.length,
    failures: set.images.flatMap(({ name }, index) => (looks.gate[index]?.failure ? [{ image: name, reason: looks.gate[index].failure }] : [])),
    severalFaces: looks.gate.filter(({ faces: count }) => count > 1).length,
    verification: verification(labelled),
    acrossSessions: sessions.every((session) => session !== undefined) ? verification({ ...labelled, sessions }) : null,
    openSet: usable.map((count) => openSet(faces, count, limitsFor)),
    openSetDrawn: options.draws === 0 ? [] : usable.map((count) =>
      meanOf(Array.from({ length: options.draws }, oneOf(randomOf(), (random) => openSet(faces, count, limitsFor, random))))),
    passages: usable.flatMap((templates) => [...new Set([1, options.passages.frames])].map((frames) => ({ ...options.passages, templates, frames })))
      .filter(({ draws }) => draws > 0).map((trial) => passages(faces, trial, limitsFor, randomOf())),
    pairs: options.pairs === undefined ? null : pairsProtocol(options.pairs, embeddingByName(set, looks.gate)),
    ablations: options.ablations ? ablation({ persons, half: halfOf, embeddings: embeddingsOf(looks) }, options.draws, randomOf) : null,
    likeness: options.likeness && likeness(faces, options.likeness),
    tail: options.tail ? fitTail(faces, options.passages.frames, randomOf()) : null,
  }
}

/** Halves of the persons, by their names alone. */
const halfOf = (person: string): 0 | 1 => ((createHash('sha256').update(person).digest()[0] ?? 0) & 1 ? 1 : 0)

const embeddingsOf = (looks: Looks): Record<string, Array<Float32Array | null>> =>
  Object.fromEntries(Object.entries(looks).map(([recipe, seen]) => [recipe, (seen ?? []).map(({ embedding }) => embedding)]))

const oneOf = <T>(random: RandomSource, make: (random: RandomSource) => T) => (): T => make(random)

function hasMoreThan(persons: readonly string[], count: number): boolean {
  const counts = new Map<string, number>()
  for (const person of persons) counts.set(person, (counts.get(person) ?? 0) + 1)
  return [...counts.values()].some((pictures) => pictures > count)
}

function embeddingByName(set: FaceSet, looks: readonly Look[]) {
  const byName = new Map(set.images.map(({ name }, index) => [name.replace(/\.[^./]+$/, ''), looks[index]?.embedding ?? null]))
  return (name: string): Float32Array | null | undefined => byName.get(name)
}

/** Every number as its mean; counts of a trial are the same in all draws. */
function meanOf(results: readonly OpenSetResult[]): OpenSetResult {
  const [first] = results as [OpenSetResult]
  const mean = (pick: (result: OpenSetResult) => number): number => results.reduce((sum, result) => sum + pick(result), 0) / results.length
  return {
    ...first,
    rank1: mean(({ rank1 }) => rank1),
    fnirAtFpir: first.fnirAtFpir.map(({ fpir, fnir }, index) => (fnir === null ? { fpir, fnir, threshold: null } : {
      fpir,
      fnir: mean((result) => result.fnirAtFpir[index]?.fnir ?? Number.NaN),
      threshold: mean((result) => result.fnirAtFpir[index]?.threshold ?? Number.NaN),
    })),
    shipped: {
      threshold: first.shipped.threshold,
      fnir: mean(({ shipped }) => shipped.fnir),
      misidentified: mean(({ shipped }) => shipped.misidentified),
      fpir: first.shipped.fpir === null ? null : mean(({ shipped }) => shipped.fpir ?? Number.NaN),
    },
  }
}
