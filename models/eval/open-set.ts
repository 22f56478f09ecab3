import type { RandomSource } from '#kernel/random.js'
import { fuseTemplates } from '../../gateway/face/templates.js'
import { nearest, verdict, type Candidate, type MatchLimits, type MatchResult } from '../../gateway/face/match.js'
import { indicesByPerson } from './face-set.js'

export const FPIR_TARGETS = [1e-1, 1e-2, 1e-3] as const

/** Faces of a set in one order. A face that was not found is null: it is never enrolled, and a probe of it is a refusal. */
export interface OpenSetFaces {
  readonly persons: readonly string[]
  /** As a gate embeds. */
  readonly probes: ReadonlyArray<Float32Array | null>
  /** As enrolment embeds. */
  readonly enrolled: ReadonlyArray<Float32Array | null>
}

/** Limits of the shipped decision for a gallery of this size. */
export type LimitsFor = (gallerySize: number) => MatchLimits

export interface OpenSetResult {
  readonly templates: number
  readonly gallery: number
  readonly mated: number
  readonly nonMated: number
  readonly rank1: number
  /** Mated probes that were not given their own name, at the lowest threshold that keeps strangers to `fpir`; null with too few strangers. */
  readonly fnirAtFpir: ReadonlyArray<{ readonly fpir: number; readonly fnir: number | null; readonly threshold: number | null }>
  /** The shipped decision on one picture: threshold for this gallery, margin to the second person. */
  readonly shipped: { readonly threshold: number; readonly fnir: number; readonly misidentified: number; readonly fpir: number | null }
}

interface Probe extends MatchResult {
  readonly own: string | null
}

/** How templates and scores come about, where that is not the shipped way. */
export interface Trial {
  readonly fuse: (embeddings: readonly Float32Array[]) => Float32Array[]
  /** The score that counts, from the best person's and from its lead over the second. */
  readonly adjust: (score: number, margin: number) => number
}

const SHIPPED: Trial = { fuse: fuseTemplates, adjust: (score) => score }

/**
 * 1:N among persons that may be absent. Persons with more than `templates` pictures are enrolled with that many and probe with the
 * rest; persons with a single picture are the strangers. The first pictures are enrolled, or random ones where `random` is given.
 */
export function openSet(faces: OpenSetFaces, templates: number, limitsFor: LimitsFor, random?: RandomSource, trial = SHIPPED): OpenSetResult {
  const { gallery, mated, nonMated } = split(faces, templates, random, trial)
  const ask = (index: number, own: string | null): Probe => {
    const face = faces.probes[index]
    const found = face ? nearest(face, gallery) : { gallerySize: gallery.length, personRef: null, score: null, margin: null }
    const score = found.score === null || found.margin === null ? null : trial.adjust(found.score, found.margin)
    return { own, ...found, score }
  }
  const known = mated.map(({ index, own }) => ask(index, own))
  const strangers = nonMated.map((index) => ask(index, null))
  return { templates, gallery: gallery.length, mated: known.length, nonMated: strangers.length, ...rates(known, strangers, limitsFor(gallery.length)) }
}

function split({ persons, enrolled }: OpenSetFaces, templates: number, random: RandomSource | undefined, { fuse }: Trial) {
  const gallery: Candidate[] = []
  const mated: Array<{ index: number; own: string }> = []
  const nonMated: number[] = []
  for (const [person, indices] of indicesByPerson(persons)) {
    if (indices.length === 1) nonMated.push(...indices)
    if (indices.length <= templates) continue
    const order = random === undefined ? indices : shuffled(indices, random)
    const photos = order.slice(0, templates).flatMap((index) => enrolled[index] ?? [])
    if (photos.length > 0) gallery.push({ personRef: person, templates: fuse(photos) })
    for (const index of order.slice(templates)) mated.push({ index, own: person })
  }
  return { gallery, mated, nonMated }
}

/** A copy in random order. @see Durstenfeld, Algorithm 235, 1964 */
export function shuffled<T>(values: readonly T[], random: RandomSource): T[] {
  const out = [...values]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random.float() * (i + 1))
    ;[out[i], out[j]] = [out[j] as T, out[i] as T]
  }
  return out
}

function rates(known: readonly Probe[], strangers: readonly Probe[], limits: ReturnType<LimitsFor>): Pick<OpenSetResult, 'rank1' | 'fnirAtFpir' | 'shipped'> {
  const found = ({ own, personRef }: Probe): boolean => own !== null && personRef === own
  const scores = strangers.map(({ score }) => score ?? -1).sort((a, b) => b - a)
  const part = (count: number, all: readonly Probe[]): number => count / all.length
  const matched = (probe: Probe): boolean => verdict(probe, limits) === 'matched'
  return {
    rank1: part(known.filter(found).length, known),
    fnirAtFpir: FPIR_TARGETS.map((fpir) => {
      // As many strangers may reach the threshold as `allowed`; the next one may not, so it must lie above that one.
      const allowed = Math.floor(fpir * strangers.length)
      const bar = scores[allowed]
      if (allowed < 1 || bar === undefined) return { fpir, fnir: null, threshold: null }
      return { fpir, fnir: part(known.filter((probe) => !(found(probe) && (probe.score ?? -1) > bar)).length, known), threshold: bar }
    }),
    shipped: {
      threshold: limits.matchThreshold,
      fnir: part(known.filter((probe) => !(found(probe) && matched(probe))).length, known),
      misidentified: part(known.filter((probe) => !found(probe) && matched(probe)).length, known),
      fpir: strangers.length === 0 ? null : part(strangers.filter(matched).length, strangers),
    },
  }
}
