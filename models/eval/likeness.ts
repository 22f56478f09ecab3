import type { FaceSettings } from '../../gateway/face/manifest-schema.js'
import { cosine, nearest, verdict, withLookAlikes, type MatchLimits } from '../../gateway/face/match.js'
import { duplicateFrom } from '../../gateway/face/resemblance.js'
import { fuseTemplates } from '../../gateway/face/templates.js'
import { limitsFor } from '../../gateway/face/threshold.js'
import { fusedEmbedding } from '../../gateway/face/track.js'
import { indicesByPerson } from './face-set.js'
import type { OpenSetFaces } from './open-set.js'

/** Persons enrolled, at whose number the duplicate rule is measured. */
const GALLERIES = [1_000, 10_000]
/** Pictures of the first and of the second enrolment. */
const ENROLMENTS = [[1, 1], [1, 3], [3, 3]] as const
const FRAMES = 5
/** Passages are tried for pairs from here on: of those from the shipped cosine on there are too few. */
const GATE_PAIRS_FROM = 0.4
export const HIGHER_BY = 0.05

/** What the rule of enrolment takes pairs of enrolments for. */
export interface Taken {
  readonly pairs: number
  readonly duplicates: number
  readonly lookAlikes: number
}

export interface LikenessReport {
  readonly rows: ReadonlyArray<{
    readonly gallery: number
    readonly duplicateFrom: number
    readonly pictures: readonly [number, number]
    /** Disjoint pictures of one person; of each two persons the first ones, null where the counts differ: both are asked alike. */
    readonly onePerson: Taken
    readonly twoPersons: Taken | null
  }>
  readonly gate: readonly GateLikeness[]
}

/** Under the usual rule, with the larger lead over look-alikes, and with a higher threshold in its place. */
export type Choice<T> = Readonly<Record<'usual' | 'lead' | 'higher', T>>

/** Passages at a gate of people who have a look-alike: as themselves, and as the other, who alone may pass there. */
export interface GateLikeness {
  readonly templates: number
  readonly residents: number
  readonly refused: Choice<number>
  readonly strangers: number
  readonly letIn: Choice<number>
}

export function likeness(faces: OpenSetFaces, settings: FaceSettings): LikenessReport {
  const photos = [...indicesByPerson(faces.persons).values()].map((indices) => indices.flatMap((index) => faces.enrolled[index] ?? []))
  const templates = (count: number): Float32Array[] => photos.flatMap((own) => (own.length < count ? [] : fuseTemplates(own.slice(0, count))))
  const rows = ENROLMENTS.map(([first, second]) => ({
    pictures: [first, second] as const,
    onePerson: photos.flatMap((own) => againstOneself(own, first, second)),
    twoPersons: first === second ? againstOthers(templates(first)) : null,
  }))
  return {
    rows: GALLERIES.flatMap((gallery) => rows.map(({ pictures, onePerson, twoPersons }) => {
      const from = duplicateFrom(gallery, settings)
      const taken = (scores: readonly number[]): Taken => {
        const duplicates = scores.filter((score) => score >= from).length
        return { pairs: scores.length, duplicates, lookAlikes: scores.filter((score) => score >= settings.lookAlikeMin).length - duplicates }
      }
      return { gallery, duplicateFrom: from, pictures, onePerson: taken(onePerson), twoPersons: twoPersons && taken(twoPersons) }
    })),
    gate: [1, 3].map((templates) => gateOf(faces, templates, settings)),
  }
}

function againstOneself(photos: readonly Float32Array[], first: number, second: number): number[] {
  const scores: number[] = []
  for (let start = 0; start + first + second <= photos.length; start += first + second) {
    const [one, other] = [photos.slice(start, start + first), photos.slice(start + first, start + first + second)].map(fuseTemplates)
    scores.push(cosine(one?.[0] as Float32Array, other?.[0] as Float32Array))
  }
  return scores
}

function againstOthers(templates: readonly Float32Array[]): number[] {
  return templates.flatMap((one, index) => templates.slice(0, index).map((other) => cosine(one, other)))
}

/** Everybody is enrolled with the first pictures, up to `templates`, and comes with the others. */
function gateOf({ persons, probes, enrolled }: OpenSetFaces, templates: number, settings: FaceSettings): GateLikeness {
  const people = [...indicesByPerson(persons).values()].flatMap((indices) => {
    const [template] = fuseTemplates(indices.slice(0, templates).flatMap((index) => enrolled[index] ?? []))
    const seen = indices.slice(templates).flatMap((index) => probes[index] ?? []).slice(0, FRAMES).map((embedding) => ({ logOdds: null, embedding }))
    return template ? [{ template, looks: seen.map((_, index) => fusedEmbedding(seen.slice(0, index + 1))) }] : []
  })
  const limits = limitsFor(1, settings)
  const higher = { ...limits, matchThreshold: limits.matchThreshold + HIGHER_BY }
  const answers = (looks: readonly Float32Array[], own: Float32Array, rivals: readonly Float32Array[]): Choice<boolean> => {
    const passes = (bars: MatchLimits, others: readonly Float32Array[]): boolean => looks.some((face) =>
      verdict(withLookAlikes(nearest(face, [{ personRef: 'own', templates: [own] }]), others.map((rival) => cosine(face, rival))), bars) === 'matched')
    return { usual: passes(limits, []), lead: passes(limits, rivals), higher: passes(higher, []) }
  }
  const residents: Choice<boolean>[] = []
  const strangers: Choice<boolean>[] = []
  for (const [index, { template, looks }] of people.entries()) {
    const alike = people.filter((other, place) => place !== index && isPair(cosine(template, other.template), settings))
    const rivals = alike.map((other) => other.template)
    if (rivals.length > 0 && looks.length > 0) residents.push(answers(looks, template, rivals))
    for (const other of alike) if (other.looks.length > 0) strangers.push(answers(other.looks, template, rivals))
  }
  const count = (all: readonly Choice<boolean>[], letIn: boolean): Choice<number> => ({
    usual: all.filter(({ usual }) => usual === letIn).length, lead: all.filter(({ lead }) => lead === letIn).length,
    higher: all.filter(({ higher: answer }) => answer === letIn).length,
  })
  return { templates, residents: residents.length, refused: count(residents, false), strangers: strangers.length, letIn: count(strangers, true) }
}

/** Those who count as one person are left out: they are wrong labels of the set, or would need a manager's word. */
const isPair = (score: number, settings: FaceSettings): boolean => score >= GATE_PAIRS_FROM && score < duplicateFrom(GALLERIES[1] as number, settings)
