import { describe, expect, it } from 'vitest'
import { createExclusive } from '#kernel/exclusive.js'
import { createConsentWatch } from '../../../gateway/enrol/consent-watch.js'
import { createTemplateKeeper } from '../../../gateway/enrol/template-keeper.js'
import type { GatewayStore } from '../../../gateway/store/types.js'
import { consent, person, personRef, stampOf } from '../../support/factories.js'
import { openStore, storedTemplates } from '../../support/open-store.js'
import { createRecordingGallery } from '../../support/recording-gallery.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const MODEL = { modelId: 'model-a', digest: '0'.repeat(64), dimensions: 2 }
const face = [new Float32Array([1, 0]), new Float32Array([0, 1])]
const DAY_MS = 86_400_000

async function setUp(store: GatewayStore, modelId = MODEL.modelId) {
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const gallery = createRecordingGallery()
  const exclusive = createExclusive()
  let stamps = 0
  const keeper = createTemplateKeeper({ store, gallery, model: { ...MODEL, modelId }, stamp: () => stampOf(++stamps), log })
  const watch = createConsentWatch({ keeper, exclusive, clock, log })
  const kinds = async () => (await store.recordsAfter(1, 0, 100)).map((record) => {
    const body = JSON.parse(record.payload) as Record<string, unknown>
    return [body['kind'], body['personRef'], body['cause'] ?? null, body['templatesRemoved'] ?? body['templates']]
  })
  const follow = async () => exclusive(async () => watch.follow((await store.roster()).consents))
  /** Time passes, and what the timers set off reaches the disk. */
  const pass = async (ms: number, done: () => Promise<boolean>): Promise<void> => {
    await clock.run(ms)
    for (let turn = 0; !(await done()); turn++) {
      if (turn > 1_000) throw new Error('never happened')
      await new Promise((resolve) => setTimeout(resolve, 1))
      await clock.run(0)
    }
  }
  return { clock, log, gallery, keeper, watch, exclusive, kinds, follow, pass }
}

const estate = async (): Promise<GatewayStore> => {
  const store = await openStore()
  await store.transact(async (tx) => {
    for (const n of [1, 2]) {
      await tx.putPerson(person(n))
      await tx.putConsent(consent(n, { expiresAtMs: START_WALL_MS + n * DAY_MS }))
    }
  })
  return store
}

describe('templates', () => {
  it('are durable with their record before they can be matched', async () => {
    const store = await estate()
    const { keeper, gallery, kinds } = await setUp(store)
    let storedWhenSet = -1
    const set = gallery.setPerson
    gallery.setPerson = async (ref, embeddings) => {
      storedWhenSet = (await storedTemplates(store)).length
      await set(ref, embeddings)
    }
    await keeper.put(personRef(1), consent(1).consentId, face)
    expect(storedWhenSet).toBe(1)
    expect(await kinds()).toEqual([['enrolment.v1', personRef(1), null, 2]])
    expect([...gallery.persons]).toEqual([[personRef(1), 2]])
  })

  it('without a consent in the roster nothing is stored, recorded or matchable', async () => {
    const store = await estate()
    const { keeper, gallery, kinds } = await setUp(store)
    await expect(keeper.put(personRef(3), consent(3).consentId, face)).rejects.toMatchObject({ code: 'GW_STORE_NO_CONSENT' })
    expect([await kinds(), gallery.calls, [...keeper.held()]]).toEqual([[], [], []])
  })

  it('are loaded at the start; those of another model wait', async () => {
    const store = await estate()
    const before = await setUp(store)
    await before.keeper.put(personRef(1), consent(1).consentId, face)
    const same = await setUp(store)
    await same.keeper.load()
    expect([...same.gallery.persons]).toEqual([[personRef(1), 2]])
    const other = await setUp(store, 'model-b')
    await other.keeper.load()
    expect([[...other.gallery.persons], [...other.keeper.held()]]).toEqual([[], [[personRef(1), consent(1).consentId]]])
    expect(other.log.lines.at(-1)).toMatchObject({ message: 'templates loaded', fields: { persons: 0, otherModel: 1 } })
  })
})

