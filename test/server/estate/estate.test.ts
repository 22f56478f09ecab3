import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
})
afterAll(() => server.close())

let estates = 0
/** An estate of this test alone. */
async function newEstate(): Promise<string> {
  const estateId = `e-${(estates += 1)}`
  const answer = await server.call('POST', '/api/estates', { as: await register.admin(), body: { estateId, name: '江海小区', district: '江海区' } })
  expect([answer.status, answer.body]).toEqual([201, { estateId, name: '江海小区', district: '江海区' }])
  return estateId
}
const put = async (estateId: string, gateId: string, body: object) => server.call('PUT', `/api/estates/${estateId}/gates/${gateId}`, { as: await register.admin(), body })
const remove = async (estateId: string, gateId: string) => server.call('DELETE', `/api/estates/${estateId}/gates/${gateId}`, { as: await register.admin() })
const items = async (estateId: string) => (await register.feed(estateId)).map(({ item }) => item)
const codeOf = (answer: { status: number; body: unknown }) => [answer.status, (answer.body as { code: string }).code]

describe('estates', () => {
  it('are listed within scope, by id', async () => {
    const estateId = await newEstate()
    const mine = await server.call('GET', '/api/estates', { as: await server.as('guard@xh', 'resident@jh') })
    expect(mine.body).toEqual({ estates: [{ estateId: 'jh', name: 'Estate jh', district: 'Jianghai' }, { estateId: 'xh', name: 'Estate xh', district: 'Jianghai' }] })
    const all = await server.call('GET', '/api/estates', { as: await register.admin() })
    expect((all.body as { estates: Array<{ estateId: string }> }).estates.map((estate) => estate.estateId)).toContain(estateId)
  })

  it('have one id each', async () => {
    const estateId = await newEstate()
    expect(codeOf(await server.call('POST', '/api/estates', { as: await register.admin(), body: { estateId, name: 'x', district: 'y' } }))).toEqual([409, 'SV_ESTATE_EXISTS'])
  })
})

describe('gates', () => {
  it('are told to the gateways as they stand, the cursor going up', async () => {
    const estateId = await newEstate()
    expect((await put(estateId, 'g-1', gateBody(1, ['cam-2', 'cam-1']))).body).toEqual({ estateId, gateId: 'g-1', ...gateBody(1, ['cam-2', 'cam-1']) })
    await put(estateId, 'g-2', gateBody(2))
    expect(await register.feed(estateId)).toEqual([
      { cursor: 1, item: { kind: 'gate.v2', gateId: 'g-1', ...gateBody(1, ['cam-2', 'cam-1']) } },
      { cursor: 2, item: { kind: 'gate.v2', gateId: 'g-2', ...gateBody(2) } },
    ])
    await put(estateId, 'g-1', { ...gateBody(1), releaseMs: 5000 })
    expect(await register.feed(estateId)).toEqual([
      { cursor: 2, item: { kind: 'gate.v2', gateId: 'g-2', ...gateBody(2) } },
      { cursor: 3, item: { kind: 'gate.v2', gateId: 'g-1', ...gateBody(1), releaseMs: 5000 } },
    ])
  })

  it('need a way in without a face', async () => {
    const estateId = await newEstate()
    const answer = await put(estateId, 'g-1', { ...gateBody(), faceFreeWays: [] })
    expect(codeOf(answer)).toEqual([400, 'SV_GATE_NO_FACE_FREE_WAY'])
    expect((answer.body as { message: string }).message).toContain('art. 10')
    expect([await items(estateId), await server.db.read.gate.count({ where: { estateId } })]).toEqual([[], 0])
  })

  it('have a door and devices of their own, free again when a gate goes', async () => {
    const estateId = await newEstate()
    await put(estateId, 'g-1', gateBody(1, ['cam-1']))
    const sameDoor = await put(estateId, 'g-2', gateBody(1))
    expect([codeOf(sameDoor), (sameDoor.body as { details: object }).details]).toEqual([[409, 'SV_GATE_DOOR_TAKEN'], { field: 'doorNo', gateId: 'g-1' }])
    const sameCamera = await put(estateId, 'g-2', gateBody(2, ['cam-2', 'cam-1']))
    expect([codeOf(sameCamera), (sameCamera.body as { details: object }).details]).toEqual([[409, 'SV_GATE_DEVICE_TAKEN'], { field: 'devices', gateId: 'g-1' }])
    expect((await put(estateId, 'g-1', gateBody(1, ['cam-1', 'cam-3']))).status).toBe(200)
    expect((await remove(estateId, 'g-1')).status).toBe(204)
    expect((await put(estateId, 'g-2', gateBody(1, ['cam-1']))).status).toBe(200)
    expect(await items(estateId)).toEqual([{ kind: 'gate-deleted.v1', gateId: 'g-1' }, { kind: 'gate.v2', gateId: 'g-2', ...gateBody(1, ['cam-1']) }])
  })

  it('of two estates may have the same names', async () => {
    const [first, second] = [await newEstate(), await newEstate()]
    expect([(await put(first, 'g', gateBody(1, ['c']))).status, (await put(second, 'g', gateBody(1, ['c']))).status]).toEqual([200, 200])
  })

  it('come back under the same id', async () => {
    const estateId = await newEstate()
    await put(estateId, 'g-1', gateBody())
    await remove(estateId, 'g-1')
    expect(codeOf(await remove(estateId, 'g-1'))).toEqual([404, 'SV_HTTP_NOT_FOUND'])
    await put(estateId, 'g-1', gateBody(3))
    expect(await register.feed(estateId)).toEqual([{ cursor: 3, item: { kind: 'gate.v2', gateId: 'g-1', ...gateBody(3) } }])
  })

  it('take themselves out of permits when they go; a permit without a gate ends', async () => {
    const estateId = await newEstate()
    await put(estateId, 'g-1', gateBody(1))
    await put(estateId, 'g-2', gateBody(2))
    const person = await register.person(estateId)
    const both = await register.permit(person, ['g-1', 'g-2'])
    server.clock.advance(1)
    const one = await register.permit(person, ['g-1'])
    await remove(estateId, 'g-1')
    const feed = (await items(estateId)).slice(-3)
    expect(feed).toEqual([
      { kind: 'permit.v2', permitId: both, personRef: person, role: 'resident', scheduleId: null, gateIds: ['g-2'], validFromMs: 0, validUntilMs: expect.any(Number) },
      { kind: 'permit-deleted.v1', permitId: one },
      { kind: 'gate-deleted.v1', gateId: 'g-1' },
    ])
    const permits = (await server.call('GET', `/api/permits?personRef=${person}`, { as: await register.admin() })).body as { permits: Array<{ permitId: string; gateIds: string[]; endedAtMs: number | null }> }
    expect(permits.permits.map(({ permitId, gateIds, endedAtMs }) => [permitId, gateIds, endedAtMs !== null])).toEqual([[one, ['g-1'], true], [both, ['g-2'], false]])
  })

  it('are no gates of an estate that is not there', async () => {
    expect(codeOf(await put('nowhere', 'g', gateBody()))).toEqual([404, 'SV_HTTP_NOT_FOUND'])
  })
})

