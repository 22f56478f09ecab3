import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import { type Register, YEAR_MS, gateBody, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
})
afterAll(() => server.close())

const WORK = ['mon', 'tue', 'wed', 'thu', 'fri']
const body = (change: object = {}) => ({ name: '工作时间', weekly: [{ days: WORK, from: '08:00', until: '18:00' }], onHolidays: [], ...change })
const put = async (scheduleId: string, schedule: object): Promise<Answer> => server.call('PUT', `/api/estates/jh/schedules/${scheduleId}`, { as: await server.as('estate-manager@jh'), body: schedule })
const remove = async (scheduleId: string): Promise<Answer> => server.call('DELETE', `/api/estates/jh/schedules/${scheduleId}`, { as: await server.as('estate-manager@jh') })
const last = async () => (await register.feed('jh')).at(-1)?.item
const codeOf = ({ status, body: answer }: Answer) => [status, (answer as { code?: string }).code]
const detailsOf = ({ body: answer }: Answer) => (answer as { details: object }).details
const putGate = async (gateId: string, gate: object): Promise<Answer> => server.call('PUT', `/api/estates/jh/gates/${gateId}`, { as: await register.admin(), body: gate })

describe('schedules', () => {
  it('are told to the gateways as they stand, and gone when removed', async () => {
    expect((await put('office', body())).body).toEqual({ scheduleId: 'office', ...body() })
    expect(await last()).toEqual({ kind: 'schedule.v1', scheduleId: 'office', ...body() })
    await put('office', body({ onHolidays: [{ from: '10:00', until: '12:00' }] }))
    expect(await last()).toEqual({ kind: 'schedule.v1', scheduleId: 'office', ...body({ onHolidays: [{ from: '10:00', until: '12:00' }] }) })
    expect((await remove('office')).status).toBe(204)
    expect(await last()).toEqual({ kind: 'schedule-deleted.v1', scheduleId: 'office' })
    expect(codeOf(await remove('office'))).toEqual([404, 'SV_HTTP_NOT_FOUND'])
  })

  it.each([
    ['nothing', { weekly: [] }, 'weekly', 'has no time at which anybody may pass'],
    ['an end before its beginning', { weekly: [{ days: ['mon'], from: '22:00', until: '06:00' }] }, 'weekly.0.until', 'ends after it begins; past midnight write two entries'],
    ['no time at all', { weekly: [{ days: ['mon'], from: '08:00', until: '08:00' }] }, 'weekly.0.until', 'ends after it begins; past midnight write two entries'],
    ['a day twice', { weekly: [{ days: ['mon', 'mon'], from: '08:00', until: '09:00' }] }, 'weekly.0.days', 'names a day twice'],
    ['two times at once', { weekly: [{ days: ['mon', 'tue'], from: '08:00', until: '12:00' }, { days: ['tue'], from: '11:59', until: '13:00' }] }, 'weekly', 'tue 08:00–12:00 and 11:59–13:00 overlap'],
    ['holidays at once', { onHolidays: [{ from: '08:00', until: '12:00' }, { from: '09:00', until: '10:00' }] }, 'onHolidays', '08:00–12:00 and 09:00–10:00 overlap'],
    ['a holiday backwards', { onHolidays: [{ from: '12:00', until: '08:00' }] }, 'onHolidays.0.until', 'ends after it begins; past midnight write two entries'],
  ])('with %s are refused, with nothing written', async (_name, change, field, problem) => {
    const before = (await register.feed('jh')).length
    const answer = await put('bad', body(change))
    expect([codeOf(answer), detailsOf(answer)]).toEqual([[400, 'SV_SCHEDULE_TIMES'], { field, problem }])
    expect([await server.db.read.schedule.count({ where: { scheduleId: 'bad' } }), (await register.feed('jh')).length]).toEqual([0, before])
  })

  it('one after the other may touch, and end at midnight', async () => {
    expect((await put('touch', body({ weekly: [{ days: ['mon'], from: '00:00', until: '12:00' }, { days: ['mon'], from: '12:00', until: '24:00' }] }))).status).toBe(200)
    expect(codeOf(await put('no-such-time', body({ weekly: [{ days: ['mon'], from: '08:00', until: '24:01' }] })))).toEqual([400, 'SV_HTTP_VALIDATION'])
  })

  it('are kept while somebody goes by them, and say who', async () => {
    await put('used', body())
    await register.gate('jh', 'g-used', { ...gateBody(3), rules: { ...NO_GATE_RULES, openScheduleId: 'used' } })
    const personRef = await register.person('jh')
    const permit = { personRef, gateIds: ['g-used'], validFromMs: 0, validUntilMs: server.clock.wallMs() + YEAR_MS, scheduleId: 'used', role: 'carer' }
    const issued = await server.call('POST', '/api/permits', { as: await register.admin(), body: permit })
    expect(await last()).toMatchObject({ kind: 'permit.v2', role: 'carer', scheduleId: 'used' })
    const visit = await register.visit('jh', 'g-used', { scheduleId: 'used' })
    const refused = await remove('used')
    expect([codeOf(refused), detailsOf(refused)]).toEqual([[409, 'SV_SCHEDULE_IN_USE'], { permits: 1, gates: 1, visits: 1 }])
    const { schedules } = (await server.call('GET', '/api/estates/jh/schedules', { as: await server.as('guard@jh') })).body as { schedules: Array<{ scheduleId: string; usedBy: object }> }
    expect(schedules.find(({ scheduleId }) => scheduleId === 'used')).toEqual({ scheduleId: 'used', ...body(), usedBy: { permits: 1, gates: 1, visits: 1 } })
    await server.call('DELETE', `/api/permits/${(issued.body as { permitId: string }).permitId}`, { as: await register.admin() })
    await server.call('POST', `/api/visits/${visit}/end`, { as: await register.admin(), body: {} })
    await register.gate('jh', 'g-used', gateBody(3))
    expect((await remove('used')).status).toBe(204)
  })

  it('of another estate are unknown to permits, gates and visits', async () => {
    await register.schedule('xh', 'theirs', body())
    await register.gate('jh', 'g-1', gateBody(1))
    const personRef = await register.person('jh')
    const permit = { personRef, gateIds: ['g-1'], validFromMs: 0, validUntilMs: server.clock.wallMs() + YEAR_MS, scheduleId: 'theirs' }
    expect(codeOf(await server.call('POST', '/api/permits', { as: await register.admin(), body: permit }))).toEqual([400, 'SV_SCHEDULE_UNKNOWN'])
    expect(codeOf(await putGate('g-2', { ...gateBody(2), rules: { ...NO_GATE_RULES, lockedScheduleId: 'theirs' } }))).toEqual([400, 'SV_SCHEDULE_UNKNOWN'])
    const visit = { ...register.visitBody('jh', ['g-1']), scheduleId: 'theirs' }
    expect(codeOf(await server.call('POST', '/api/visits', { as: await register.admin(), body: visit }))).toEqual([400, 'SV_SCHEDULE_UNKNOWN'])
  })
})

