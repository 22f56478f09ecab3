import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stampOf, uuid } from '../../support/factories.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type Answer, type TestServer, VISITOR, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { passageV2 } from '../sync/record-samples.js'

const DAY_MS = 86_400_000
let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
  await register.gate('jh', 'g-1', gateBody(1))
  await register.gate('jh', 'g-2', gateBody(2))
  await register.gate('xh', 'x-1', gateBody(1))
  await register.schedule('jh', 'day', { name: '白天', weekly: [{ days: ['mon'], from: '08:00', until: '18:00' }], onHolidays: [] })
})
afterAll(() => server.close())

const host = async (gateIds = ['g-1'], days = 30): Promise<string> => {
  const personRef = await register.person('jh')
  await register.permit(personRef, gateIds, server.clock.wallMs() + days * DAY_MS)
  return personRef
}
const asked = (change: object = {}) => ({ ...register.visitBody('jh', ['g-1']), ...change })
const create = async (change: object = {}): Promise<Answer> => server.call('POST', '/api/visits', { as: await server.as('guard@jh'), body: asked(change) })
const act = async (path: string): Promise<Answer> => server.call('POST', `/api/visits/${path}`, { as: await server.as('guard@jh'), body: {} })
const made = async (change: object = {}): Promise<{ visitId: string; code: string }> => {
  const answer = await create(change)
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body as { visitId: string; code: string }
}
const about = async (visitId: string) => (await register.feed('jh')).map(({ item }) => item).filter((item) => item['visitId'] === visitId)
const failure = ({ status, body }: Answer) => [status, (body as { code?: string }).code, (body as { details?: { field?: string } }).details?.field]
interface Listed { visitId: string; displayName: string | null; hostName: string | null; endCause: string | null; origin: string; use: { passagesIn: number; lastAtMs: number | null } }
const list = async (query = '', as: 'guard@jh' | 'auditor@jh' = 'guard@jh'): Promise<Listed[]> =>
  ((await server.call('GET', `/api/visits?state=all${query}`, { as: await server.as(as) })).body as { visits: Listed[] }).visits
const one = async (visitId: string, as: 'guard@jh' | 'auditor@jh' = 'guard@jh') => (await list('&limit=200', as)).find((visit) => visit.visitId === visitId)

