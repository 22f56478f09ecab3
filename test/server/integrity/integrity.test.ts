import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { statusRecord } from '../../support/factories.js'
import { type Register, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
})
afterEach(() => server.close())

const statuses = (count: number, from = 1): object[] => Array.from({ length: count }, (_, index) => statusRecord(from + index))
const gateways = async (grant: 'estate-manager@jh' | 'bureau-viewer@*' = 'estate-manager@jh'): Promise<Array<{ gatewayId: string; epochs: object[] }>> =>
  ((await server.call('GET', '/api/integrity', { as: await server.as(grant) })).body as { gateways: Array<{ gatewayId: string; epochs: object[] }> }).gateways
const epochs = async (): Promise<object[]> => (await gateways())[0]?.epochs ?? []

describe('integrity', () => {
  it('a gateway that was never heard has no epoch', async () => {
    const { gatewayId } = await register.gateway('xh')
    expect(await gateways('bureau-viewer@*')).toEqual([
      {
        gatewayId: gateway.gatewayId, estateId: 'jh', name: 'gateway', lastContactAtMs: server.clock.wallMs(),
        epochs: [{ epoch: 1, contiguousSeq: 0, headSeq: 0, missing: [], duplicates: 0, chain: 'verified', brokenAtSeq: null }],
      },
      { gatewayId, estateId: 'xh', name: 'gateway', lastContactAtMs: null, epochs: [] },
    ])
    expect((await gateways()).map((one) => one.gatewayId)).toEqual([gateway.gatewayId])
  })

  it('names what is complete, missing, signed for and repeated', async () => {
    const { log, calls } = gateway
    log.append(...statuses(12))
    await calls.records(log.batch(1, 4))
    await calls.records(log.batch(3, 4))
    await calls.records(log.batch(8, 9))
    expect(await epochs()).toEqual([{ epoch: 1, contiguousSeq: 4, headSeq: 12, missing: [{ from: 5, to: 7 }], duplicates: 2, chain: 'verified', brokenAtSeq: null }])
  })

  it('a tail that was signed for is missing for good once a new epoch began', async () => {
    const { log, calls } = gateway
    log.append(...statuses(12))
    await calls.records(log.batch(1, 4))
    await calls.records(log.batch(8, 9))
    await calls.epoch(null)
    expect(await epochs()).toMatchObject([
      { epoch: 1, contiguousSeq: 4, headSeq: 12, missing: [{ from: 5, to: 7 }, { from: 10, to: 12 }] }, { epoch: 2, contiguousSeq: 0, headSeq: 0, missing: [] },
    ])
  })

  it('a broken chain is named', async () => {
    const { log, calls } = gateway
    log.append(...statuses(4))
    await calls.records(log.batch(1, 2))
    expect((await calls.records({ ...log.batch(3, 4), previousHash: 'f'.repeat(64) })).status).toBe(409)
    expect(await epochs()).toMatchObject([{ contiguousSeq: 2, chain: 'broken', brokenAtSeq: 3 }])
  })

  it('a revoked gateway stays: its log does', async () => {
    await gateway.report(...statuses(2))
    await server.call('POST', `/api/gateways/${gateway.gatewayId}/revoke`, { as: await register.admin() })
    expect(await epochs()).toMatchObject([{ contiguousSeq: 2 }])
  })
})
