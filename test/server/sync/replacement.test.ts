import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimResponseV1 } from '#contract/sync-api.js'
import { statusRecord } from '../../support/factories.js'
import { type Register, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway, gatewayCalls } from './gateway-client.js'
import { createGatewayLog } from './gateway-log.js'

let server: TestServer
let register: Register
let old: ClaimedGateway
beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  old = await claimedGateway(server, 'jh', register)
})
afterEach(() => server.close())

const replace = async (): Promise<string> => {
  const answer = await server.call('POST', `/api/gateways/${old.gatewayId}/replace`, { as: await register.admin() })
  expect(answer).toMatchObject({ status: 200, body: { gatewayId: old.gatewayId } })
  return (answer.body as { claimToken: string }).claimToken
}
/** New hardware with a key of its own and the old log up to `seq`, as a backup has it. */
async function restored(seq: number) {
  const log = createGatewayLog(old.gatewayId)
  log.append(...old.log.batch(1, seq).records.map(({ payload }) => payload))
  const claim = await gatewayCalls(server).claim(await replace(), log.publicKeyText)
  expect(claim.status).toBe(200)
  return { log, calls: gatewayCalls(server, (claim.body as ClaimResponseV1).credential) }
}
const proof = async (): Promise<object> => (await server.call('GET', `/api/integrity/${old.gatewayId}/proof`, { as: await server.as('estate-manager@jh') })).body as object

describe('a gateway on new hardware', () => {
  it('is the same gateway in a new epoch; the old hardware is shut out from that moment on', async () => {
    await old.report(...[1, 2, 3, 4].map((number) => statusRecord(number)))
    const { log, calls } = await restored(2)
    expect((await old.calls.epoch(old.log.head())).status).toBe(401)
    expect((await old.calls.records(old.log.batch(1, 4))).status).toBe(401)
    expect((await calls.epoch(log.head())).body).toEqual({ epoch: 2, continues: false, startHash: old.log.hashAt(4) })
    log.beginEpoch(2, old.log.hashAt(4))
    log.append(statusRecord(5))
    expect((await calls.records(log.batch(1, 1))).body).toMatchObject({ epoch: 2, contiguousSeq: 1, stored: 1 })
    expect(await proof()).toMatchObject({ verdict: 'whole', epochs: [{ records: 4, head: 'verified' }, { records: 1, head: 'verified', startFollows: true }] })
  })

  it.each([['all that the server has', 4], ['more than the server has', 6]])('writes in a new epoch though its backup has %s, and hands over the rest of the old one', async (_name, held) => {
    old.log.append(...[1, 2, 3, 4].map((number) => statusRecord(number)))
    await old.calls.records(old.log.batch(1, 4))
    old.log.append(...[5, 6].map((number) => statusRecord(number)))
    const { log, calls } = await restored(held)
    expect((await calls.epoch(log.head())).body).toMatchObject({ epoch: 2, continues: false })
    if (held > 4) expect((await calls.records(log.batch(5, held))).body).toMatchObject({ epoch: 1, contiguousSeq: held, stored: held - 4 })
    log.beginEpoch(2, old.log.hashAt(4))
    log.append(statusRecord(7))
    expect((await calls.records(log.batch(1, 1))).body).toMatchObject({ epoch: 2, contiguousSeq: 1 })
    expect(await proof()).toMatchObject({ verdict: 'whole', epochs: [{ records: held, head: 'verified' }, { records: 1, startFollows: true }] })
  })

  it('names what the old hardware signed for and took with it', async () => {
    old.log.append(...[1, 2, 3, 4].map((number) => statusRecord(number)))
    await old.calls.records(old.log.batch(1, 2))
    const { log, calls } = await restored(1)
    await calls.epoch(log.head())
    expect(await proof()).toMatchObject({ verdict: 'incomplete', epochs: [{ missing: [{ from: 3, to: 4 }] }, { records: 0 }] })
  })

  it('the token is for one key, and a revoked gateway may come back by it too', async () => {
    await server.call('POST', `/api/gateways/${old.gatewayId}/revoke`, { as: await register.admin() })
    const token = await replace()
    expect((await gatewayCalls(server).claim(token, createGatewayLog(old.gatewayId).publicKeyText)).status).toBe(200)
    expect((await gatewayCalls(server).claim(token, createGatewayLog(old.gatewayId).publicKeyText)).status).toBe(403)
    expect((await register.audit()).map(({ action }) => action)).toEqual(expect.arrayContaining(['gateway.revoke', 'gateway.replace', 'gateway.claim']))
  })
})