describe('consent that ends', () => {
  it('a consent that expires erases its templates at that moment and not before', async () => {
    const store = await estate()
    const { clock, keeper, gallery, kinds, follow, pass } = await setUp(store)
    for (const n of [1, 2]) await keeper.put(personRef(n), consent(n).consentId, face)
    await follow()
    await clock.run(DAY_MS - 1)
    expect([...gallery.persons.keys()]).toEqual([personRef(1), personRef(2)])
    await pass(1, async () => (await storedTemplates(store)).length === 1)
    expect([...gallery.persons.keys()]).toEqual([personRef(2)])
    expect((await kinds()).slice(2)).toEqual([['erasure.v1', personRef(1), 'expired', 2]])
    await pass(DAY_MS, async () => (await storedTemplates(store)).length === 0)
    expect((await kinds()).slice(3)).toEqual([['erasure.v1', personRef(2), 'expired', 2]])
  })

  it('a consent that expired while the gateway was off is erased by the first look', async () => {
    const store = await estate()
    const before = await setUp(store)
    await before.keeper.put(personRef(1), consent(1).consentId, face)
    const after = await setUp(store)
    after.clock.jumpWall(DAY_MS)
    await after.keeper.load()
    await after.follow()
    expect([[...after.gallery.persons], await storedTemplates(store)]).toEqual([[], []])
    expect((await after.kinds()).slice(1)).toEqual([['erasure.v1', personRef(1), 'expired', 2]])
  })

  it('a clock that is set forward is noticed within a minute', async () => {
    const store = await estate()
    const { clock, keeper, follow, pass } = await setUp(store)
    await keeper.put(personRef(1), consent(1).consentId, face)
    await follow()
    clock.jumpWall(DAY_MS)
    await pass(60_000, async () => (await storedTemplates(store)).length === 0)
  })

  it('where the erasure fails it is tried again', async () => {
    const store = await estate()
    const { keeper, gallery, follow, pass, log } = await setUp(store)
    await store.transact((tx) => tx.deleteConsent(consent(2).consentId))
    await keeper.put(personRef(1), consent(1).consentId, face)
    await follow()
    gallery.broken = true
    await pass(DAY_MS, async () => log.lines.some((line) => line.level === 'error'))
    expect(await storedTemplates(store)).toHaveLength(1)
    gallery.broken = false
    await pass(5_000, async () => (await storedTemplates(store)).length === 0)
  })

  // A timer that was armed by an older roster once judged new templates by it and erased them as withdrawn.
  it('a look that waited judges by the newest roster', async () => {
    const store = await estate()
    const { clock, keeper, watch, exclusive, follow, kinds } = await setUp(store)
    await follow()
    let release = (): void => {}
    const busy = exclusive(() => new Promise<void>((resolve) => { release = resolve }))
    const enrolment = exclusive(async () => {
      await store.transact((tx) => tx.putConsent(consent(3)))
      await watch.follow((await store.roster()).consents)
      await keeper.put(personRef(3), consent(3).consentId, face)
    })
    await clock.run(60_000)
    release()
    await Promise.all([busy, enrolment, exclusive(async () => undefined)])
    await clock.run(60_000)
    await exclusive(async () => undefined)
    expect(await kinds()).toEqual([['enrolment.v1', personRef(3), null, 2]])
  })

  it('after stop nothing is erased any more', async () => {
    const store = await estate()
    const { clock, keeper, watch, follow } = await setUp(store)
    await keeper.put(personRef(1), consent(1).consentId, face)
    await follow()
    watch.stop()
    await clock.run(3 * DAY_MS)
    expect([clock.pending(), (await storedTemplates(store)).length]).toEqual([0, 1])
  })
})
