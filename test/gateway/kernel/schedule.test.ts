import { describe, expect, it } from 'vitest'
import { type DayCalendar, type WeekSchedule, localMoment, withinSchedule } from '#kernel/schedule.js'

/** Milliseconds of a civil time in Jiangmen. */
const at = (text: string): number => Date.parse(`${text}+08:00`)

const WORK = ['mon', 'tue', 'wed', 'thu', 'fri'] as const
const OFFICE: WeekSchedule = {
  weekly: [{ days: [...WORK], from: '08:00', until: '12:00' }, { days: [...WORK], from: '14:00', until: '18:00' }, { days: ['sat'], from: '22:00', until: '24:00' }],
  onHolidays: [{ from: '10:00', until: '11:30' }],
}
const NONE: DayCalendar = new Map()
/** 国庆 2026, and a Saturday that is worked for it. */
const CALENDAR: DayCalendar = new Map([['2026-10-01', 'holiday'], ['2026-10-10', 'workday'], ['2026-10-12', 'workday']])

describe('times of the week', () => {
  it.each([
    ['Monday before it begins', '2026-11-23T07:59:59.999', false], ['Monday at its first millisecond', '2026-11-23T08:00:00', true],
    ['in the last of the morning', '2026-11-23T11:59:59.999', true], ['the end is not in it', '2026-11-23T12:00:00', false],
    ['Friday afternoon', '2026-11-27T17:30:00', true], ['Saturday office time', '2026-11-28T09:00:00', false],
    ['Saturday up to midnight', '2026-11-28T23:59:59.999', true], ['Sunday at midnight', '2026-11-29T00:00:00', false],
  ])('%s', (_name, time, expected) => expect(withinSchedule(OFFICE, NONE, at(time))).toBe(expected))

  it.each([
    ['a holiday has its own times', '2026-10-01T10:30:00', true], ['and not those of its week day', '2026-10-01T09:00:00', false],
    ['a Saturday that is worked counts as a Monday', '2026-10-10T09:00:00', true], ['and not as a Saturday', '2026-10-10T23:00:00', false],
    ['a week day called a working day stays what it is', '2026-10-12T14:00:00', true], ['the next Saturday is one again', '2026-10-17T23:00:00', true],
  ])('with holidays: %s', (_name, time, expected) => expect(withinSchedule(OFFICE, CALENDAR, at(time))).toBe(expected))

  it('an empty schedule never holds', () => {
    for (let hour = 0; hour < 24 * 7; hour++) expect(withinSchedule({ weekly: [], onHolidays: [] }, NONE, at('2026-11-23T00:00:00') + hour * 3_600_000)).toBe(false)
  })
})

describe('civil time', () => {
  it.each([
    ['2026-11-22T15:59:59.999Z', '2026-11-22', 'sun', 86_399_999], ['2026-11-22T16:00:00Z', '2026-11-23', 'mon', 0], ['1970-01-01T00:00:00Z', '1970-01-01', 'thu', 28_800_000],
    ['2028-02-28T16:00:00Z', '2028-02-29', 'tue', 0],
  ])('%s', (utc, date, weekday, dayMs) => expect(localMoment(Date.parse(utc))).toEqual({ date, weekday, dayMs }))
})
