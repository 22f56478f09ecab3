import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemaError } from '#contract/codec.js'
import { ClaimResponseV1 } from '#contract/sync-api.js'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import { LIMITS } from '#kernel/limits.js'
import { CONTACT_EVERY_MS } from '../../../server/sync/gateway-auth.js'
import { statusRecord } from '../../support/factories.js'
import { type Register, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { claimedGateway, gatewayCalls } from './gateway-client.js'
import { createGatewayLog } from './gateway-log.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
})
afterAll(() => server.close())

const newKey = (): string => createGatewayLog('any').publicKeyText
const error = ({ status, body }: Answer): unknown[] => [status, (body as { code?: string }).code]
const row = (gatewayId: string) => server.db.read.gateway.findUniqueOrThrow({ where: { gatewayId } })
const WEEK_MS = 7 * 86_400_000

describe('claim', () => {
  it('turns a token into identity and credential; the table holds neither token nor credential', async () => {
    const { gatewayId, claimToken } = await register.gateway('jh')
    const key = newKey()
    const { status, body } = await gatewayCalls(server).claim(claimToken, key)
    expect([status, body]).toEqual([200, { gatewayId, estateId: 'jh', credential: expect.any(String) as string }])
    expect(schemaError(ClaimResponseV1, body)).toBeUndefined()
    const stored = await row(gatewayId)
    expect(stored).toMatchObject({ signingPublicKey: key, claimedAtMs: BigInt(server.clock.wallMs()) })
    expect(Object.values(stored)).not.toContain((body as ClaimResponseV1).credential)
    expect((await register.audit()).filter(({ subject }) => subject === `gateway:${gatewayId}`).map(({ action }) => action)).toEqual(['gateway.create', 'gateway.claim'])
  })

  it('can be repeated with the same key until the credential is used: a gateway that lost its answer gets another', async () => {
    const { claimToken } = await register.gateway('jh')
    const key = newKey()
    const credentialOf = async (): Promise<string> => ((await gatewayCalls(server).claim(claimToken, key)).body as ClaimResponseV1).credential
    const lost = await credentialOf()
    const kept = await credentialOf()
    expect(kept).not.toBe(lost)
    expect(error(await gatewayCalls(server, lost).epoch())).toEqual([401, 'SV_GATEWAY_CREDENTIAL'])
    expect((await gatewayCalls(server, kept).epoch()).status).toBe(200)
    expect(error(await gatewayCalls(server).claim(claimToken, key))).toEqual([403, 'SV_GATEWAY_CLAIM'])
    expect((await gatewayCalls(server, kept).epoch()).status).toBe(200)
  })

  it('is refused with another key, an unknown token, after its week, and for a revoked gateway', async () => {
    const { claimToken } = await register.gateway('jh')
    const key = newKey()
    await gatewayCalls(server).claim(claimToken, key)
    expect(error(await gatewayCalls(server).claim(claimToken, newKey()))).toEqual([403, 'SV_GATEWAY_CLAIM'])
    expect(error(await gatewayCalls(server).claim('x'.repeat(43), key))).toEqual([403, 'SV_GATEWAY_CLAIM'])
    const late = await register.gateway('jh')
    server.clock.jumpWall(WEEK_MS)
    expect(error(await gatewayCalls(server).claim(late.claimToken, newKey()))).toEqual([403, 'SV_GATEWAY_CLAIM'])
    server.clock.jumpWall(-WEEK_MS)
    expect((await row(late.gatewayId)).credentialHash).toBeNull()
    const revoked = await register.gateway('jh')
    await server.call('POST', `/api/gateways/${revoked.gatewayId}/revoke`, { as: await register.admin() })
    expect(error(await gatewayCalls(server).claim(revoked.claimToken, newKey()))).toEqual([403, 'SV_GATEWAY_CLAIM'])
  })

  it('is won by one of two who come at once', async () => {
    const { claimToken } = await register.gateway('jh')
    const answers = await Promise.all([newKey(), newKey(), newKey()].map((key) => gatewayCalls(server).claim(claimToken, key)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403])
  })

  it.each([
    ['an RSA key', generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64').slice(0, 172), 'SV_GATEWAY_KEY'],
    ['an X25519 key', generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64'), 'SV_GATEWAY_KEY'],
    ['noise', 'AAAA', 'SV_GATEWAY_KEY'],
    ['no base64', '=!', 'SV_HTTP_VALIDATION'],
  ])('is refused with %s as key, and the token stays good', async (_name, key, code) => {
    const { claimToken } = await register.gateway('jh')
    expect(error(await gatewayCalls(server).claim(claimToken, key))).toEqual([400, code])
    expect((await gatewayCalls(server).claim(claimToken, newKey())).status).toBe(200)
  })
})

describe('a credential', () => {
  it.each([
    ['none', undefined], ['another scheme', 'Basic abc'], ['a short one', 'Bearer abc'], ['an unknown one', `Bearer ${'A'.repeat(43)}`],
  ])('%s opens nothing', async (_name, authorization) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    for (const [method, path] of [['POST', 'epoch'], ['POST', 'records'], ['GET', 'roster?cursor=0']] as const) {
      expect(error(await server.call(method, `/api/gateway/v1/${path}`, { headers, ...(method === 'POST' ? { body: { head: null } } : {}) }))).toEqual([401, 'SV_GATEWAY_CREDENTIAL'])
    }
  })

  it('of a revoked gateway opens nothing from the next request on', async () => {
    const { gatewayId, calls, log } = await claimedGateway(server)
    log.append(statusRecord(1))
    await server.call('POST', `/api/gateways/${gatewayId}/revoke`, { as: await register.admin() })
    expect(error(await calls.records(log.batch(1, 1)))).toEqual([401, 'SV_GATEWAY_CREDENTIAL'])
    expect(error(await calls.roster(0))).toEqual([401, 'SV_GATEWAY_CREDENTIAL'])
    expect(await server.db.read.gatewayRecord.count({ where: { gatewayId } })).toBe(0)
  })

  it('opens its own log alone: with another gateway\'s nothing is stored', async () => {
    const one = await claimedGateway(server)
    const other = await claimedGateway(server, 'xh')
    one.log.append(statusRecord(1))
    expect(error(await other.calls.records(one.log.batch(1, 1)))).toEqual([403, 'SV_SYNC_SIGNATURE'])
    expect(error(await other.calls.epoch(one.log.head()))).toEqual([403, 'SV_SYNC_SIGNATURE'])
    expect(await server.db.read.gatewayRecord.count({ where: { gatewayId: { in: [one.gatewayId, other.gatewayId] } } })).toBe(0)
  })

  it('notes when its gateway was heard last, not at every request', async () => {
    const { gatewayId, calls } = await claimedGateway(server)
    const first = (await row(gatewayId)).lastContactAtMs
    expect(first).toBe(BigInt(server.clock.wallMs()))
    server.clock.advance(CONTACT_EVERY_MS - 1)
    await calls.roster(0)
    expect((await row(gatewayId)).lastContactAtMs).toBe(first)
    server.clock.advance(1)
    await calls.roster(0)
    expect((await row(gatewayId)).lastContactAtMs).toBe(BigInt(server.clock.wallMs()))
    server.clock.jumpWall(-3_600_000)
    await calls.roster(0)
    expect((await row(gatewayId)).lastContactAtMs).toBe(BigInt(server.clock.wallMs()))
    server.clock.jumpWall(3_600_000)
  })
})

describe('epoch and records', () => {
  it('a gateway that asks again before it wrote gets the same epoch, and goes on in it with its head', async () => {
    const { calls, log, report } = await claimedGateway(server)
    const first = { epoch: 1, continues: false, startHash: GENESIS_HASH }
    expect((await calls.epoch()).body).toEqual(first)
    await report(statusRecord(1), statusRecord(2))
    expect((await calls.epoch(log.head())).body).toEqual({ ...first, continues: true })
    log.append(statusRecord(3))
    expect((await calls.epoch(log.head())).body).toEqual({ ...first, continues: true })
    // It showed seq 3: a log that ends at 2 has lost something from now on.
    expect((await calls.epoch(log.head(2))).body).toEqual({ epoch: 2, continues: false, startHash: log.hashAt(3) })
  })

  it('answers name code, place and nothing more', async () => {
    const { calls, log } = await claimedGateway(server)
    log.append(statusRecord(1), statusRecord(2))
    const broken = log.batch(1, 2)
    const { status, body } = await calls.records({ ...broken, previousHash: 'f'.repeat(64) })
    expect([status, body]).toEqual([409, { code: 'SV_SYNC_CHAIN', message: expect.any(String) as string, details: { epoch: 1, seq: 1 } }])
  })

  it.each<[string, (batch: Record<string, unknown>) => unknown, number, string]>([
    ['an unknown field', (batch) => ({ ...batch, image: 'x' }), 400, 'SV_HTTP_VALIDATION'],
    ['no record', (batch) => ({ ...batch, records: [] }), 400, 'SV_HTTP_VALIDATION'],
    ['501 records', (batch) => ({ ...batch, records: Array.from({ length: 501 }, () => (batch['records'] as unknown[])[0]) }), 400, 'SV_HTTP_VALIDATION'],
    ['a record above 4096 characters', (batch) => ({ ...batch, records: [{ seq: 1, payload: 'x'.repeat(4_097), hash: 'a'.repeat(64) }] }), 400, 'SV_HTTP_VALIDATION'],
    ['a body above its limit', (batch) => ({ ...batch, records: 'x'.repeat(LIMITS.syncBodyBytesMax) }), 413, 'SV_HTTP_TOO_LARGE'],
  ])('%s is refused and nothing stored', async (_name, change, status, code) => {
    const { gatewayId, calls, log } = await claimedGateway(server)
    log.append(statusRecord(1))
    expect(error(await calls.records(change({ ...log.batch(1, 1) }) as never))).toEqual([status, code])
    expect(await server.db.read.gatewayRecord.count({ where: { gatewayId } })).toBe(0)
  })

  it('takes the largest batch that the contract allows', async () => {
    const { calls, log } = await claimedGateway(server)
    const padding = 'x'.repeat(LIMITS.recordPayloadCharsMax - 30)
    log.append(...Array.from({ length: LIMITS.syncBatchRecordsMax }, (_, index) => ({ kind: 'filling.v1', number: index, padding: padding.slice(String(index).length + 16) })))
    expect((await calls.records(log.batch(1, LIMITS.syncBatchRecordsMax))).body).toMatchObject({ contiguousSeq: LIMITS.syncBatchRecordsMax })
  })
})
