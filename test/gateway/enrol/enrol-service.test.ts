import { describe, expect, it } from 'vitest'
import { createExclusive } from '#kernel/exclusive.js'
import { LIMITS } from '#kernel/limits.js'
import { createEnrolService } from '../../../gateway/enrol/enrol-service.js'
import { createTemplateKeeper } from '../../../gateway/enrol/template-keeper.js'
import { resemblancesOf } from '../../../gateway/face/resemblance.js'
import { fuseTemplates } from '../../../gateway/face/templates.js'
import type { EnrolOutcome, FaceEngine } from '../../../gateway/face/types.js'
import { consent, person, personRef, stampOf, uuid } from '../../support/factories.js'
import { openStore, storedTemplates } from '../../support/open-store.js'
import { createPlainGallery } from '../../support/plain-gallery.js'
import { createRecordingGallery } from '../../support/recording-gallery.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const MODEL = { modelId: 'model-a', digest: '0'.repeat(64), dimensions: 2 }
/** In the plane: alike from 60 degrees, the same from about 37. */
const LIKENESS = { duplicateRate: 0.01, duplicateMin: 0.8, lookAlikeMin: 0.5, strangerTail: { persons: 1_000, from: 0.1, rate: 0.1, scale: 0.01, shape: 0 } }
const box = { left: 0, top: 0, right: 1, bottom: 1, score: 1 }
const template = (x: number, y: number): EnrolOutcome => ({ kind: 'template', embedding: new Float32Array([x, y]), liveness: 0.9, box, timings: {} })
const blurred: EnrolOutcome = { kind: 'refused', stage: 'quality', reason: 'poor-quality', detail: 'sharpness 3, at least 20' }

/** Photos are one byte long; the engine answers by its value. */
async function setUp(answers: EnrolOutcome[] = [template(1, 0), template(0.8, 0.6), template(0, 1), blurred], persons = [1]) {
  const store = await openStore()
  const clock = createVirtualClock()
  const gallery = createRecordingGallery()
  const exclusive = createExclusive()
  let during: () => Promise<void> = async () => undefined
  const faces = createPlainGallery()
  const engine: FaceEngine = {
    ...gallery, workers: 1,
    async setPerson(ref, embeddings, lookAlikes) {
      await gallery.setPerson(ref, embeddings, lookAlikes)
      faces.setPerson(ref, fuseTemplates(embeddings))
    },
    async removePerson(ref) {
      await gallery.removePerson(ref)
      faces.removePerson(ref)
    },
    resembling: async (ref, embeddings) => resemblancesOf(faces, ref, fuseTemplates(embeddings), LIKENESS),
    start: async () => MODEL, stop: async () => undefined, status: () => ({ workersReady: 1, restarts: 0, inFlight: 0 }),
    analyse: () => Promise.reject(new Error('no frame belongs here')),
    async embed(photo) {
      await during()
      return answers[photo[0] as number] as EnrolOutcome
    },
  }
  const log = createRecordingLog()
  let stamps = 0
  const keeper = createTemplateKeeper({ store, gallery: engine, model: MODEL, stamp: () => stampOf(++stamps), log })
  const { enrol } = createEnrolService({ store, engine, keeper, exclusive, clock })
  await store.transact(async (tx) => {
    for (const n of persons) {
      await tx.putPerson(person(n))
      await tx.putConsent(consent(n))
    }
  })
  const payloads = async () => (await store.recordsAfter(1, 0, 100)).map((record) => JSON.parse(record.payload) as unknown)
  const photos = (...values: number[]) => values.map((value) => new Uint8Array([value]))
  const nothingHappened = async () => expect([await payloads(), await storedTemplates(store), [...gallery.persons]]).toEqual([[], [], []])
  return { store, clock, gallery, keeper, log, enrol, payloads, photos, nothingHappened, onEmbed: (work: () => Promise<void>) => { during = work } }
}

