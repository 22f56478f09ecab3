import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import type { DayOfWeek, WeekSchedule } from '#kernel/schedule.js'
import { type Moment, gateModeAt, verdictAt } from '../../../server/rule/pass-test-rules.js'
import { type Register, YEAR_MS, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'

const at = (text: string): number => Date.parse(`${text}+08:00`)
const DAYS: readonly DayOfWeek[] = ['mon', 'tue', 'wed', 'thu', 'fri']
const OFFICE: WeekSchedule = { weekly: [{ days: [...DAYS], from: '08:00', until: '18:00' }], onHolidays: [] }
const NIGHT: WeekSchedule = { weekly: [{ days: [...DAYS, 'sat', 'sun'], from: '00:00', until: '06:00' }], onHolidays: [{ from: '00:00', until: '06:00' }] }

describe('the rules of the test', () => {
  const moment = (time: string): Moment => ({ atMs: at(time), schedules: new Map([['office', OFFICE], ['night', NIGHT]]), calendar: new Map([['2026-10-01', 'holiday']]) })
  const always = { validFromMs: 0, validUntilMs: 4e12, scheduleId: null }
  it.each([
    [{}, '2026-11-23T03:00:00', 'as-usual'], [{ openScheduleId: 'office' }, '2026-11-23T09:00:00', 'kept-open'], [{ openScheduleId: 'office' }, '2026-11-23T19:00:00', 'as-usual'],
    [{ openScheduleId: 'office' }, '2026-10-01T09:00:00', 'as-usual'], [{ lockedScheduleId: 'night' }, '2026-11-23T03:00:00', 'kept-locked'],
    [{ openScheduleId: 'gone' }, '2026-11-23T09:00:00', 'as-usual'],
  ])('%j at %s: %s', (rules, time, mode) => expect(gateModeAt({ ...NO_GATE_RULES, ...rules }, moment(time))).toBe(mode))

  it.each([
    ['always', always, 'as-usual', false, 'allowed'], ['before it begins', { ...always, validFromMs: at('2026-11-23T09:00:01') }, 'as-usual', false, 'outside-validity'],
    ['at its end', { ...always, validUntilMs: at('2026-11-23T09:00:00') }, 'as-usual', false, 'outside-validity'],
    ['within its times', { ...always, scheduleId: 'office' }, 'as-usual', false, 'allowed'], ['outside its times', { ...always, scheduleId: 'night' }, 'as-usual', false, 'outside-schedule'],
    ['by times that are gone', { ...always, scheduleId: 'gone' }, 'as-usual', false, 'outside-schedule'],
    ['kept locked', always, 'kept-locked', false, 'kept-locked'], ['kept locked, but staff', always, 'kept-locked', true, 'allowed'], ['kept open', always, 'kept-open', false, 'allowed'],
  ] as const)('%s', (_name, terms, mode, staff, verdict) => expect(verdictAt(terms, mode, staff, moment('2026-11-23T09:00:00'))).toBe(verdict))
})

describe('who could pass', () => {
  let server: TestServer
  let register: Register
  beforeAll(async () => {
    server = await startTestServer()
    register = registerOf(server)
    await server.call('PUT', '/api/holidays/2026', { as: await register.admin(), body: { source: 'x', days: [{ date: '2026-10-01', name: '国庆节', treatAs: 'holiday' }] } })
    await register.schedule('jh', 'office', { name: '工作时间', ...OFFICE })
    await register.schedule('jh', 'night', { name: '夜间', ...NIGHT })
    await register.gate('jh', 'g-1', { ...gateBody(1), rules: { ...NO_GATE_RULES, lockedScheduleId: 'night' } })
    const permit = async (displayName: string, change: object): Promise<void> => {
      const personRef = await register.person('jh', '1980-01-01', displayName)
      const body = { personRef, gateIds: ['g-1'], validFromMs: 0, validUntilMs: server.clock.wallMs() + 5 * YEAR_MS, ...change }
      expect((await server.call('POST', '/api/permits', { as: await register.admin(), body })).status).toBe(201)
    }
    await permit('住户', {})
    await permit('护工', { role: 'carer', scheduleId: 'office' })
    await permit('保洁', { role: 'staff' })
    const two = await register.person('jh', '1980-01-01', '两份许可')
    for (const change of [{ scheduleId: 'night' }, { scheduleId: 'office' }]) {
      const body = { personRef: two, gateIds: ['g-1'], validFromMs: 0, validUntilMs: server.clock.wallMs() + 5 * YEAR_MS, ...change }
      expect((await server.call('POST', '/api/permits', { as: await register.admin(), body })).status).toBe(201)
    }
  })
  afterAll(() => server.close())

  const ask = async (time: string) => {
    const answer = await server.call('GET', `/api/estates/jh/pass-test?gateId=g-1&atMs=${at(time)}`, { as: await server.as('guard@jh') })
    const body = answer.body as { mode: string; day: string; holidayName: string | null; allowed: number; refused: number; persons: Array<{ displayName: string; verdict: string }> }
    return { ...body, persons: Object.fromEntries(body.persons.map(({ displayName, verdict }) => [displayName, verdict])) }
  }
  it.each([
    ['2026-11-23T09:00:00', 'workday', 'as-usual', { 住户: 'allowed', 护工: 'allowed', 保洁: 'allowed', 两份许可: 'allowed' }],
    ['2026-11-28T09:00:00', 'weekend', 'as-usual', { 住户: 'allowed', 护工: 'outside-schedule', 保洁: 'allowed', 两份许可: 'outside-schedule' }],
    ['2026-10-01T09:00:00', 'holiday', 'as-usual', { 住户: 'allowed', 护工: 'outside-schedule', 保洁: 'allowed', 两份许可: 'outside-schedule' }],
    ['2026-11-23T03:00:00', 'workday', 'kept-locked', { 住户: 'kept-locked', 护工: 'outside-schedule', 保洁: 'allowed', 两份许可: 'kept-locked' }],
  ])('at %s', async (time, day, mode, persons) => {
    const allowed = Object.values(persons).filter((verdict) => verdict === 'allowed').length
    expect(await ask(time)).toMatchObject({ day, mode, allowed, refused: 4 - allowed, persons, holidayName: day === 'holiday' ? '国庆节' : null })
  })

  it('no gate, no answer', async () => {
    expect((await server.call('GET', '/api/estates/jh/pass-test?gateId=none', { as: await server.as('guard@jh') })).status).toBe(404)
  })
})
