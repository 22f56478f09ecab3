import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Register, YEAR_MS, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
let person: string
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  await register.gate('jh', 'g-1', gateBody(1))
  await register.gate('jh', 'g-2', gateBody(2))
  await register.gate('xh', 'x-1', gateBody(1))
  person = await register.person('jh')
})
afterAll(() => server.close())

const issue = async (change: object) => server.call('POST', '/api/permits', {
  as: await server.as('estate-manager@jh'), body: { personRef: person, gateIds: ['g-1'], validFromMs: 0, validUntilMs: server.clock.wallMs() + YEAR_MS, ...change },
})
const withdraw = async (permitId: string) => server.call('DELETE', `/api/permits/${permitId}`, { as: await server.as('estate-manager@jh') })

describe('permits', () => {
  it('are told to the gateways, listed and audited as they were issued', async () => {
    const validUntilMs = server.clock.wallMs() + YEAR_MS
    const answer = await issue({ gateIds: ['g-2', 'g-1'], validFromMs: 5, validUntilMs })
    const { permitId } = answer.body as { permitId: string }
    expect(answer.status).toBe(201)
    expect((await register.feed('jh')).at(-1)?.item).toEqual({
      kind: 'permit.v2', permitId, personRef: person, role: 'resident', gateIds: ['g-2', 'g-1'], validFromMs: 5, validUntilMs, scheduleId: null,
    })
    const { permits } = (await server.call('GET', `/api/permits?personRef=${person}`, { as: await server.as('guard@jh') })).body as { permits: unknown[] }
    expect(permits[0]).toEqual({
      permitId, estateId: 'jh', personRef: person, role: 'resident', gateIds: ['g-1', 'g-2'], validFromMs: 5, validUntilMs, scheduleId: null, endedAtMs: null,
    })
    expect((await register.audit()).filter(({ subject }) => subject === `permit:${permitId}`)).toMatchObject([{ action: 'permit.issue', after: { personRef: person, gateIds: ['g-2', 'g-1'] } }])
  })

  it('end once, with one tombstone', async () => {
    const { permitId } = (await issue({})).body as { permitId: string }
    expect((await withdraw(permitId)).status).toBe(204)
    const { cursor } = (await register.feed('jh')).at(-1) as { cursor: number }
    expect((await withdraw(permitId)).status).toBe(204)
    expect((await register.feed('jh')).at(-1)).toEqual({ cursor, item: { kind: 'permit-deleted.v1', permitId } })
    expect((await withdraw('01890000-0000-7000-8000-000000000000')).status).toBe(404)
  })

  it.each([
    ['a gate that is not there', { gateIds: ['g-1', 'g-9'] }, 'SV_PERMIT_GATE', { field: 'gateIds', gateIds: ['g-9'] }],
    ['a gate of another estate', { gateIds: ['x-1'] }, 'SV_PERMIT_GATE', { field: 'gateIds', gateIds: ['x-1'] }],
    ['an end before its beginning', { validFromMs: 4e12, validUntilMs: 3e12 }, 'SV_PERMIT_TIMES', { field: 'validUntilMs' }],
    ['an end in the past', { validUntilMs: 1_000 }, 'SV_PERMIT_TIMES', { field: 'validUntilMs' }],
  ])('are refused for %s, with nothing written', async (_name, change, code, details) => {
    const counts = async () => [await server.db.read.permit.count(), (await register.feed('jh')).length, (await register.audit()).length]
    await server.as('estate-manager@jh')
    const before = await counts()
    expect(await issue(change)).toMatchObject({ status: 400, body: { code, details } })
    expect(await counts()).toEqual(before)
  })
})
