import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isWeekend, localMoment } from '#kernel/schedule.js'
import { HOLIDAY_TABLES } from '../../../server/rule/holiday-tables.js'
import { type Register, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
})
afterAll(() => server.close())

const put = async (year: number, days: readonly object[], source = '通知'): Promise<Answer> =>
  server.call('PUT', `/api/holidays/${year}`, { as: await register.admin(), body: { days, source } })
const holidays = async (estateId: string) => (await register.feed(estateId)).map(({ item }) => item).filter((item) => String(item['kind']).startsWith('holiday'))
const day = (date: string, treatAs = 'holiday', name = '国庆节') => ({ date, name, treatAs })

describe('the shipped table of 2026', () => {
  const [table] = HOLIDAY_TABLES
  it('has 33 days off and 6 worked weekends, as announced', () => {
    const count = (treatAs: string): number => (table?.days ?? []).filter((each) => each.treatAs === treatAs).length
    expect([table?.year, count('holiday'), count('workday')]).toEqual([2026, 33, 6])
    for (const { date, treatAs } of table?.days ?? []) {
      if (treatAs === 'workday') expect(isWeekend(localMoment(Date.parse(`${date}T12:00:00+08:00`)).weekday), date).toBe(true)
    }
  })

  it('is offered, and taken over as it is', async () => {
    const answer = (await server.call('GET', '/api/holidays/2026', { as: await server.as('guard@jh') })).body as { days: object[]; offered: { days: object[]; source: string } }
    expect([answer.days, answer.offered]).toEqual([[], table])
    expect((await put(2026, answer.offered.days, answer.offered.source)).status).toBe(204)
    const after = (await server.call('GET', '/api/holidays/2026', { as: await server.as('guard@jh') })).body as { days: object[]; source: string }
    expect([after.days.length, after.source]).toEqual([39, table?.source])
    expect((await holidays('jh')).length).toBe(39)
  })
})

describe('a year of holidays', () => {
  it('is told to every estate, changes alone, and to estates that come later', async () => {
    await put(2030, [day('2030-10-01'), day('2030-10-02'), day('2030-10-12', 'workday')])
    const before = (await register.feed('xh')).at(-1)?.cursor ?? 0
    await put(2030, [day('2030-10-01'), day('2030-10-03'), day('2030-10-12', 'workday')])
    expect((await register.feed('xh')).filter(({ cursor }) => cursor > before).map(({ item }) => item)).toEqual([
      { kind: 'holiday-deleted.v1', date: '2030-10-02' }, { kind: 'holiday.v1', ...day('2030-10-03') },
    ])
    await server.call('POST', '/api/estates', { as: await register.admin(), body: { estateId: 'later', name: 'x', district: 'y' } })
    expect((await holidays('later')).filter((item) => String(item['date']).startsWith('2030'))).toEqual([
      { kind: 'holiday.v1', ...day('2030-10-01') }, { kind: 'holiday.v1', ...day('2030-10-03') }, { kind: 'holiday.v1', ...day('2030-10-12', 'workday') },
    ])
  })

  it.each([
    ['a day of another year', [day('2029-12-31')], 'days.0.date'], ['a day that is not there', [day('2030-10-01'), day('2030-02-30')], 'days.1.date'],
    ['a day twice', [day('2030-10-01'), day('2030-10-01')], 'days.1.date'], ['a Tuesday made a working day', [day('2030-10-01', 'workday')], 'days.0.date'],
  ])('with %s is refused, the table as before', async (_name, days, field) => {
    const before = await holidays('jh')
    const answer = await put(2030, days)
    expect([answer.status, (answer.body as { code: string }).code, (answer.body as { details: { field: string } }).details.field]).toEqual([400, 'SV_HOLIDAY_DAYS', field])
    expect(await holidays('jh')).toEqual(before)
  })
})
