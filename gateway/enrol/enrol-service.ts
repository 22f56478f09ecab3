import type { Clock } from '#kernel/clock.js'
import type { Exclusive } from '#kernel/exclusive.js'
import { LIMITS } from '#kernel/limits.js'
import type { FaceEngine, FaceRefusal, Resemblance } from '../face/types.js'
import type { GatewayStore, RosterPerson } from '../store/types.js'
import { consentOf } from './consent-rules.js'
import { disagreement } from './enrol-rules.js'
import type { Likeness, TemplateKeeper } from './template-keeper.js'

export type EnrolRefusal =
  | 'no-photo' | 'too-many-photos' | 'photo-too-large' | 'unknown-person' | 'no-consent' | 'photos-disagree' | 'duplicate' | FaceRefusal

/** What came of an enrolment. Refused means that nothing was stored. */
export type EnrolResult =
  | {
    readonly kind: 'enrolled'; readonly personRef: string; readonly consentId: string; readonly templates: number
    /** Liveness of each photo, as measured; for the operator, it decides nothing here. */
    readonly liveness: readonly number[]
  }
  /** `photo` counts from 1; null where the reason is not one photo's. */
  | {
    readonly kind: 'refused'; readonly reason: EnrolRefusal; readonly photo: number | null; readonly detail: string
    /** Whose face it is, where it is a duplicate: for a manager's eyes, and for no log, record or device. */
    readonly other?: EnrolledPerson
  }

export interface EnrolledPerson {
  readonly personRef: string
  readonly displayName: string
}

/** A manager's decision that the face is not the other person's although it counts as such: twins, for example. */
export interface DuplicateAllowance {
  /** The manager's operatorRef. */
  readonly by: string
  /** For other managers to read; kept beside the templates and erased with them. */
  readonly reason: string
}

export interface EnrolOptions {
  readonly allowDuplicate?: DuplicateAllowance
}

export interface EnrolService {
  /**
   * Enrols one person of the roster from photos of that person alone; earlier templates are replaced. Every photo
   * must pass the quality gate, and a consent to face access must be valid when the templates are stored. A face that is
   * already somebody else's is refused unless it is allowed; one that is like somebody's becomes a pair, of which gates ask more.
   * @param photos JPEG, PNG or WebP, 1 to `LIMITS.enrolPhotosMax`
   * @throws GW_FACE_ENGINE where no worker could look
   */
  enrol(personRef: string, photos: readonly Uint8Array[], options?: EnrolOptions): Promise<EnrolResult>
}

const refused = (reason: EnrolRefusal, detail: string, photo: number | null = null): EnrolResult =>
  ({ kind: 'refused', reason, photo, detail })

export function createEnrolService(deps: {
  store: GatewayStore; engine: FaceEngine; keeper: TemplateKeeper; exclusive: Exclusive; clock: Clock
}): EnrolService {
  const { store, engine, keeper, exclusive, clock } = deps

  const admit = async (personRef: string) => {
    const known = await store.rosterPerson(personRef)
    if (known === undefined) return refused('unknown-person', 'the roster has no such person')
    const consent = consentOf(known.consents, personRef, clock.wallMs())
    return consent ?? refused('no-consent', 'the roster has no consent of this person to face access that is valid now')
  }

  return {
    async enrol(personRef, photos, { allowDuplicate } = {}) {
      const badPhotos = photosRefusal(photos)
      if (badPhotos !== undefined) return badPhotos
      const early = await admit(personRef)
      if (early.kind === 'refused') return early

      const embeddings: Float32Array[] = []
      const liveness: number[] = []
      for (const [index, photo] of photos.entries()) {
        const outcome = await engine.embed(photo)
        if (outcome.kind === 'refused') return refused(outcome.reason, `${outcome.stage}: ${outcome.detail}`, index + 1)
        embeddings.push(outcome.embedding)
        liveness.push(outcome.liveness)
      }
      const differing = disagreement(embeddings)
      if (differing !== undefined) {
        const { photos: pair, cosine } = differing
        return refused('photos-disagree', `photos ${pair.join(' and ')} show different persons (cosine ${cosine.toFixed(2)})`)
      }

      return exclusive(async () => {
        // A withdrawal may have arrived while the photos were looked at.
        const consent = await admit(personRef)
        if (consent.kind === 'refused') return consent
        // Under the lock, so that two enrolments at a time cannot miss each other.
        const resemblances = await engine.resembling(personRef, embeddings)
        const duplicate = resemblances.find(({ kind }) => kind === 'same')
        if (duplicate !== undefined && allowDuplicate === undefined) return duplicateRefusal(duplicate, await store.rosterPerson(duplicate.personRef))
        await keeper.put(personRef, consent.consentId, embeddings, likenessOf(personRef, resemblances, allowDuplicate, clock.wallMs()))
        return { kind: 'enrolled', personRef, consentId: consent.consentId, templates: embeddings.length, liveness }
      })
    },
  }
}

function duplicateRefusal({ personRef, score }: Resemblance, other: RosterPerson | undefined): EnrolResult {
  const displayName = other?.person.displayName ?? ''
  const detail = `the face is that of another enrolled person (cosine ${score.toFixed(2)})`
  return { kind: 'refused', reason: 'duplicate', photo: null, detail, other: { personRef, displayName } }
}

/** The manager's decision is kept with the pairs that needed it. */
function likenessOf(personRef: string, resemblances: readonly Resemblance[], allowance: DuplicateAllowance | undefined, atMs: number): Likeness {
  const pairs = resemblances.map(({ personRef: otherRef, score, kind }) =>
    ({ personRef, otherRef, score, allowed: kind === 'same' && allowance !== undefined ? { ...allowance, atMs } : null }))
  return { pairs, allowedBy: pairs.find(({ allowed }) => allowed !== null)?.allowed?.by ?? null }
}

function photosRefusal(photos: readonly Uint8Array[]): EnrolResult | undefined {
  if (photos.length === 0) return refused('no-photo', 'at least one photo is needed')
  if (photos.length > LIMITS.enrolPhotosMax) {
    return refused('too-many-photos', `${photos.length} photos, at most ${LIMITS.enrolPhotosMax}`)
  }
  const large = photos.findIndex((photo) => photo.length > LIMITS.enrolPhotoBytesMax)
  if (large === -1) return undefined
  return refused('photo-too-large', `${photos[large]?.length} bytes, at most ${LIMITS.enrolPhotoBytesMax}`, large + 1)
}
