import type { RandomSource } from '#kernel/random.js'
import { nearest, verdict, type Candidate } from '../../gateway/face/match.js'
import { fuseTemplates } from '../../gateway/face/templates.js'
import { fusedEmbedding } from '../../gateway/face/track.js'
import { indicesByPerson } from './face-set.js'
import { shuffled, type LimitsFor, type OpenSetFaces } from './open-set.js'
import { upperBound } from './proportion.js'

export interface PassageOptions {
  /** Persons enrolled; fewer where the set has fewer. */
  readonly gallery: number
  readonly templates: number
  /** Pictures of one passage, at most. */
  readonly frames: number
  /** Random galleries. */
  readonly draws: number
}

export interface PassageResult extends PassageOptions {
  readonly threshold: number
  /** Passages of enrolled persons, over all draws. */
  readonly residents: number
  readonly residentsRefused: number
  readonly refusedRate: number
  /** Taken for somebody else. */
  readonly misidentified: number
  /** Passages of persons who are not enrolled, over all draws; and how many different persons that were. */
  readonly strangers: number
  readonly strangerPersons: number
  readonly strangersAccepted: number
  /** Who was taken for whom, how often: duplicate and wrong labels of the set are among them. */
  readonly accepted: ReadonlyArray<{ readonly stranger: string; readonly as: string; readonly times: number }>
  /** Upper end of the 95 % interval of the rate, as if each stranger had come once. */
  readonly acceptedRateMax: number
}

type Answer = 'nobody' | { readonly personRef: string }

/**
 * Whole passages at the shipped decision: after each picture the pictures so far are fused as at a gate and compared with the gallery,
 * until one suffices. The pictures of LFW differ more than the frames of one passage do. Liveness is not asked.
 */
export function passages(faces: OpenSetFaces, options: PassageOptions, limitsFor: LimitsFor, random: RandomSource): PassageResult {
  const counts = { residents: 0, residentsRefused: 0, misidentified: 0, strangers: 0, strangersAccepted: 0 }
  const strangerPersons = new Set<string>()
  const accepted = new Map<string, { stranger: string; as: string; times: number }>()
  let threshold = Number.NaN
  for (let draw = 0; draw < options.draws; draw++) {
    const { gallery, residents, strangers } = cast(faces, options, random)
    const limits = limitsFor(gallery.length)
    threshold = limits.matchThreshold
    for (const { own, frames } of residents) {
      const answer = pass(frames, gallery, limits)
      counts.residents += 1
      if (answer === 'nobody') counts.residentsRefused += 1
      else if (answer.personRef !== own) counts.misidentified += 1
    }
    for (const { own, frames } of strangers) {
      strangerPersons.add(own)
      counts.strangers += 1
      const answer = pass(frames, gallery, limits)
      if (answer === 'nobody') continue
      counts.strangersAccepted += 1
      const key = `${own}\n${answer.personRef}`
      accepted.set(key, { stranger: own, as: answer.personRef, times: (accepted.get(key)?.times ?? 0) + 1 })
    }
  }
  const persons = strangerPersons.size
  return {
    ...options, ...counts, threshold,
    refusedRate: counts.residentsRefused / counts.residents,
    strangerPersons: persons,
    accepted: [...accepted.values()].sort((a, b) => b.times - a.times),
    acceptedRateMax: upperBound(Math.ceil((counts.strangersAccepted / counts.strangers) * persons), persons),
  }
}

interface Passer {
  readonly own: string
  readonly frames: readonly Float32Array[]
}

/** Who is enrolled and who comes. Residents have pictures left after enrolment; the gallery is filled up with others, who do not come. */
function cast({ persons, probes, enrolled }: OpenSetFaces, options: PassageOptions, random: RandomSource) {
  const all = shuffled([...indicesByPerson(persons)].map(([person, indices]) => ({ person, indices: shuffled(indices, random) })), random)
  const withRest = all.filter(({ indices }) => indices.length > options.templates)
  const others = all.filter(({ indices }) => indices.length <= options.templates)
  const inside = [...withRest, ...others].slice(0, options.gallery)
  const outside = [...withRest, ...others].slice(options.gallery)
  const framesOf = (indices: readonly number[]): Float32Array[] => indices.flatMap((index) => probes[index] ?? []).slice(0, options.frames)
  const gallery: Candidate[] = inside.flatMap(({ person, indices }) => {
    const photos = indices.slice(0, options.templates).flatMap((index) => enrolled[index] ?? [])
    return photos.length === 0 ? [] : [{ personRef: person, templates: fuseTemplates(photos) }]
  })
  const residents: Passer[] = inside.filter(({ indices }) => indices.length > options.templates)
    .map(({ person, indices }) => ({ own: person, frames: framesOf(indices.slice(options.templates)) }))
  const strangers: Passer[] = outside.map(({ person, indices }) => ({ own: person, frames: framesOf(indices) }))
  return { gallery, residents, strangers }
}

function pass(frames: readonly Float32Array[], gallery: readonly Candidate[], limits: ReturnType<LimitsFor>): Answer {
  for (let count = 1; count <= frames.length; count++) {
    const face = fusedEmbedding(frames.slice(0, count).map((embedding) => ({ logOdds: null, embedding })))
    const found = nearest(face, gallery)
    if (found.personRef !== null && verdict(found, limits) === 'matched') return { personRef: found.personRef }
  }
  return 'nobody'
}