describe('a visit', () => {
  it('is told to the gateways with its code, of which the SHA-256 alone is kept', async () => {
    const hostPersonRef = await host()
    const terms = { purpose: 'visit', hostPersonRef, displayName: '王阿姨', passagesMax: 2 }
    const { visitId, code } = await made(terms)
    const { estateId: _estate, purpose: _purpose, ...told } = asked(terms)
    expect(await about(visitId)).toEqual([
      { kind: 'visit.v1', visitId, ...told },
      {
        kind: 'credential.v1', credentialId: expect.any(String) as string, personRef: null, visitId, validFromMs: told.validFromMs, validUntilMs: told.validUntilMs,
        secret: { kind: 'token', sha256: createHash('sha256').update(code).digest('hex') },
      },
    ])
    expect(await one(visitId)).toMatchObject({ displayName: '王阿姨', hostName: '李小明', use: { passagesIn: 0, lastAtMs: null } })
    expect(await one(visitId, 'auditor@jh')).toMatchObject({ displayName: '王**', hostName: '李**' })
    const audit = JSON.stringify((await register.audit()).filter(({ subject }) => subject === `visit:${visitId}`))
    expect([audit.includes('王阿姨'), audit.includes('visit.create')]).toEqual([false, true])
  })

  it.each([
    ['an end before its beginning', () => ({ validUntilMs: server.clock.wallMs() - 1 }), 'SV_VISIT_TIMES', 'validUntilMs'],
    ['a beginning long ago', () => ({ validFromMs: server.clock.wallMs() - DAY_MS }), 'SV_VISIT_TIMES', 'validFromMs'],
    ['more days than allowed', () => ({ validUntilMs: server.clock.wallMs() + VISITOR.daysMax * DAY_MS + 1 }), 'SV_VISIT_TIMES', 'validUntilMs'],
    ['no host', () => ({ purpose: 'visit' }), 'SV_VISIT_HOST', 'hostPersonRef'],
    ['a gate that is not there', () => ({ gateIds: ['g-9'] }), 'SV_VISIT_GATE', 'gateIds'], ['a gate of another estate', () => ({ gateIds: ['x-1'] }), 'SV_VISIT_GATE', 'gateIds'],
  ])('with %s is refused, nothing written', async (_name, change, code, field) => {
    const before = (await register.feed('jh')).length
    expect(failure(await create(change()))).toEqual([400, code, field])
    expect((await register.feed('jh')).length).toBe(before)
  })

  it('goes no further than its host may: not to other gates, not longer, not from another estate', async () => {
    const hostPersonRef = await host(['g-1'], 2)
    const visit = { purpose: 'visit', hostPersonRef }
    const elsewhere = await create({ ...visit, gateIds: ['g-1', 'g-2'] })
    expect([failure(elsewhere), (elsewhere.body as { details: object }).details]).toEqual([
      [400, 'SV_VISIT_HOST', 'gateIds'], { field: 'gateIds', problem: 'the host may not pass there until then', gateIds: ['g-2'] },
    ])
    expect(failure(await create({ ...visit, validUntilMs: server.clock.wallMs() + 3 * DAY_MS }))).toEqual([400, 'SV_VISIT_HOST', 'gateIds'])
    expect(failure(await create({ ...visit, hostPersonRef: await register.person('xh') }))).toEqual([400, 'SV_VISIT_HOST', 'hostPersonRef'])
    expect((await create(visit)).status).toBe(201)
  })

  it('of one household are so many at a time; ended ones make room', async () => {
    const hostPersonRef = await host()
    const visits = []
    for (let n = 0; n < VISITOR.openPerHouseholdMax; n++) visits.push(await made({ purpose: 'visit', hostPersonRef }))
    const over = await create({ purpose: 'visit', hostPersonRef })
    expect([failure(over), (over.body as { details: object }).details]).toEqual([[409, 'SV_VISIT_LIMIT', 'hostPersonRef'], { field: 'hostPersonRef', open: 3, max: 3 }])
    await act(`${visits[0]?.visitId}/end`)
    await made({ purpose: 'visit', hostPersonRef })
  })

  it('a carer comes for months, by times of the week', async () => {
    const hostPersonRef = await host(['g-1'], 200)
    const pass = { purpose: 'carer', hostPersonRef, validUntilMs: server.clock.wallMs() + 100 * DAY_MS, passagesMax: null }
    expect(failure(await create(pass))).toEqual([400, 'SV_VISIT_TIMES', 'scheduleId'])
    const { visitId } = await made({ ...pass, scheduleId: 'day' })
    expect((await about(visitId))[0]).toMatchObject({ scheduleId: 'day', passagesMax: null })
  })
})

describe('a visit ends', () => {
  it('early, once, with its code', async () => {
    const { visitId } = await made()
    const [, credential] = await about(visitId)
    for (let n = 0; n < 2; n++) expect((await act(`${visitId}/end`)).status).toBe(204)
    expect(await about(visitId)).toEqual([{ kind: 'visit-deleted.v1', visitId }])
    expect((await register.feed('jh')).map(({ item }) => item)).toContainEqual({ kind: 'credential-deleted.v1', credentialId: credential?.['credentialId'] })
    expect(failure(await act(`${visitId}/code`))).toEqual([409, 'SV_CREDENTIAL_ENDED', undefined])
  })

  it('by its time; its name is erased after the days that are set', async () => {
    // A server of its own: its logins end as the days go by.
    const alone = await startTestServer()
    const its = registerOf(alone)
    await its.gate('jh', 'g-1', gateBody(1))
    const visitId = await its.visit('jh', 'g-1')
    const row = () => alone.db.read.visit.findUniqueOrThrow({ where: { visitId }, select: { displayName: true, endCause: true } })
    alone.clock.advance(DAY_MS)
    await alone.sweep()
    expect(await row()).toEqual({ displayName: '张师傅', endCause: 'expired' })
    expect((await its.feed('jh')).map(({ item }) => item).filter((item) => item['visitId'] === visitId)).toEqual([{ kind: 'visit-deleted.v1', visitId }])
    alone.clock.advance(VISITOR.nameDays * DAY_MS)
    await alone.sweep()
    expect(await row()).toEqual({ displayName: '张师傅', endCause: 'expired' })
    alone.clock.advance(1)
    await alone.sweep()
    expect(await row()).toEqual({ displayName: null, endCause: 'expired' })
    await alone.close()
  })

  it('with its host, or its last gate', async () => {
    const leaving = await host()
    const { visitId } = await made({ purpose: 'visit', hostPersonRef: leaving })
    await server.call('DELETE', `/api/persons/${leaving}`, { as: await register.admin() })
    expect(await one(visitId)).toMatchObject({ endCause: 'host-removed' })
    await register.gate('jh', 'g-3', gateBody(3))
    const both = await made({ gateIds: ['g-1', 'g-3'] })
    const alone = await made({ gateIds: ['g-3'] })
    await server.call('DELETE', '/api/estates/jh/gates/g-3', { as: await register.admin() })
    expect([await one(both.visitId), await one(alone.visitId)]).toMatchObject([{ gateIds: ['g-1'], endCause: null }, { endCause: 'gate-removed' }])
    expect((await about(both.visitId)).find((item) => item['kind'] === 'visit.v1')).toMatchObject({ gateIds: ['g-1'] })
  })

  it('and a lost code goes while another comes', async () => {
    const { visitId, code } = await made()
    const renewed = (await act(`${visitId}/code`)).body as { code: string }
    expect(renewed.code).not.toBe(code)
    const secrets = (await about(visitId)).flatMap((item) => (item['kind'] === 'credential.v1' ? [(item['secret'] as { sha256: string }).sha256] : []))
    expect(secrets).toEqual([createHash('sha256').update(renewed.code).digest('hex')])
  })
})