describe('rules of a gate', () => {
  const rules = (change: object) => ({ ...gateBody(8), rules: { ...NO_GATE_RULES, ...change } })
  it.each([
    ['anti-passback without an area', { antiPassback: 'soft' }, 'rules.areaId'], ['a limit without an area', { occupancyMax: 9 }, 'rules.areaId'],
    ['the first person in without times', { firstPersonIn: true }, 'rules.openScheduleId'],
    ['the same times open and locked', { openScheduleId: 'touch', lockedScheduleId: 'touch' }, 'rules.lockedScheduleId'],
    ['hard anti-passback and nobody seen to leave', { antiPassback: 'hard', areaId: 'yard' }, 'rules.antiPassback'],
    ['a limit and nobody seen to leave', { occupancyMax: 9, areaId: 'yard' }, 'rules.occupancyMax'],
  ])('%s do not go together', async (_name, change, field) => {
    const answer = await putGate('g-8', rules(change))
    expect([codeOf(answer), detailsOf(answer)]).toEqual([[400, 'SV_GATE_RULES'], { field, problem: expect.any(String) }])
    expect(await server.db.read.gate.count({ where: { gateId: 'g-8' } })).toBe(0)
  })

  it('hard anti-passback stands where another gate of the area sees people leave', async () => {
    await register.gate('jh', 'g-out', { ...gateBody(7), devices: [{ deviceId: 'reader-out', direction: 'out' }], rules: { ...NO_GATE_RULES, areaId: 'yard' } })
    expect((await putGate('g-8', rules({ antiPassback: 'hard', areaId: 'yard', occupancyMax: 9 }))).status).toBe(200)
    const { gates } = (await server.call('GET', '/api/estates/jh/gates', { as: await server.as('guard@jh') })).body as { gates: Array<{ gateId: string; rules: object }> }
    expect(gates.find(({ gateId }) => gateId === 'g-8')).toEqual({ estateId: 'jh', gateId: 'g-8', ...rules({ antiPassback: 'hard', areaId: 'yard', occupancyMax: 9 }) })
  })

  it('left out are none, in the one zone of the estate', async () => {
    const { rules: _rules, zoneId: _zone, ...plain } = gateBody(6)
    expect((await putGate('g-10', plain)).body).toEqual({ estateId: 'jh', gateId: 'g-10', ...gateBody(6) })
  })
})
