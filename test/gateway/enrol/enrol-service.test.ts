import { describe, expect, it } from 'vitest'
import { createExclusive } from '#kernel/exclusive.js'
import { LIMITS } from '#kernel/limits.js'
import { createEnrolService } from '../../../gateway/enrol/enrol-service.js'
import { createTemplateKeeper } from '../../../gateway/enrol/template-keeper.js'
import type { EnrolOutcome, FaceEngine } from '../../../gateway/face/types.js'
import { consent, person, personRef, stampOf } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingGallery } from '../../support/recording-gallery.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const MODEL = { modelId: 'model-a', digest: '0'.repeat(64), dimensions: 2 }
const box = { left: 0, top: 0, right: 1, bottom: 1, score: 1 }
const template = (x: number, y: number): EnrolOutcome => ({ kind: 'template', embedding: new Float32Array([x, y]), liveness: 0.9, box, timings: {} })
const blurred: EnrolOutcome = { kind: 'refused', stage: 'quality', reason: 'poor-quality', detail: 'sharpness 3, at least 20' }

/** Photos are one byte long; the engine answers by its value. */
async function setUp(answers: EnrolOutcome[] = [template(1, 0), template(0.8, 0.6), template(0, 1), blurred]) {
  const store = await openStore()
  const clock = createVirtualClock()
  const gallery = createRecordingGallery()
  const exclusive = createExclusive()
  let during: () => Promise<void> = async () => undefined
  const engine: FaceEngine = {
    ...gallery, workers: 1,
    start: async () => MODEL, stop: async () => undefined, status: () => ({ workersReady: 1, restarts: 0, inFlight: 0 }),
    analyse: () => Promise.reject(new Error('no frame belongs here')),
    async embed(photo) {
      await during()
      return answers[photo[0] as number] as EnrolOutcome
    },
  }
  let stamps = 0
  const keeper = createTemplateKeeper({ store, gallery, model: MODEL, stamp: () => stampOf(++stamps), log: createRecordingLog() })
  const { enrol } = createEnrolService({ store, engine, keeper, exclusive, clock })
  await store.transact(async (tx) => {
    await tx.putPerson(person(1))
    await tx.putConsent(consent(1))
  })
  const payloads = async () => (await store.recordsAfter(1, 0, 100)).map((record) => JSON.parse(record.payload) as unknown)
  const photos = (...values: number[]) => values.map((value) => new Uint8Array([value]))
  const nothingHappened = async () => expect([await payloads(), await store.templates(), [...gallery.persons]]).toEqual([[], [], []])
  return { store, clock, gallery, enrol, payloads, photos, nothingHappened, onEmbed: (work: () => Promise<void>) => { during = work } }
}

describe('enrolment', () => {
  it('stores the templates under the valid consent, with one record, and makes the person matchable', async () => {
    const { store, gallery, enrol, payloads, photos } = await setUp()
    expect(await enrol(personRef(1), photos(0, 1)))
      .toEqual({ kind: 'enrolled', personRef: personRef(1), consentId: consent(1).consentId, templates: 2, liveness: [0.9, 0.9] })
    expect(await payloads()).toEqual([{
      kind: 'enrolment.v1', ...stampOf(1), personRef: personRef(1), consentId: consent(1).consentId, templates: 2, modelId: 'model-a',
    }])
    expect(await store.templates()).toEqual([{
      personRef: personRef(1), consentId: consent(1).consentId, modelId: 'model-a',
      embeddings: [new Float32Array([1, 0]), new Float32Array([0.8, 0.6])],
    }])
    expect([...gallery.persons]).toEqual([[personRef(1), 2]])
  })

  it('a second enrolment replaces the first', async () => {
    const { store, gallery, enrol, photos } = await setUp()
    await enrol(personRef(1), photos(0, 1))
    await enrol(personRef(1), photos(2))
    expect((await store.templates()).map(({ embeddings }) => embeddings.length)).toEqual([1])
    expect([...gallery.persons]).toEqual([[personRef(1), 1]])
  })

  it.each<[string, number[], object]>([
    ['no photo', [], { reason: 'no-photo', photo: null }],
    ['more photos than allowed', [0, 0, 0, 0, 0, 0], { reason: 'too-many-photos', photo: null, detail: '6 photos, at most 5' }],
    ['a photo that fails the quality gate', [0, 3], { reason: 'poor-quality', photo: 2, detail: 'quality: sharpness 3, at least 20' }],
    ['photos of two persons', [0, 2], { reason: 'photos-disagree', photo: null, detail: 'photos 1 and 2 show different persons (cosine 0.00)' }],
  ])('refuses %s and stores nothing', async (_, values, refusal) => {
    const { enrol, photos, nothingHappened } = await setUp()
    expect(await enrol(personRef(1), photos(...values))).toMatchObject({ kind: 'refused', ...refusal })
    await nothingHappened()
  })

  it('refuses a photo above the limit before anything looks at it', async () => {
    const { enrol, nothingHappened, onEmbed } = await setUp()
    onEmbed(() => Promise.reject(new Error('looked at')))
    expect(await enrol(personRef(1), [new Uint8Array(LIMITS.enrolPhotoBytesMax + 1)])).toMatchObject({ kind: 'refused', reason: 'photo-too-large', photo: 1 })
    await nothingHappened()
  })

  it('refuses a person that the roster does not have', async () => {
    const { enrol, photos, nothingHappened } = await setUp()
    expect(await enrol(personRef(2), photos(0))).toMatchObject({ kind: 'refused', reason: 'unknown-person', photo: null })
    await nothingHappened()
  })

  it.each([['before it begins', START_WALL_MS + 1, START_WALL_MS + 2], ['at its end', 0, START_WALL_MS]])(
    'refuses a consent %s, and looks at no photo', async (_, grantedAtMs, expiresAtMs) => {
      const { store, enrol, photos, nothingHappened, onEmbed } = await setUp()
      onEmbed(() => Promise.reject(new Error('looked at')))
      await store.transact((tx) => tx.putConsent(consent(1, { grantedAtMs, expiresAtMs })))
      expect(await enrol(personRef(1), photos(0))).toMatchObject({ kind: 'refused', reason: 'no-consent' })
      await nothingHappened()
    })

  it('a withdrawal that arrives while the photos are looked at wins', async () => {
    const { store, enrol, photos, nothingHappened, onEmbed } = await setUp()
    onEmbed(() => store.transact((tx) => tx.deleteConsent(consent(1).consentId)))
    expect(await enrol(personRef(1), photos(0))).toMatchObject({ kind: 'refused', reason: 'no-consent' })
    await nothingHappened()
  })
})
