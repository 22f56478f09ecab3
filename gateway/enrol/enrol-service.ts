import type { Clock } from '#kernel/clock.js'
import type { Exclusive } from '#kernel/exclusive.js'
import { LIMITS } from '#kernel/limits.js'
import type { FaceEngine, FaceRefusal } from '../face/types.js'
import type { GatewayStore, RosterSnapshot } from '../store/types.js'
import { consentOf } from './consent-rules.js'
import { disagreement } from './enrol-rules.js'
import type { TemplateKeeper } from './template-keeper.js'

export type EnrolRefusal =
  | 'no-photo' | 'too-many-photos' | 'photo-too-large' | 'unknown-person' | 'no-consent' | 'photos-disagree' | FaceRefusal

/** What came of an enrolment. Refused means that nothing was stored. */
export type EnrolResult =
  | {
    readonly kind: 'enrolled'; readonly personRef: string; readonly consentId: string; readonly templates: number
    /** Liveness of each photo, as measured; for the operator, it decides nothing here. */
    readonly liveness: readonly number[]
  }
  /** `photo` counts from 1; null where the reason is not one photo's. */
  | { readonly kind: 'refused'; readonly reason: EnrolRefusal; readonly photo: number | null; readonly detail: string }

export interface EnrolService {
  /**
   * Enrols one person of the roster from photos of that person alone; earlier templates are replaced. Every photo
   * must pass the quality gate, and a consent to face access must be valid when the templates are stored.
   * @param photos JPEG, PNG or WebP, 1 to `LIMITS.enrolPhotosMax`
   */
  enrol(personRef: string, photos: readonly Uint8Array[]): Promise<EnrolResult>
}

const refused = (reason: EnrolRefusal, detail: string, photo: number | null = null): EnrolResult =>
  ({ kind: 'refused', reason, photo, detail })

export function createEnrolService(deps: {
  store: GatewayStore; engine: FaceEngine; keeper: TemplateKeeper; exclusive: Exclusive; clock: Clock
}): EnrolService {
  const { store, engine, keeper, exclusive, clock } = deps

  const admit = (roster: RosterSnapshot, personRef: string) => {
    const known = roster.persons.some((person) => person.personRef === personRef)
    if (!known) return refused('unknown-person', 'the roster has no such person')
    const consent = consentOf(roster.consents, personRef, clock.wallMs())
    return consent ?? refused('no-consent', 'the roster has no consent of this person to face access that is valid now')
  }

  return {
    async enrol(personRef, photos) {
      const badPhotos = photosRefusal(photos)
      if (badPhotos !== undefined) return badPhotos
      const early = admit(await store.roster(), personRef)
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
        const consent = admit(await store.roster(), personRef)
        if (consent.kind === 'refused') return consent
        await keeper.put(personRef, consent.consentId, embeddings)
        return { kind: 'enrolled', personRef, consentId: consent.consentId, templates: embeddings.length, liveness }
      })
    },
  }
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
