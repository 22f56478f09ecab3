import { onTestFinished } from 'vitest'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '#kernel/limits.js'
import { seededRandom } from '#kernel/random.js'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import { systemClock } from '#kernel/clock.js'
import { cutBatch } from '../../../gateway/sync/batch-rules.js'
import { createEpochKeeper } from '../../../gateway/sync/epoch.js'
import { observeCommits } from '../../../gateway/sync/observe-commits.js'
import { createServerClient } from '../../../gateway/sync/server-client.js'
import { loadSigningKey } from '../../../gateway/sync/signing-key.js'
import { createUploader } from '../../../gateway/sync/uploader.js'
import type { GatewayStore } from '../../../gateway/store/types.js'
import { statusRecord } from '../../support/factories.js'
import { startGatewayApiServer } from '../../support/gateway-api-server.js'
import { IDENTITY, openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'

/** A claimed gateway's store, uploader and server; `run` moves the virtual clock while requests travel. */
async function setUp(options: { server?: Awaited<ReturnType<typeof startGatewayApiServer>>; store?: GatewayStore & { path: string }; dataDir?: string } = {}) {
  const server = options.server ?? await startGatewayApiServer()
  if (options.server === undefined) onTestFinished(() => server.close())
  const dataDir = options.dataDir ?? tempDir()
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const key = await loadSigningKey({ dataDir, mayCreate: true })
  const client = createServerClient({ url: server.url, ca: server.caPem, requestTimeoutMs: 5_000, clock: systemClock })
  onTestFinished(() => client.stop())
  await client.claim({ claimToken: server.claimToken, signingPublicKey: key.publicKeyText })
  const peer = { client, identity: IDENTITY, key }
  const bare = options.store ?? await openStore({ bare: true })
  await bare.saveIdentity(IDENTITY)
  const epochs = createEpochKeeper({ peer, store: bare, log })
  const uploader = createUploader({ peer, store: bare, epochs, runtime: { clock, random: seededRandom(1), log }, uploadIntervalMs: 5_000 })
  const store = { ...observeCommits(bare, () => uploader.committed()), path: bare.path }
  const append = async (from: number, to = from): Promise<void> => store.transact(async (tx) => {
    for (let n = from; n <= to; n++) await tx.append(statusRecord(n))
  })
  const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
    for (let turn = 0; !(await done()); turn++) {
      if (turn > 2_000) throw new Error(`never happened: ${done.toString()}`)
      await clock.run(50)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const seqs = () => server.received.map((record) => record.seq)
  return { server, store, epochs, uploader, clock, log, key, append, until, seqs, dataDir, peer }
}

/** A gateway that uploaded 1…4 and was lost, and a new log in its epoch. */
async function lostAfterFour() {
  const first = await setUp()
  first.uploader.start()
  await first.until(() => first.store.head() !== undefined)
  await first.append(1, 4)
  await first.until(() => first.server.received.length === 4)
  await first.uploader.stop(0)
  const restored = await openStore({ bare: true })
  await restored.saveIdentity(IDENTITY)
  await restored.beginEpoch(1, GENESIS_HASH)
  return { first, restored }
}

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('epoch', () => {
  it('a new log begins the epoch that the server grants, and asks once', async () => {
    const { epochs, store, server } = await setUp()
    expect(await epochs.confirm()).toEqual({ ok: true, value: undefined })
    expect(await epochs.confirm()).toEqual({ ok: true, value: undefined })
    expect(store.head()).toEqual({ gatewayId: IDENTITY.gatewayId, epoch: 1, seq: 0, hash: GENESIS_HASH })
    expect(server.requests.filter((request) => request.endsWith('/epoch'))).toHaveLength(1)
  })

  it('the same epoch goes on after a restart, also with records that the server does not have', async () => {
    const first = await setUp()
    await first.epochs.confirm()
    await first.append(1, 3)
    const second = await setUp({ server: first.server, store: first.store, dataDir: first.dataDir })
    await second.epochs.confirm()
    expect(second.store.head()).toEqual(first.store.head())
  })

  it('a restored log, behind the server, begins a new epoch after the last record that the server holds', async () => {
    const first = await setUp()
    first.uploader.start()
    await first.until(() => first.store.head() !== undefined)
    await first.append(1, 4)
    await first.until(() => first.server.received.length === 4)
    await first.uploader.stop(0)
    const lost = await setUp({ server: first.server, dataDir: first.dataDir })
    await lost.epochs.confirm()
    expect(lost.store.head()).toEqual({ gatewayId: IDENTITY.gatewayId, epoch: 2, seq: 0, hash: first.store.head()?.hash })
  })

  it.each([
    ['an old one', { epoch: 1, continues: false, startHash: GENESIS_HASH }],
    ['another one that is said to go on', { epoch: 7, continues: true, startHash: GENESIS_HASH }],
  ])('refuses %s', async (_, body) => {
    const { epochs, store, server } = await setUp()
    await epochs.confirm()
    const again = createEpochKeeper({ peer: (await setUp({ server })).peer, store, log: createRecordingLog() })
    server.intercept = () => ({ status: 200, body })
    expect(await again.confirm()).toMatchObject({ ok: false, error: { kind: 'invalid' } })
    expect([store.head()?.epoch, again.confirmed()]).toEqual([1, false])
  })
})

describe('uploader', () => {
  it('sends a record within 50 ms of its commit, and a burst together, in order', async () => {
    const { server, store, uploader, clock, append, until, seqs } = await setUp()
    uploader.start()
    await until(() => store.head() !== undefined)
    await clock.run(1_000)
    const requestsBefore = server.requests.length
    const committedAtMs = clock.monoMs()
    for (let n = 1; n <= 20; n++) await append(n)
    await clock.run(50)
    expect(clock.monoMs() - committedAtMs).toBe(50)
    for (let turn = 0; server.received.length < 20 && turn < 5_000; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(seqs()).toEqual(upTo(20))
    expect(server.requests.slice(requestsBefore)).toEqual(['POST /api/gateway/v1/records'])
    await until(async () => (await store.backlog()) === 0)
  })

  it('sends a long backlog in batches of at most 500, every one signed and in order', async () => {
    const { server, uploader, append, epochs, until, seqs } = await setUp()
    const sizes: number[] = []
    server.intercept = (path, body) => {
      if (path.endsWith('/records')) sizes.push((body as { records: unknown[] }).records.length)
      return undefined
    }
    await epochs.confirm()
    await append(1, 1_201)
    uploader.start()
    await until(() => server.received.length === 1_201)
    expect(seqs()).toEqual(upTo(1_201))
    expect(sizes).toEqual([500, 500, 201])
  })

  it('an uplink that is down loses nothing and changes no order', async () => {
    const { server, store, uploader, clock, append, until, seqs, log } = await setUp()
    uploader.start()
    await until(() => store.head() !== undefined)
    await append(1, 3)
    await until(() => server.received.length === 3)
    server.intercept = () => 'hang-up'
    for (let n = 4; n <= 9; n++) {
      await append(n)
      await clock.run(1_000)
      await settle(10)
    }
    server.intercept = undefined
    await until(async () => (await store.backlog()) === 0)
    expect(seqs()).toEqual(upTo(9))
    expect(log.lines.map((line) => line.message)).toEqual(['upload: failed, trying again', 'upload: the server answers again'])
  })

  it('an answer that got lost is asked for again and nothing is stored twice', async () => {
    const { server, store, uploader, append, until, seqs } = await setUp()
    uploader.start()
    await until(() => store.head() !== undefined)
    let lost = 0
    server.intercept = (path, body) => {
      if (!path.endsWith('/records') || lost > 0) return undefined
      lost += 1
      server.accept(body)
      return 'hang-up'
    }
    await append(1, 5)
    await until(async () => (await store.backlog()) === 0)
    expect([lost, seqs()]).toEqual([1, upTo(5)])
  })

  it('a killed process goes on after the acknowledged record', async () => {
    const first = await setUp()
    await first.epochs.confirm()
    await first.append(1, 700)
    let batches = 0
    first.server.intercept = (path) => (path.endsWith('/records') && ++batches > 1 ? 'hang-up' : undefined)
    first.uploader.start()
    await first.until(() => batches > 1)
    await first.uploader.stop(0)
    expect(first.seqs()).toEqual(upTo(500))
    first.server.intercept = undefined

    const second = await setUp({ server: first.server, store: first.store, dataDir: first.dataDir })
    const sent: number[] = []
    first.server.intercept = (path, body) => {
      if (path.endsWith('/records')) sent.push((body as { records: Array<{ seq: number }> }).records[0]?.seq ?? 0)
      return undefined
    }
    second.uploader.start()
    await second.until(() => first.server.received.length === 700)
    expect([sent, second.seqs()]).toEqual([[501], upTo(700)])
  })

  it('a server that was restored from a backup gets again what it lost', async () => {
    const { server, store, uploader, append, until, seqs } = await setUp()
    uploader.start()
    await until(() => store.head() !== undefined)
    await append(1, 10)
    await until(async () => (await store.backlog()) === 0)
    server.forgetAfter(1, 4)
    await append(11)
    await until(() => server.received.length === 11)
    expect(seqs()).toEqual(upTo(11))
  })

  it('a restored log that was written on offline leaves its tail here and goes on in a new epoch', async () => {
    const { first, restored } = await lostAfterFour()
    const second = await setUp({ server: first.server, store: restored, dataDir: first.dataDir })
    await second.append(11, 16)
    second.uploader.start()
    await second.until(() => second.store.head()?.epoch === 2)
    await second.append(21, 22)
    await second.until(() => first.server.received.length === 6)
    expect(first.server.received.map(({ epoch, seq, payload }) => [epoch, seq, (JSON.parse(payload) as { monoMs: number }).monoMs - 1_000]))
      .toEqual([[1, 1, 1], [1, 2, 2], [1, 3, 3], [1, 4, 4], [2, 1, 21], [2, 2, 22]])
    expect(second.log.lines.filter((line) => line.level === 'error')).toMatchObject([{ fields: { epoch: 1, problem: expect.stringContaining('SV_SYNC_CONFLICT') } }])
    await second.until(async () => (await restored.backlog()) === 6)
  })

  it('a restored log whose earlier epoch is longer at the server is not held up by it', async () => {
    const { first, restored } = await lostAfterFour()
    const second = await setUp({ server: first.server, store: restored, dataDir: first.dataDir })
    await second.append(1, 2)
    second.uploader.start()
    await second.until(() => second.store.head()?.epoch === 2)
    await second.append(21)
    await second.until(async () => (await restored.backlog()) === 0)
    expect(first.server.received.map(({ epoch, seq }) => [epoch, seq])).toEqual([[1, 1], [1, 2], [1, 3], [1, 4], [2, 1]])
    expect(second.log.lines.filter((line) => line.level === 'error')).toEqual([])
  })

  it('an epoch that is refused once but goes on is not left behind', async () => {
    const { server, store, uploader, append, epochs, until, seqs } = await setUp()
    await epochs.confirm()
    await append(1, 3)
    let refusals = 0
    server.intercept = (path) => (path.endsWith('/records') && ++refusals <= 2 ? { status: 409, body: { code: 'SV_SYNC_EPOCH', message: 'not granted' } } : undefined)
    uploader.start()
    await until(async () => (await store.backlog()) === 0)
    expect([refusals, seqs(), store.head()?.epoch]).toEqual([3, upTo(3), 1])
  })

  it.each([
    ['acknowledges what was never written', { epoch: 1, contiguousSeq: 99, ahead: [], missing: [], stored: 0, duplicates: 0 }, 'invalid: acknowledged 1/99, the log ends at 1/2'],
    ['answers for another epoch', { epoch: 2, contiguousSeq: 2, ahead: [], missing: [], stored: 0, duplicates: 0 }, 'invalid: acknowledged 2/2, the log ends at 1/2'],
    ['takes the batch but acknowledges nothing', { epoch: 1, contiguousSeq: 0, ahead: [], missing: [], stored: 0, duplicates: 0 }, 'invalid: the batch after 0 was not acknowledged'],
  ])('a server that %s is not believed and not hammered', async (_, body, problem) => {
    const { server, store, uploader, append, epochs, clock } = await setUp()
    await epochs.confirm()
    await append(1, 2)
    server.intercept = (path) => (path.endsWith('/records') ? { status: 200, body } : undefined)
    uploader.start()
    for (let i = 0; i < 100; i++) {
      await clock.run(100)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(uploader.status().problem).toBe(problem)
    expect(await store.backlog()).toBe(2)
    const tries = server.requests.filter((request) => request.endsWith('/records')).length
    expect(tries).toBeGreaterThan(2)
    expect(tries).toBeLessThan(8)
  })

  it('stop sends what is left while the server answers, and not past its deadline', async () => {
    const { server, store, uploader, clock, append, until, seqs } = await setUp()
    uploader.start()
    await until(() => store.head() !== undefined)
    await append(1, 1_100)
    await uploader.stop(clock.monoMs() + 2_000)
    expect(seqs()).toEqual(upTo(1_100))
    await append(1_101)
    await clock.run(60_000)
    expect(server.received).toHaveLength(1_100)
  })
})

describe('batch', () => {
  const record = (seq: number, payload: string) => ({ epoch: 1, seq, payload, hash: 'a'.repeat(64) })

  it('stays under the bytes of one body with the widest characters', () => {
    const wide = '"'.repeat(LIMITS.recordPayloadCharsMax / 2) + '门'.repeat(LIMITS.recordPayloadCharsMax / 2)
    const records = upTo(500).map((seq) => record(seq, wide))
    const batch = cutBatch(records)
    expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThan(LIMITS.syncBodyBytesMax)
    expect(Buffer.byteLength(JSON.stringify(records.slice(0, batch.length + 1)))).toBeGreaterThan(LIMITS.syncBodyBytesMax - 2_048)
    expect(batch.map(({ seq }) => seq)).toEqual(upTo(batch.length))
  })

  it('holds at most 500 records and always one', () => {
    expect(cutBatch(upTo(501).map((seq) => record(seq, '{}')))).toHaveLength(500)
    expect(cutBatch([record(1, 'x'.repeat(LIMITS.syncBodyBytesMax))])).toHaveLength(1)
  })
})
