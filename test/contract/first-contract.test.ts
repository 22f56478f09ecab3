import { createHash } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decodeMessage } from '../../gateway/contract/codec.js'
import { MESSAGES, type MessageKind } from '../../gateway/contract/message-table.js'
import { RECORD_SCHEMAS } from '../../gateway/contract/sync-records.js'
import { ROSTER_SCHEMAS, type RosterItem, type RosterItemOf } from '../../gateway/contract/sync-roster.js'
import { currentRosterItem } from '../../gateway/contract/upgrade.js'
import { createExclusive } from '../../gateway/kernel/exclusive.js'
import { seededRandom } from '../../gateway/kernel/random.js'
import { systemClock } from '../../gateway/kernel/clock.js'
import { silentLogger } from '../../gateway/kernel/log.js'
import { createTemplateKeeper } from '../../gateway/enrol/template-keeper.js'
import { createDownloader } from '../../gateway/sync/downloader.js'
import { createRosterApplier } from '../../gateway/sync/roster-applier.js'
import { createServerClient } from '../../gateway/sync/server-client.js'
import { loadSigningKey } from '../../gateway/sync/signing-key.js'
import { gateBody, registerOf, YEAR_MS } from '../server/support/register.js'
import { startTestServer } from '../server/support/test-server.js'
import { claimedGateway } from '../server/sync/gateway-client.js'
import { stampOf } from '../support/factories.js'
import { startGatewayApiServer } from '../support/gateway-api-server.js'
import { IDENTITY, openStore } from '../support/open-store.js'
import { createRecordingGallery } from '../support/recording-gallery.js'
import { tempDir } from '../support/temp-dir.js'
import { type FrameVectorFile, frozenNames, readFrozen, readVectors, textOf } from './vector-files.js'

/** SHA-256 over the names and bytes of the frozen vectors. */
const FROZEN_DIGEST = '4083313a769afcdadbb50c4275507b263492de1ce00c0871129e5a96b7296e66'
const FRAME = 'cameraFrame'
const NAMES = frozenNames()
const JSON_MESSAGES = NAMES.filter((name): name is Exclude<MessageKind, 'cameraFrame'> => name in MESSAGES && name !== FRAME)
const textsOf = (name: string): string[] => readFrozen(name).valid.map((vector) => textOf(readFrozen(name), vector))
const fieldsOf = (texts: readonly string[]): string[] => [...new Set(texts.flatMap((text) => Object.keys(JSON.parse(text) as object)))].sort()

describe('the first contract', () => {
  it('stays as it was', () => {
    const hash = createHash('sha256')
    for (const name of NAMES) hash.update(`${name}\n${JSON.stringify(readFrozen(name))}\n`)
    expect([NAMES.length, hash.digest('hex')]).toEqual([37, FROZEN_DIGEST])
  })

  it.each(JSON_MESSAGES)('%s: what its devices and gateways said is understood as it was', (kind) => {
    for (const text of textsOf(kind)) expect(decodeMessage(kind, Buffer.from(text))).toEqual({ ok: true, value: JSON.parse(text) })
  })

  it.each(JSON_MESSAGES.filter((kind) => MESSAGES[kind].from === 'gateway'))('%s: its devices are told nothing that they do not know', (kind) => {
    const now = readVectors(kind)
    expect(fieldsOf(now.valid.map((vector) => textOf(now, vector)))).toEqual(fieldsOf(textsOf(kind)))
  })

  it('frames of its cameras are read', () => {
    for (const { header, image, hex } of readFrozen<FrameVectorFile>(FRAME).valid) {
      expect(decodeMessage(FRAME, Buffer.from(hex, 'hex'))).toEqual({ ok: true, value: { header, image: Buffer.from(image, 'hex') } })
    }
  })
})

