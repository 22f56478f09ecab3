import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Register, YEAR_MS, gateBody, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
const permits: Record<string, string> = {}
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  for (const n of [1, 2]) await register.gate('jh', `g-${n}`, gateBody(n))
  await register.schedule('jh', 'day', { name: '白天', weekly: [{ days: ['mon'], from: '08:00', until: '18:00' }], onHolidays: [] })
  const issue = async (name: string, change: object): Promise<void> => {
    const personRef = await register.person('jh', '1980-01-01', name)
    const body = { personRef, gateIds: ['g-1'], validFromMs: 0, validUntilMs: server.clock.wallMs() + YEAR_MS, ...change }
    permits[name] = ((await server.call('POST', '/api/permits', { as: await register.admin(), body })).body as { permitId: string }).permitId
    server.clock.advance(1)
  }
  await issue('护工甲', { role: 'carer' })
  await issue('护工乙', { role: 'carer', gateIds: ['g-2'] })
  await issue('住户', {})
})
afterAll(() => server.close())

const post = async (path: string, body: object): Promise<Answer> => server.call('POST', `/api/permit-assignments${path}`, { as: await server.as('estate-manager@jh'), body: { estateId: 'jh', ...body } })
interface Preview { digest: string; permits: number; changed: number; persons: Array<{ displayName: string; scheduleId: string | null }> }
const preview = async (body: object): Promise<Preview> => (await post('/preview', body)).body as Preview

describe('times for a group of permits', () => {
  it('are shown with whom they concern, then set for exactly those, in one step', async () => {
    const asked = { scheduleId: 'day', roles: ['carer'] }
    const shown = await preview(asked)
    expect(shown).toMatchObject({ permits: 2, changed: 2, persons: [{ displayName: '护工甲', scheduleId: null }, { displayName: '护工乙', scheduleId: null }] })
    const before = (await register.feed('jh')).at(-1)?.cursor ?? 0
    expect((await post('', { ...asked, digest: shown.digest })).body).toEqual({ changed: 2 })
    expect((await register.feed('jh')).filter(({ cursor }) => cursor > before).map(({ item }) => [item['permitId'], item['scheduleId']])).toEqual([[permits['护工甲'], 'day'], [permits['护工乙'], 'day']])
    expect((await register.audit()).at(-1)).toMatchObject({ action: 'permit.assign', after: { scheduleId: 'day', roles: ['carer'], permits: [permits['护工甲'], permits['护工乙']] } })
    expect(await preview(asked)).toMatchObject({ permits: 2, changed: 0 })
  })

  it('may be narrowed to a gate, and taken back', async () => {
    const asked = { scheduleId: null, gateId: 'g-2' }
    const shown = await preview(asked)
    expect(shown).toMatchObject({ permits: 1, changed: 1, persons: [{ displayName: '护工乙', scheduleId: 'day' }] })
    expect((await post('', { ...asked, digest: shown.digest })).body).toEqual({ changed: 1 })
    expect((await preview({ scheduleId: null, roles: ['carer'] })).persons.map(({ displayName, scheduleId }) => [displayName, scheduleId])).toEqual([['护工甲', 'day'], ['护工乙', null]])
  })

  it('are set for nobody where the group is another one by now', async () => {
    const asked = { scheduleId: 'day', roles: ['resident'] }
    const { digest } = await preview(asked)
    await register.permit(await register.person('jh'), ['g-1'])
    const before = (await register.feed('jh')).length
    const answer = await post('', { ...asked, digest })
    expect([answer.status, (answer.body as { code: string }).code, (await register.feed('jh')).length]).toEqual([409, 'SV_PERMIT_ASSIGNMENT', before])
    expect((await post('/preview', { scheduleId: 'gone' })).status).toBe(400)
  })

  it('concern who lives in a building now, whatever else they hold', async () => {
    const today = new Date(server.clock.wallMs()).toISOString().slice(0, 10)
    const [buildingId, unitId, householdId] = [server, server, server].map((_, n) => `01890000-0000-7000-8000-00000000000${n}`) as [string, string, string]
    const living = await register.person('jh', '1980-01-01', '住三栋的')
    await register.permit(living, ['g-1'])
    await server.db.transact(async (tx) => {
      const createdAtMs = 1n
      await tx.building.create({ data: { buildingId, estateId: 'jh', name: '3栋', floors: 6, createdAtMs } })
      await tx.unit.create({ data: { unitId, estateId: 'jh', buildingId, floor: 5, roomNo: '502', label: '3栋 502', areaCentiM2: 5_000, layout: '一室', hasElevator: false, createdAtMs } })
      await tx.household.create({ data: { householdId, estateId: 'jh', householdNo: 'h1', createdAtMs } })
      await tx.lease.create({ data: { leaseId: householdId, estateId: 'jh', householdId, unitId, leaseNo: 'l1', fromDate: '2020-01-01', untilDate: today, agreedUntilDate: today, createdAtMs } })
      await tx.householdMember.create({ data: { memberId: householdId, estateId: 'jh', householdId, personRef: living, role: 'head', fromDate: '2020-01-01', untilDate: null, createdAtMs } })
    })
    expect((await preview({ scheduleId: 'day', buildingId })).persons.map((person) => person.displayName)).toEqual(['住三栋的'])
    expect(await preview({ scheduleId: 'day', buildingId: '01890000-0000-7000-8000-0000000000ff' })).toMatchObject({ permits: 0, persons: [] })
  })
})
