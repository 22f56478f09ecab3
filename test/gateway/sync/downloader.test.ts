import { describe, expect, it, onTestFinished } from 'vitest'
import type { RosterItem } from '#contract/sync-roster.js'
import { systemClock } from '#kernel/clock.js'
import { createExclusive } from '#kernel/exclusive.js'
import { seededRandom } from '#kernel/random.js'
import { createGalleryFeed } from '../../../gateway/access/gallery-feed.js'
import { createRosterView } from '../../../gateway/access/roster-view.js'
import { createConsentWatch } from '../../../gateway/enrol/consent-watch.js'
import { createTemplateKeeper } from '../../../gateway/enrol/template-keeper.js'
import type { RosterSnapshot } from '../../../gateway/store/types.js'
import { createDownloader } from '../../../gateway/sync/downloader.js'
import { createRosterAge } from '../../../gateway/sync/roster-age.js'
import { createRosterApplier } from '../../../gateway/sync/roster-applier.js'
import { createServerClient } from '../../../gateway/sync/server-client.js'
import { loadSigningKey } from '../../../gateway/sync/signing-key.js'
import { NO_ROSTER, consent, credential, gate, permit, person, personRef, stampOf, visit } from '../../support/factories.js'
import { startGatewayApiServer } from '../../support/gateway-api-server.js'
import { IDENTITY, openStore, storedTemplates } from '../../support/open-store.js'
import { createRecordingGallery } from '../../support/recording-gallery.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const MODEL = { modelId: 'model-a', digest: '0'.repeat(64), dimensions: 2 }
const face = [new Float32Array([1, 0]), new Float32Array([0, 1])]

