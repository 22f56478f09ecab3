import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chainHash } from '#kernel/hash-chain.js'
import type { GatewayProof } from '../../../server/integrity/proof-schemas.js'
import { proofText } from '../../../server/verify-log.js'
import { statusRecord } from '../../support/factories.js'
import { type Register, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'

const ROWS = 1_100
let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
})
afterEach(() => server.close())

const statuses = (count: number): object[] => Array.from({ length: count }, (_, index) => statusRecord(index + 1))
const upload = async (count: number): Promise<void> => {
  gateway.log.append(...statuses(count))
  for (let from = 1; from <= count; from += 500) await gateway.calls.records(gateway.log.batch(from, Math.min(count, from + 499)))
}
const proof = async (): Promise<GatewayProof> => {
  const answer = await server.call('GET', `/api/integrity/${gateway.gatewayId}/proof`, { as: await server.as('estate-manager@jh') })
  expect(answer.status).toBe(200)
  return answer.body as GatewayProof
}
const sql = (statement: string, ...values: unknown[]): Promise<unknown> => server.db.transact((tx) => tx.$executeRawUnsafe(statement, ...values))
const whole = { epoch: 1, verdict: 'whole', records: ROWS, stored: [{ from: 1, to: ROWS }], storedCount: 1, headSeq: ROWS, missing: [], missingCount: 0, removed: [], removedCount: 0,
  added: [], addedCount: 0, duplicates: 0, chain: 'verified', brokenAtSeq: null, refusedAtSeq: null, head: 'verified', startFollows: true }

describe('the proof of a gateway\'s log', () => {
  it('a whole log, over more than one reading, in two epochs', async () => {
    await upload(ROWS)
    const { log, calls } = gateway
    await calls.epoch(null)
    log.beginEpoch(2, log.hashAt(ROWS))
    log.append(statusRecord(1))
    await calls.records(log.batch(1, 1))
    const found = await proof()
    expect(found).toMatchObject({ gatewayId: gateway.gatewayId, estateId: 'jh', verdict: 'whole' })
    expect(found.epochs).toEqual([whole, { ...whole, epoch: 2, records: 1, stored: [{ from: 1, to: 1 }], headSeq: 1 }])
    expect(proofText(found)).toContain('epoch 1: whole, 1100 records, signed up to 1100, 0 duplicates dropped\n    received 1…1100\n    chain verified, signed head verified')
  })

  it('a gateway without a record is whole; another estate\'s is not there', async () => {
    expect(await proof()).toMatchObject({ verdict: 'whole', epochs: [{ records: 0, head: 'verified' }], clock: [] })
    expect((await server.call('GET', `/api/integrity/${gateway.gatewayId}/proof`, { as: await server.as('estate-manager@xh') })).status).toBe(404)
  })

  it('names duplicates, gaps and what the gateway sends next', async () => {
    const { log, calls } = gateway
    log.append(...statuses(12))
    await calls.records(log.batch(1, 4))
    await calls.records(log.batch(3, 4))
    await calls.records(log.batch(8, 9))
    expect(await proof()).toMatchObject({
      verdict: 'incomplete', epochs: [{ stored: [{ from: 1, to: 4 }, { from: 8, to: 9 }], missing: [{ from: 5, to: 7 }], removed: [], duplicates: 2, headSeq: 12, head: 'absent' }],
    })
  })

  it.each<[string, (seq: number) => Promise<unknown>, object]>([
    ['a changed record', (seq) => sql('UPDATE GatewayRecord SET payload = replace(payload, \'online\', \'offline\') WHERE seq = ?', seq), { chain: 'broken', brokenAtSeq: 1_050 }],
    ['a changed hash', (seq) => sql('UPDATE GatewayRecord SET hash = ? WHERE seq = ?', 'f'.repeat(64), seq), { chain: 'broken', brokenAtSeq: 1_050 }],
    ['a record that was taken out', (seq) => sql('DELETE FROM GatewayRecord WHERE seq = ?', seq), { removed: [{ from: 1_050, to: 1_050 }], stored: [{ from: 1, to: 1_049 }, { from: 1_051, to: ROWS }] }],
    ['a tail that was taken out', (seq) => sql('DELETE FROM GatewayRecord WHERE seq >= ?', seq), { removed: [{ from: 1_050, to: ROWS }], head: 'absent' }],
    ['a record that was put in', () => sql(`INSERT INTO GatewayRecord SELECT gatewayId, epoch, ${ROWS + 5}, kind, payload, hash, receivedAtMs FROM GatewayRecord WHERE seq = 1`),
      { added: [{ from: ROWS + 5, to: ROWS + 5 }] }],
    ['a head that was put back with its records', async (seq) => {
      await sql('DELETE FROM GatewayRecord WHERE seq > ?', seq)
      await sql('UPDATE GatewayEpoch SET contiguousSeq = ?1, headSeq = ?1, headHash = ?2, contiguousHash = ?2', seq, gateway.log.hashAt(seq))
    }, { removed: [], head: 'forged' }],
    ['another beginning', async () => sql('UPDATE GatewayEpoch SET startHash = ?', 'a'.repeat(64)), { startFollows: false, chain: 'broken', brokenAtSeq: 1 }],
  ])('finds and locates %s', async (_name, tamper, expected) => {
    await upload(ROWS)
    await tamper(1_050)
    const found = await proof()
    expect(found.verdict).toBe('tampered')
    expect(found.epochs).toMatchObject([{ verdict: 'tampered', ...expected }])
  })

  it('finds a log that was written anew from one record on, every hash of it', async () => {
    await upload(20)
    const rows = gateway.log.batch(1, 20).records
    let previousHash = gateway.log.hashAt(11)
    for (const { seq, payload } of rows.slice(11)) {
      const changed = seq === 12 ? payload.replace('{', '{ ') : payload
      previousHash = chainHash(previousHash, { gatewayId: gateway.gatewayId, epoch: 1, seq, payload: changed })
      await sql('UPDATE GatewayRecord SET payload = ?, hash = ? WHERE seq = ?', changed, previousHash, seq)
    }
    await sql('UPDATE GatewayEpoch SET contiguousHash = ?1, headHash = ?1', previousHash)
    expect(await proof()).toMatchObject({ verdict: 'tampered', epochs: [{ chain: 'verified', head: 'forged' }] })
  })

  it('names records whose clock is suspect', async () => {
    const now = server.clock.wallMs()
    const at = (index: number, offMs: number): object => ({ ...statusRecord(index), occurredAtMs: now + offMs, monoMs: index * 1_000 + offMs })
    const { log, calls } = gateway
    log.append(at(1, 0), at(2, 3_600_000), at(3, 3_600_000), at(4, 0))
    await calls.records(log.batch(1, 4))
    expect((await proof()).clock.map(({ from, to, cause }) => ({ from, to, cause }))).toEqual([{ from: 2, to: 3, cause: 'ahead' }])
  })
})
