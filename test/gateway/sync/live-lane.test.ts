import { describe, expect, it, onTestFinished } from 'vitest'
import type { RecordsRequestV1, RecordsResponseV1 } from '#contract/sync-api.js'
import { systemClock } from '#kernel/clock.js'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import { seededRandom } from '#kernel/random.js'
import { createEpochKeeper } from '../../../gateway/sync/epoch.js'
import { type Waiting, createLiveLane } from '../../../gateway/sync/live-lane.js'
import { createServerClient } from '../../../gateway/sync/server-client.js'
import { loadSigningKey } from '../../../gateway/sync/signing-key.js'
import { createUploader } from '../../../gateway/sync/uploader.js'
import { newEpochState } from '../../../server/sync/epoch-rules.js'
import { takeBatch } from '../../../server/sync/ingest-rules.js'
import { missingRanges } from '../../../server/sync/range-rules.js'
import { statusRecord } from '../../support/factories.js'
import { startGatewayApiServer } from '../../support/gateway-api-server.js'
import { IDENTITY, openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const answer = (contiguousSeq: number, ...ahead: Array<[number, number]>): RecordsResponseV1 =>
  ({ epoch: 1, contiguousSeq, ahead: ahead.map(([from, to]) => ({ from, to })), missing: [], stored: 0, duplicates: 0 })
const waiting = (ackedSeq: number, lastSeq: number, epoch = 1): Waiting => ({ epoch, ackedSeq, lastSeq })

describe('what goes ahead of a backlog', () => {
  const make = () => {
    const clock = createVirtualClock()
    return { clock, lane: createLiveLane({ clock }) }
  }

  it('nothing where all is there in a second or two', () => {
    expect(make().lane.ahead(waiting(100, 5_100))).toBeUndefined()
  })

  it('the newest batch first, then what is new behind it, once a second', () => {
    const { clock, lane } = make()
    expect(lane.ahead(waiting(0, 10_000))).toEqual({ afterSeq: 9_500, untilSeq: 10_000 })
    lane.heard(answer(0, [9_501, 10_000]))
    expect(lane.ahead(waiting(0, 10_003))).toBeUndefined()
    clock.advance(1_000)
    expect(lane.ahead(waiting(500, 10_003))).toEqual({ afterSeq: 10_000, untilSeq: 10_003 })
    lane.heard(answer(500, [9_501, 10_003]))
    clock.advance(1_000)
    expect(lane.ahead(waiting(1_000, 10_003))).toBeUndefined()
  })

  it('after another outage the newest again, unless the server has too many stretches already', () => {
    const { clock, lane } = make()
    lane.heard(answer(0, [9_501, 10_000]))
    expect(lane.ahead(waiting(0, 30_000))).toEqual({ afterSeq: 29_500, untilSeq: 30_000 })
    lane.heard(answer(0, ...Array.from({ length: 50 }, (_, n): [number, number] => [10_000 + n * 10, 10_001 + n * 10])))
    clock.advance(1_000)
    expect(lane.ahead(waiting(0, 30_000))).toEqual({ afterSeq: 10_491, untilSeq: 30_000 })
  })

  it('the backlog ends where the server has what follows, so that nothing is sent twice; another epoch has its own', () => {
    const { lane } = make()
    lane.heard(answer(500, [9_501, 10_000]))
    expect(lane.history(waiting(500, 10_003), 500)).toEqual({ afterSeq: 500, untilSeq: 9_500 })
    expect(lane.history(waiting(500, 10_003, 2), 500)).toEqual({ afterSeq: 500, untilSeq: 10_003 })
  })

  it('nothing more in an epoch in which the server takes nothing ahead; in the next it is tried again', () => {
    const { lane } = make()
    lane.refused(1)
    expect(lane.ahead(waiting(0, 10_000))).toBeUndefined()
    expect(lane.ahead(waiting(0, 10_000, 2))).toEqual({ afterSeq: 9_500, untilSeq: 10_000 })
  })

  it('what is new in an epoch whose predecessor still drains, and of each epoch only what the server does not have', () => {
    const { clock, lane } = make()
    expect(lane.ahead(waiting(0, 3, 2), 4_997)).toBeUndefined()
    expect(lane.ahead(waiting(0, 3, 2), 9_000)).toEqual({ afterSeq: 0, untilSeq: 3 })
    lane.heard({ ...answer(3), epoch: 2 })
    lane.heard(answer(500, [9_501, 10_000]))
    clock.advance(1_000)
    expect(lane.ahead(waiting(3, 3, 2), 9_000)).toBeUndefined()
    expect(lane.ahead(waiting(3, 5, 2), 9_000)).toEqual({ afterSeq: 3, untilSeq: 5 })
    expect(lane.history(waiting(500, 10_003), 500)).toEqual({ afterSeq: 500, untilSeq: 9_500 })
  })
})

/** A gateway with a backlog at a server; `takes` decides whether that stores by its own rules or only what follows. */
async function drain(backlog: number, takes: 'ahead' | 'in order', forked?: number) {
  const server = await startGatewayApiServer()
  onTestFinished(() => server.close())
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const key = await loadSigningKey({ dataDir: tempDir(), mayCreate: true })
  const client = createServerClient({ url: server.url, ca: server.caPem, requestTimeoutMs: 5_000, clock: systemClock })
  onTestFinished(() => client.stop())
  await client.claim({ claimToken: server.claimToken, signingPublicKey: key.publicKeyText })
  const peer = { client, identity: IDENTITY, key }
  const store = await openStore({ bare: true })
  await store.saveIdentity(IDENTITY)
  const epochs = createEpochKeeper({ peer, store, log })
  await epochs.confirm()
  const append = (from: number, to: number) => store.transact(async (tx) => {
    for (let n = from; n <= to; n++) await tx.append(statusRecord(n))
  })
  await append(1, backlog)

  const epochsAt = new Map([1, 2].map((epoch) => [epoch, { state: newEpochState(epoch, GENESIS_HASH), stored: new Map<number, string>() }]))
  const at = (epoch: number) => epochsAt.get(epoch) as { state: ReturnType<typeof newEpochState>; stored: Map<number, string> }
  const sent: Array<[number, number]> = []
  /** First and last of each batch of the second epoch, with what had come of the first. */
  const sentInSecond: Array<[number, number, number]> = []
  server.intercept = (path, body) => {
    if (forked !== undefined && path.endsWith('/epoch')) return { status: 200, body: { epoch: forked + 1, continues: false, startHash: GENESIS_HASH } }
    if (!path.endsWith('/records')) return undefined
    const batch = body as RecordsRequestV1
    const range: [number, number] = [batch.records[0]?.seq ?? 0, batch.records.at(-1)?.seq ?? 0]
    if (batch.epoch === 2) sentInSecond.push([...range, at(1).stored.size])
    else sent.push(range)
    if (takes === 'in order') return undefined
    if (batch.epoch === forked) return { status: 409, body: { code: 'SV_SYNC_CHAIN', message: 'another history' } }
    const own = at(batch.epoch)
    const { stored } = own
    const outcome = takeBatch(IDENTITY, own.state, batch, stored)
    const { state } = outcome
    own.state = state
    if (outcome.kind === 'refused') return { status: 409, body: { code: outcome.code, message: String(outcome.seq) } }
    for (const { seq, hash } of outcome.fresh) stored.set(seq, hash)
    return { status: 200, body: { ...answer(state.contiguousSeq, ...state.ahead.map(({ from, to }): [number, number] => [from, to])), epoch: batch.epoch, missing: missingRanges(state), stored: outcome.fresh.length, duplicates: outcome.duplicates } }
  }
  const uploader = createUploader({ peer, store, epochs, runtime: { clock, random: seededRandom(1), log }, uploadIntervalMs: 5_000 })
  const start = () => uploader.start()
  const until = async (done: () => boolean | Promise<boolean>) => {
    for (let turn = 0; !(await done()); turn++) {
      if (turn > 4_000) throw new Error(`never happened: ${done.toString()}`)
      await clock.run(20)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  return { server, clock, store, append, start, until, sent, sentInSecond, log, now: () => ({ state: at(1).state, stored: at(1).stored.size }) }
}

describe('a backlog at a server', () => {
  it('what is new is there while it drains; in the end all is there once, in one chain', async () => {
    const { clock, store, append, start, until, sent, now, log } = await drain(9_000, 'ahead')
    start()
    await until(() => sent.length >= 4)
    expect(sent.slice(0, 3)).toEqual([[8_501, 9_000], [1, 500], [501, 1_000]])
    await append(9_001, 9_002)
    clock.advance(1_000)
    await until(() => sent.some(([from]) => from === 9_001))
    expect(now().state.contiguousSeq).toBeLessThan(8_500)
    await until(async () => (await store.backlog()) === 0)
    expect(now()).toMatchObject({ stored: 9_002, state: { contiguousSeq: 9_002, ahead: [], duplicates: 0, brokenAtSeq: null } })
    expect(log.lines).toEqual([])
  })

  it('a server that takes only what follows gets all of it in order, and is asked once whether it takes more', async () => {
    const { server, store, start, until, sent } = await drain(6_000, 'in order')
    start()
    await until(async () => (await store.backlog()) === 0)
    expect(sent[0]).toEqual([5_501, 6_000])
    expect(sent.slice(1).map(([from]) => from)).toEqual(Array.from({ length: 12 }, (_, n) => n * 500 + 1))
    expect(server.received.map(({ seq }) => seq)).toEqual(Array.from({ length: 6_000 }, (_, n) => n + 1))
  })

  it('what is new in the next epoch does not wait for the rest of the one before', async () => {
    const { store, append, start, until, sent, sentInSecond } = await drain(5_600, 'ahead')
    await store.beginEpoch(2, GENESIS_HASH)
    await append(1, 3)
    start()
    await until(async () => (await store.backlog()) === 0)
    expect([sentInSecond, sent[0]]).toEqual([[[1, 3, 0]], [1, 500]])
  })

  it('after a fork what is new goes ahead again: a history that the server does not share is no server that takes nothing ahead', async () => {
    const { clock, store, append, start, until, sent, sentInSecond } = await drain(5_001, 'ahead', 1)
    start()
    await until(() => store.head()?.epoch === 2)
    expect(sent).toEqual([[4_502, 5_001], [1, 500]])
    await append(1, 5_001)
    clock.advance(1_000)
    await until(() => sentInSecond.length > 1)
    expect(sentInSecond.slice(0, 2)).toEqual([[4_502, 5_001, 0], [1, 500, 0]])
  })
})
