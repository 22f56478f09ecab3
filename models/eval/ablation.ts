import type { RandomSource } from '#kernel/random.js'
import { normalised } from '../../gateway/face/embed.js'
import { fuseTemplates } from '../../gateway/face/templates.js'
import { indicesByPerson } from './face-set.js'
import { openSet, type OpenSetFaces, type Trial } from './open-set.js'
import type { RecipeName } from './recipes.js'
import { verification } from './verification.js'

/** One change, measured on all persons and on two halves of them: what is chosen on one half must hold on the other. */
export interface AblationRow {
  readonly change: string
  /** Runs of the embedding net at a gate and at enrolment, for one picture. */
  readonly runs: readonly [number, number]
  readonly shipped: boolean
  readonly tarAtFar4: Halves
  /** Mean over draws of the enrolled pictures, strangers kept to 1 in 100: one picture enrolled, and three. */
  readonly fnirOne: Halves
  readonly fnirThree: Halves
}

export interface Halves {
  readonly all: number
  readonly first: number
  readonly second: number
}

interface Variant {
  readonly change: string
  readonly gate: readonly RecipeName[]
  readonly enrol: readonly RecipeName[]
  readonly trial?: Partial<Trial>
  /** Subtracts the mean embedding of the first half's persons. */
  readonly centred?: true
  readonly shipped?: true
}

const best = (embeddings: readonly Float32Array[]): Float32Array[] => [...embeddings]
const sameBoth = (change: string, ...recipes: RecipeName[]): Variant => ({ change, gate: recipes, enrol: recipes })

const VARIANTS: readonly Variant[] = [
  { change: 'best of the templates in place of their mean', gate: ['gate'], enrol: ['gate'], trial: { fuse: best } },
  sameBoth('mean of the templates', 'gate'),
  { change: 'and the mirror image at enrolment', gate: ['gate'], enrol: ['enrol'], shipped: true },
  { change: 'and two sizes at enrolment', gate: ['gate'], enrol: ['enrol', 'small', 'large'] },
  { change: 'mirror image at the gate too', gate: ['enrol'], enrol: ['enrol'] },
  { change: 'three sizes at the gate and at enrolment', gate: ['small', 'gate', 'large'], enrol: ['small', 'gate', 'large'] },
  { change: 'score less 0.3 of the second person\'s', gate: ['gate'], enrol: ['enrol'], trial: { adjust: (score, margin) => score - 0.3 * (score - margin) } },
  { change: 'mean embedding of other persons subtracted', gate: ['gate'], enrol: ['enrol'], centred: true },
  sameBoth('face 5 % smaller in the crop', 'small'),
  sameBoth('face 5 % larger in the crop', 'large'),
  sameBoth('picture without colour', 'grey'),
  sameBoth('landmarks from a crop 10 % wider', 'landmark-wide'),
  sameBoth('landmarks from a crop 10 % tighter', 'landmark-tight'),
  sameBoth('landmarks again, from a crop laid around the first', 'landmark-twice'),
  sameBoth('landmarks averaged with those of the mirror image', 'landmark-mirror'),
  sameBoth('landmarks averaged over seven crops', 'landmark-seven'),
]

/** Recipes that some row needs. */
export const ABLATION_RECIPES: readonly RecipeName[] = [...new Set(VARIANTS.flatMap(({ gate, enrol }) => [...gate, ...enrol]))]

export interface AblationFaces {
  readonly persons: readonly string[]
  readonly half: (person: string) => 0 | 1
  readonly embeddings: Readonly<Record<string, ReadonlyArray<Float32Array | null>>>
}

/** Measures every row. Galleries and draws are the same for all. */
export function ablation(faces: AblationFaces, draws: number, randomOf: () => RandomSource): AblationRow[] {
  return VARIANTS.map((variant) => {
    const made = prepared(faces, variant)
    const over = (measure: (part: OpenSetFaces) => number): Halves => ({ all: measure(made), first: measure(halfOf(made, faces, 0)), second: measure(halfOf(made, faces, 1)) })
    const trial: Trial = { fuse: fuseTemplates, adjust: (score) => score, ...variant.trial }
    const fnir = (part: OpenSetFaces, templates: number): number => {
      const random = randomOf()
      const results = Array.from({ length: draws }, () => openSet(part, templates, () => ({ matchThreshold: 1, marginMin: 0, lookAlikeMarginMin: 0 }), random, trial))
      return results.reduce((sum, { fnirAtFpir }) => sum + (fnirAtFpir[1]?.fnir ?? Number.NaN), 0) / draws
    }
    return {
      change: variant.change,
      runs: [runsOf(variant.gate), runsOf(variant.enrol)],
      shipped: variant.shipped === true,
      tarAtFar4: over(tarAtFar4),
      fnirOne: over((part) => fnir(part, 1)),
      fnirThree: over((part) => fnir(part, 3)),
    }
  })
}

const runsOf = (recipes: readonly RecipeName[]): number => recipes.reduce((sum, name) => sum + (name === 'enrol' ? 2 : 1), 0)

function tarAtFar4({ persons, probes }: OpenSetFaces): number {
  const found = probes.flatMap((embedding, index) => (embedding ? [{ embedding, person: persons[index] as string }] : []))
  const { tarAtFar } = verification({ embeddings: found.map(({ embedding }) => embedding), persons: found.map(({ person }) => person) })
  return tarAtFar.find(({ far }) => far === 1e-4)?.tar ?? Number.NaN
}

function prepared({ persons, embeddings, half }: AblationFaces, { gate, enrol, centred }: Variant): OpenSetFaces {
  const sumOf = (recipes: readonly RecipeName[], index: number): Float32Array | null => {
    const parts = recipes.map((name) => embeddings[name]?.[index] ?? null)
    return parts.every((part) => part !== null) ? meanDirection(parts) : null
  }
  const made = { persons, probes: persons.map((_, index) => sumOf(gate, index)), enrolled: persons.map((_, index) => sumOf(enrol, index)) }
  if (centred === undefined) return made
  const others = [...indicesByPerson(persons)].flatMap(([person, [first]]) => (half(person) === 0 && first !== undefined ? made.probes[first] ?? [] : []))
  const mean = Float32Array.from(others[0] ?? [], (_, index) => meanAt(others, index))
  const centre = (embedding: Float32Array | null): Float32Array | null => embedding && (normalised(embedding.map((value, i) => value - (mean[i] as number))) ?? null)
  return { persons, probes: made.probes.map(centre), enrolled: made.enrolled.map(centre) }
}

const meanAt = (vectors: readonly Float32Array[], index: number): number => vectors.reduce((sum, vector) => sum + (vector[index] as number), 0) / vectors.length
const meanDirection = (vectors: readonly Float32Array[]): Float32Array | null =>
  vectors.length === 1 ? vectors[0] ?? null : normalised(Float32Array.from(vectors[0] ?? [], (_, index) => meanAt(vectors, index))) ?? null

function halfOf({ persons, probes, enrolled }: OpenSetFaces, { half }: AblationFaces, wanted: 0 | 1): OpenSetFaces {
  const kept = persons.flatMap((person, index) => (half(person) === wanted ? [index] : []))
  return { persons: kept.map((index) => persons[index] as string), probes: kept.map((index) => probes[index] ?? null), enrolled: kept.map((index) => enrolled[index] ?? null) }
}