describe('a gateway of the first contract at this server', () => {
  it('hands over every record that it can write; all are stored and read, passages among the newest kind', async () => {
    const server = await startTestServer()
    onTestFinished(() => server.close())
    const register = registerOf(server)
    const gateway = await claimedGateway(server, 'jh', register)
    const records = NAMES.filter((name) => name in RECORD_SCHEMAS).flatMap(textsOf).map((text, n): object =>
      ({ ...JSON.parse(text) as object, recordId: `0192f3a4-5b6c-7d8e-9f01-${String(n).padStart(12, '0')}` }))
    await gateway.report(...records)
    const passages = records.filter((record) => (record as { kind: string }).kind === 'passage.v1')
    expect(passages.length).toBeGreaterThan(0)
    const epoch = await server.db.read.gatewayEpoch.findFirstOrThrow({ where: { gatewayId: gateway.gatewayId } })
    expect([epoch.unprojected, await server.db.read.gatewayRecord.count()]).toEqual([0n, records.length])
    const { body } = await server.call('GET', '/api/access-log?limit=100', { as: await register.admin() })
    const shown = (body as { items: Array<{ direction: string; waitMs: unknown }> }).items
    expect(shown.length).toBeGreaterThan(0)
    expect(new Set(shown.map(({ direction, waitMs }) => `${direction} ${String(waitMs)}`))).toEqual(new Set(['in null']))
  })

  it('is told of the roster in kinds and fields that it knows, and in no other', async () => {
    const server = await startTestServer()
    onTestFinished(() => server.close())
    const register = registerOf(server)
    const gateway = await claimedGateway(server, 'jh', register)
    await register.gate('jh', 'g-1', gateBody(1, ['cam-1']))
    const personRef = await register.person('jh')
    const permit = { personRef, gateIds: ['g-1'], validFromMs: 0, validUntilMs: server.clock.wallMs() + YEAR_MS }
    expect((await server.call('POST', '/api/permits', { as: await register.admin(), body: permit })).status).toBeLessThan(300)
    const asked = async (contract?: number): Promise<RosterItem[]> => ((await gateway.calls.roster(0, undefined, contract)).body as { items: RosterItem[] }).items
    for (const item of await asked()) expect([item.kind, NAMES.includes(item.kind) && Object.keys(item).sort()]).toEqual([item.kind, fieldsOf(textsOf(item.kind))])
    expect((await asked()).map(({ kind }) => kind).filter((kind) => /^(gate|permit)/.test(kind)).sort()).toEqual(['gate.v1', 'permit.v1'])
    expect((await asked(2)).map(({ kind }) => kind).filter((kind) => /^(gate|permit)/.test(kind)).sort()).toEqual(['gate.v2', 'permit.v2'])
  })
})

describe('this gateway at a server of the first contract', () => {
  it('asks in words that it knows, and keeps its gates and permits as the newest would have them', async () => {
    const server = await startGatewayApiServer(1)
    onTestFinished(() => server.close())
    const frozen = (kind: keyof typeof ROSTER_SCHEMAS): RosterItem => JSON.parse(textsOf(kind)[0] as string) as RosterItem
    const [person, gate, permit] = (['person.v1', 'gate.v1', 'permit.v1'] as const).map(frozen) as [RosterItemOf<'person.v1'>, RosterItemOf<'gate.v1'>, RosterItemOf<'permit.v1'>]
    server.publish(person, gate, { ...permit, personRef: person.personRef, gateIds: [gate.gateId] })
    const store = await openStore()
    const runtime = { clock: systemClock, random: seededRandom(1), log: silentLogger }
    const model = { modelId: 'model-a', digest: '0'.repeat(64), dimensions: 2 }
    const keeper = createTemplateKeeper({ store, gallery: createRecordingGallery(), model, stamp: () => stampOf(1), log: silentLogger })
    await keeper.load()
    const applier = createRosterApplier({ store, keeper, exclusive: createExclusive(), clock: systemClock, changed: async () => undefined })
    const client = createServerClient({ url: server.url, ca: server.caPem, requestTimeoutMs: 5_000, clock: systemClock })
    onTestFinished(() => client.stop())
    const peer = { client, identity: IDENTITY, key: await loadSigningKey({ dataDir: tempDir(), mayCreate: true }) }
    const downloader = createDownloader({ peer, applier, age: { heard: () => undefined }, runtime, rosterIntervalMs: 5_000 })
    onTestFinished(() => downloader.stop())
    downloader.start()
    await downloader.complete()
    const { gates, permits, persons } = await store.roster()
    expect(gates).toEqual([currentRosterItem(gate)])
    expect(permits).toEqual([currentRosterItem({ ...permit, personRef: person.personRef, gateIds: [gate.gateId] })])
    expect(persons).toEqual([person])
    expect((await client.orders(IDENTITY.credential, { waitMs: 0, life: IDENTITY.gatewayId }, 5_000)).ok).toBe(false)
  })

  it('hands its newest records over in an envelope that has not changed', () => {
    for (const name of ['records-request.v1', 'sync-record.v1', 'signed-head.v1', 'records-response.v1']) {
      const now = readVectors(name)
      expect(fieldsOf(now.valid.map((vector) => textOf(now, vector)))).toEqual(fieldsOf(textsOf(name)))
    }
  })
})