describe('gateways', () => {
  it('get a one-time claim token of which the server keeps the hash alone', async () => {
    const { createHash } = await import('node:crypto')
    const answer = await server.call('POST', '/api/gateways', { as: await register.admin(), body: { estateId: 'jh', name: '网关' } })
    const { gatewayId, claimToken, claimExpiresAtMs } = answer.body as { gatewayId: string; claimToken: string; claimExpiresAtMs: number }
    expect([answer.status, claimToken]).toEqual([201, expect.stringMatching(/^[A-Za-z0-9_-]{43}$/)])
    expect(claimExpiresAtMs - server.clock.wallMs()).toBe(7 * 86_400_000)
    const row = await server.db.read.gateway.findUniqueOrThrow({ where: { gatewayId } })
    expect(row).toMatchObject({
      estateId: 'jh', name: '网关', claimTokenHash: createHash('sha256').update(claimToken).digest('hex'),
      claimExpiresAtMs: BigInt(claimExpiresAtMs), credentialHash: null, claimedAtMs: null, revokedAtMs: null,
    })
    expect(JSON.stringify(await register.audit())).not.toContain(claimToken)
  })

  it('lose token and credential when revoked, twice without harm', async () => {
    const { gatewayId } = await register.gateway('jh')
    await server.db.transact((tx) => tx.gateway.update({ where: { gatewayId }, data: { credentialHash: 'c'.repeat(64) } }))
    for (let i = 0; i < 2; i++) {
      expect((await server.call('POST', `/api/gateways/${gatewayId}/revoke`, { as: await register.admin() })).status).toBe(204)
      server.clock.advance(1_000)
    }
    const row = await server.db.read.gateway.findUniqueOrThrow({ where: { gatewayId } })
    expect(row).toMatchObject({ credentialHash: null, claimTokenHash: null, revokedAtMs: BigInt(server.clock.wallMs() - 2_000) })
  })

  it('belong to an estate that is there', async () => {
    expect(codeOf(await server.call('POST', '/api/gateways', { as: await register.admin(), body: { estateId: 'nowhere', name: 'x' } }))).toEqual([400, 'SV_ESTATE_UNKNOWN'])
  })
})