async function setUp(options: { store?: Awaited<ReturnType<typeof openStore>>; server?: Awaited<ReturnType<typeof startGatewayApiServer>> } = {}) {
  const server = options.server ?? await startGatewayApiServer()
  if (options.server === undefined) onTestFinished(() => server.close())
  const store = options.store ?? await openStore()
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const gallery = createRecordingGallery()
  const exclusive = createExclusive()
  let stamps = 0
  const keeper = createTemplateKeeper({ store, gallery, model: MODEL, stamp: () => stampOf(++stamps), log })
  await keeper.load()
  const watch = createConsentWatch({ keeper, exclusive, clock, log })
  const view = createRosterView()
  const feed = createGalleryFeed({ roster: view, gallery, clock, log })
  const states: RosterSnapshot[] = []
  const applier = createRosterApplier({
    store, keeper, exclusive, clock, changed: async (roster) => {
      view.replace(roster)
      await watch.follow(roster.consents)
      await feed.refresh()
      states.push(roster)
    },
  })
  const client = createServerClient({ url: server.url, ca: server.caPem, requestTimeoutMs: 5_000, clock: systemClock })
  const peer = { client, identity: IDENTITY, key: await loadSigningKey({ dataDir: tempDir(), mayCreate: true }) }
  const age = createRosterAge({ store, clock, log })
  await age.start()
  const downloader = createDownloader({ peer, applier, age, runtime: { clock, random: seededRandom(1), log }, rosterIntervalMs: 5_000 })
  onTestFinished(() => client.stop())
  const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
    for (let turn = 0; !(await done()); turn++) {
      if (turn > 2_000) throw new Error(`never happened: ${done.toString()}`)
      await clock.run(100)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const cursorIs = (cursor: number) => until(async () => (await store.roster()).cursor === cursor)
  const records = async () => (await store.recordsAfter(1, 0, 100)).map((record) => JSON.parse(record.payload) as Record<string, unknown>)
  return { server, store, clock, log, gallery, keeper, downloader, applier, age, until, cursorIs, records, states }
}

const household = (n: number): RosterItem[] => [person(n), consent(n), permit(n)]

describe('roster download', () => {
  it('is of no age once all of it is here, and grows older while the server does not answer', async () => {
    const { server, downloader, clock, age, cursorIs, until } = await setUp()
    await clock.run(7_200_000)
    expect(age.ageMs()).toBe(7_200_000)
    server.publish(gate(1))
    downloader.start()
    await cursorIs(1)
    await until(() => age.ageMs() < 10_000)
    await server.close()
    const before = age.ageMs()
    await clock.run(3_600_000)
    expect(age.ageMs()).toBe(before + 3_600_000)
    await downloader.stop()
  })

  it('stores what the server publishes, page by page, and tells what changed', async () => {
    const { server, store, downloader, cursorIs, until, states, gallery } = await setUp()
    server.publish(gate(1), ...household(1))
    server.publish(...household(2))
    downloader.start()
    await cursorIs(2)
    const roster = { ...NO_ROSTER, persons: [person(1), person(2)], consents: [consent(1), consent(2)], permits: [permit(1), permit(2)], gates: [gate(1)], cursor: 2 }
    expect(await store.roster()).toEqual(roster)
    await until(() => states.length === 2)
    expect(states.at(-1)).toEqual(roster)
    expect([...gallery.permitted]).toEqual([['gate-1', [personRef(1), personRef(2)]]])
  })

  it('asks again after the interval, and writes nothing where nothing changed', async () => {
    const { server, downloader, clock, cursorIs, until, states, store } = await setUp()
    downloader.start()
    await until(() => server.requests.length === 1)
    await clock.run(4_000)
    expect(server.requests).toHaveLength(1)
    await until(() => server.requests.length === 3)
    expect([states, await store.roster()]).toEqual([[], NO_ROSTER])
    server.publish(gate(1))
    await cursorIs(1)
    await until(() => states.length === 1)
  })

  it('a withdrawal takes the person out of every worker before the disk, and proves it with one record', async () => {
    const { server, store, keeper, gallery, downloader, cursorIs, until, records } = await setUp()
    server.publish(gate(1), ...household(1), ...household(2))
    downloader.start()
    await cursorIs(1)
    await keeper.put(personRef(1), consent(1).consentId, face)
    await keeper.put(personRef(2), consent(2).consentId, face.slice(1))
    let templatesWhenRemoved = -1
    const remove = gallery.removePerson
    gallery.removePerson = async (ref) => {
      templatesWhenRemoved = (await storedTemplates(store)).length
      await remove(ref)
    }
    server.publish({ kind: 'consent-deleted.v1', consentId: consent(1).consentId, personRef: personRef(1), cause: 'withdrawn' })
    await cursorIs(2)
    expect(templatesWhenRemoved).toBe(2)
    expect((await storedTemplates(store)).map((templates) => templates.personRef)).toEqual([personRef(2)])
    expect([...gallery.persons]).toEqual([[personRef(2), 1]])
    await until(() => gallery.permitted.get('gate-1')?.join() === personRef(2))
    expect((await records()).slice(2)).toEqual([{
      kind: 'erasure.v1', ...stampOf(3), personRef: personRef(1), consentId: consent(1).consentId, cause: 'withdrawn', templatesRemoved: 2,
    }])
  })

  it('while no worker can be told, the withdrawal is not acknowledged and is tried again', async () => {
    const { server, store, keeper, gallery, downloader, cursorIs, until, records, log } = await setUp()
    server.publish(gate(1), ...household(1))
    downloader.start()
    await cursorIs(1)
    await keeper.put(personRef(1), consent(1).consentId, face)
    gallery.broken = true
    server.publish({ kind: 'person-deleted.v1', personRef: personRef(1) })
    await until(() => log.lines.some((line) => line.level === 'error'))
    expect([(await store.roster()).cursor, (await records()).length]).toEqual([1, 1])
    gallery.broken = false
    await cursorIs(2)
    expect((await records()).slice(1).map(({ kind, cause, templatesRemoved }) => [kind, cause, templatesRemoved])).toEqual([['erasure.v1', 'person-removed', 2]])
    expect(await store.roster()).toEqual({ ...NO_ROSTER, gates: [gate(1)], cursor: 2 })
  })

  it('a change that was committed but not passed on is passed on at the next question', async () => {
    const { server, gallery, downloader, cursorIs, until, states, log } = await setUp()
    gallery.broken = true
    server.publish(gate(1), ...household(1))
    downloader.start()
    await cursorIs(1)
    await until(() => log.lines.some((line) => line.level === 'error'))
    expect(states).toEqual([])
    gallery.broken = false
    await until(() => states.length === 1)
    expect(gallery.permitted.get('gate-1')).toEqual([personRef(1)])
  })

  it('a snapshot that is cut by a kill is asked for anew and deletes only what a whole one leaves out', async () => {
    const first = await setUp()
    first.server.publish(gate(1), ...household(1), ...household(2))
    first.downloader.start()
    await first.cursorIs(1)
    await first.keeper.put(personRef(2), consent(2).consentId, face)
    first.server.publish({ kind: 'reset.v1' }, gate(1))
    first.server.publish(...household(1))
    first.server.publish({ kind: 'complete.v1' })
    let pages = 0
    first.server.intercept = (path) => (path.endsWith('/roster') && ++pages > 2 ? 'hang-up' : undefined)
    await first.until(() => pages > 2)
    await first.downloader.stop()
    expect(await first.store.roster()).toMatchObject({ cursor: 1, persons: [person(1), person(2)] })

    first.server.intercept = undefined
    const second = await setUp({ store: first.store, server: first.server })
    second.downloader.start()
    await second.cursorIs(4)
    expect(await second.store.roster()).toEqual({ ...NO_ROSTER, persons: [person(1)], consents: [consent(1)], permits: [permit(1)], gates: [gate(1)], cursor: 4 })
    expect([...second.gallery.persons]).toEqual([])
    expect((await second.records()).map(({ kind, cause }) => [kind, cause])).toEqual([['enrolment.v1', undefined], ['erasure.v1', 'person-removed']])
  })

  it('an uplink that is down changes nothing', async () => {
    const { server, downloader, until, cursorIs, log, clock } = await setUp()
    server.intercept = () => 'hang-up'
    server.publish(gate(1))
    downloader.start()
    await until(() => log.lines.some((line) => line.level === 'warn'))
    await clock.run(10_000)
    server.intercept = undefined
    await cursorIs(1)
    await until(() => log.lines.some((line) => line.message.endsWith('answers again')))
    expect(log.lines.map((line) => line.message).filter((message) => message.startsWith('roster'))).toEqual(['roster: failed, trying again', 'roster: the server answers again'])
  })

  it('an empty page that claims more is not hammered', async () => {
    const { server, downloader, clock } = await setUp()
    server.intercept = () => ({ status: 200, body: { items: [], cursor: 0, complete: false } })
    downloader.start()
    for (let i = 0; i < 50; i++) {
      await clock.run(100)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(server.requests.length).toBeLessThan(8)
    expect(downloader.status().problem).toBe('invalid: an empty page at cursor 0 says that more is ready')
  })
})

describe('what is agreed at the desk', () => {
  const guest = visit(1)
  const code = credential(1, { personRef: null, visitId: guest.visitId, secret: { kind: 'token', sha256: 'ab'.repeat(32) } })

  it('stands at once, over a snapshot that does not name it, and goes by the server once that has named it', async () => {
    const { server, store, clock, applier, downloader, cursorIs, states } = await setUp()
    await applier.agree([guest, code], async (tx) => {
      for (const [kind, itemId] of [['visit', guest.visitId], ['credential', code.credentialId]] as const) {
        await tx.putDeskHold({ kind, itemId, untilMs: clock.wallMs() + 3_600_000 })
      }
    })
    expect(states.at(-1)).toMatchObject({ visits: [guest], credentials: [code], cursor: 0 })
    server.publish({ kind: 'reset.v1' }, person(1), { kind: 'complete.v1' })
    downloader.start()
    await cursorIs(1)
    expect(await store.roster()).toMatchObject({ persons: [person(1)], visits: [guest], credentials: [code] })
    server.publish({ kind: 'reset.v1' }, { ...guest, displayName: '陈' }, { kind: 'complete.v1' })
    await cursorIs(2)
    expect([await store.deskHolds(), (await store.roster()).visits]).toMatchObject([[{ kind: 'credential' }], [{ displayName: '陈' }]])
    server.publish({ kind: 'reset.v1' }, { kind: 'complete.v1' })
    await cursorIs(3)
    expect(await store.roster()).toMatchObject({ visits: [], credentials: [] })
    await downloader.stop()
  })

  it('is all or nothing with what belongs to it', async () => {
    const { store, applier, states } = await setUp()
    await expect(applier.agree([guest], () => Promise.reject(new Error('no paper')))).rejects.toThrow('no paper')
    expect([await store.roster(), states]).toEqual([NO_ROSTER, []])
  })
})