describe('enrolment', () => {
  it('stores the templates under the valid consent, with one record, and makes the person matchable', async () => {
    const { store, gallery, enrol, payloads, photos } = await setUp()
    expect(await enrol(personRef(1), photos(0, 1)))
      .toEqual({ kind: 'enrolled', personRef: personRef(1), consentId: consent(1).consentId, templates: 2, liveness: [0.9, 0.9] })
    expect(await payloads()).toEqual([{
      kind: 'enrolment.v1', ...stampOf(1), personRef: personRef(1), consentId: consent(1).consentId, templates: 2, modelId: 'model-a',
    }])
    expect(await storedTemplates(store)).toEqual([{
      personRef: personRef(1), consentId: consent(1).consentId, modelId: 'model-a',
      embeddings: [new Float32Array([1, 0]), new Float32Array([0.8, 0.6])],
    }])
    expect([...gallery.persons]).toEqual([[personRef(1), 2]])
  })

  it('a second enrolment replaces the first', async () => {
    const { store, gallery, enrol, photos } = await setUp()
    await enrol(personRef(1), photos(0, 1))
    await enrol(personRef(1), photos(2))
    expect((await storedTemplates(store)).map(({ embeddings }) => embeddings.length)).toEqual([1])
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

describe('a face that is like somebody else’s', () => {
  const at = (degrees: number): EnrolOutcome => template(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180))
  /** Photo n shows a face at n degrees. */
  const three = () => setUp(Array.from({ length: 256 }, (_, degrees) => at(degrees)), [1, 2, 3])
  const allowDuplicate = { by: uuid(77), reason: '双胞胎，已核对身份证' }
  const cosineOf = (degrees: number) => expect.closeTo(Math.cos((degrees * Math.PI) / 180), 6) as number

  it('is refused where it counts as theirs, naming them to the caller and in no log and no record, and nothing is stored', async () => {
    const { store, gallery, enrol, photos, payloads, log } = await three()
    await enrol(personRef(1), photos(0))
    const before = [await payloads(), await storedTemplates(store), [...gallery.persons]]
    expect(await enrol(personRef(2), photos(10, 20))).toEqual({
      kind: 'refused', reason: 'duplicate', photo: null, detail: 'the face is that of another enrolled person (cosine 0.97)',
      other: { personRef: personRef(1), displayName: person(1).displayName },
    })
    expect([await payloads(), await storedTemplates(store), [...gallery.persons]]).toEqual(before)
    expect([await store.lookAlikes(), log.lines]).toEqual([[], []])
  })

  it('is accepted where it is only like theirs: both are a pair from then on, after a restart too', async () => {
    const { store, gallery, enrol, photos, payloads } = await three()
    await enrol(personRef(1), photos(0))
    expect(await enrol(personRef(2), photos(50))).toMatchObject({ kind: 'enrolled' })
    expect(await enrol(personRef(3), photos(180))).toMatchObject({ kind: 'enrolled' })
    expect(await store.lookAlikes()).toEqual([{ personRef: personRef(1), otherRef: personRef(2), score: cosineOf(50), allowed: null }])
    expect([...gallery.lookAlikes]).toEqual([[personRef(2), [personRef(1)]]])
    expect((await payloads()).map((record) => (record as { kind: string }).kind)).toEqual(Array(3).fill('enrolment.v1'))

    const later = createRecordingGallery()
    await createTemplateKeeper({ store, gallery: later, model: MODEL, stamp: () => stampOf(9), log: createRecordingLog() }).load()
    expect([[...later.persons.keys()], [...later.lookAlikes]])
      .toEqual([[1, 2, 3].map(personRef), [[personRef(1), [personRef(2)]], [personRef(2), [personRef(1)]]]])
  })

  it('is enrolled where a manager says that they are two: with one more record, which names the manager and no other person', async () => {
    const { store, clock, gallery, enrol, photos, payloads } = await three()
    await enrol(personRef(1), photos(0))
    expect(await enrol(personRef(2), photos(10), { allowDuplicate })).toMatchObject({ kind: 'enrolled', templates: 1 })
    expect(await store.lookAlikes()).toEqual([{ personRef: personRef(1), otherRef: personRef(2), score: cosineOf(10), allowed: { ...allowDuplicate, atMs: clock.wallMs() } }])
    expect(gallery.lookAlikes.get(personRef(2))).toEqual([personRef(1)])
    const records = (await payloads()).slice(2)
    expect(records).toEqual([{
      kind: 'operator-action.v1', ...stampOf(3), operatorRef: allowDuplicate.by, role: 'manager', action: 'force-duplicate', subject: personRef(2), reason: null, outcome: 'done',
    }])
    expect(JSON.stringify(records)).not.toContain(personRef(1))
  })

  it('leaves no trace of the permission where it was not needed', async () => {
    const { store, enrol, photos, payloads } = await three()
    await enrol(personRef(1), photos(0))
    await enrol(personRef(2), photos(50), { allowDuplicate })
    expect(await store.lookAlikes()).toEqual([{ personRef: personRef(1), otherRef: personRef(2), score: cosineOf(50), allowed: null }])
    expect(await payloads()).toHaveLength(2)
  })

  it('one’s own earlier templates are nobody else’s, and other photos or an erasure end a pair', async () => {
    const { store, keeper, enrol, photos } = await three()
    await enrol(personRef(1), photos(0))
    await enrol(personRef(2), photos(50))
    expect(await enrol(personRef(2), photos(51))).toMatchObject({ kind: 'enrolled' })
    expect(await store.lookAlikes()).toHaveLength(1)
    await enrol(personRef(2), photos(120))
    expect(await store.lookAlikes()).toEqual([])
    await enrol(personRef(3), photos(170))
    expect(await store.lookAlikes()).toHaveLength(1)
    await keeper.erase([{ personRef: personRef(3), consentId: consent(3).consentId, cause: 'withdrawn' }])
    expect(await store.lookAlikes()).toEqual([])
    expect(await enrol(personRef(1), photos(170))).toMatchObject({ kind: 'enrolled' })
  })

  it('two enrolments of one face at a time: one of them is refused', async () => {
    const { enrol, photos } = await three()
    const results = await Promise.all([enrol(personRef(1), photos(0)), enrol(personRef(2), photos(0))])
    expect(results.map(({ kind }) => kind).sort()).toEqual(['enrolled', 'refused'])
  })
})