describe('what gateways report of visits', () => {
  it('passages inwards are counted; refusals and ways out are not', async () => {
    const { visitId } = await made({ passagesMax: 5 })
    const shown = (number: number, change: object = {}) => passageV2(number, { visitId, way: 'qr', gateId: 'g-1', ...change })
    await gateway.report(shown(1), shown(2, { direction: 'out' }), shown(3, { result: 'refused', reason: 'quota-used' }), shown(4))
    expect((await one(visitId))?.use).toEqual({ passagesIn: 2, lastAtMs: stampOf(4).occurredAtMs })
  })

  const desk = (number: number, visitId: string, ended: boolean) => ({
    kind: 'desk-visit.v1', ...stampOf(number), visitId, hostPersonRef: null, gateIds: ['g-1'], validFromMs: server.clock.wallMs(), validUntilMs: server.clock.wallMs() + DAY_MS,
    passagesMax: 1, ended, operatorRef: uuid(1, 0x77),
  })

  it('a desk\'s visit is listed without a name, and ended here it ends there', async () => {
    const visitId = uuid(1, 0x5150)
    await gateway.report(desk(20, visitId, false))
    expect(await one(visitId)).toMatchObject({ origin: 'desk', displayName: null, endCause: null })
    expect(await about(visitId)).toEqual([])
    expect(failure(await act(`${visitId}/code`))).toEqual([409, 'SV_CREDENTIAL_ENDED', undefined])
    await act(`${visitId}/end`)
    expect(await about(visitId)).toEqual([{ kind: 'visit-deleted.v1', visitId }])
  })

  it('its end may come before its beginning', async () => {
    const visitId = uuid(2, 0x5150)
    gateway.log.append(desk(21, visitId, false), desk(22, visitId, true))
    const last = gateway.log.lastSeq
    for (const seq of [last, last - 1]) expect((await gateway.calls.records(gateway.log.batch(seq, seq))).status).toBe(200)
    expect(await one(visitId)).toMatchObject({ endCause: 'ended' })
    expect((await list('&limit=200')).filter((visit) => visit.visitId === visitId).length).toBe(1)
  })
})

describe('the access log', () => {
  it('names the visitor to those who deal with them, and another estate\'s to nobody', async () => {
    const { visitId } = await made({ displayName: '赵师傅' })
    const [mine, foreign] = [passageV2(30, { visitId, way: 'qr', gateId: 'g-1' }), passageV2(31, { visitId, way: 'qr', gateId: 'x-1' })]
    await gateway.report(mine)
    await (await claimedGateway(server, 'xh', register)).report(foreign)
    const nameOf = async (passageId: string, as: 'guard@jh' | 'auditor@jh' | 'guard@xh') =>
      ((await server.call('GET', `/api/access-log/${passageId}`, { as: await server.as(as) })).body as { personName: string | null }).personName
    expect([await nameOf(mine.passageId, 'guard@jh'), await nameOf(mine.passageId, 'auditor@jh'), await nameOf(foreign.passageId, 'guard@xh')]).toEqual(['赵师傅', '赵**', null])
  })
})
