import { Type } from 'typebox'
import { HolidayV1, PERMIT_ROLES, ScheduleV1 } from '#contract/sync-roster.js'
import { Closed, Nullable, ShortText, Slug, UuidText, WallMs } from '#contract/wire-types.js'

const { name, weekly, onHolidays } = ScheduleV1.properties
export const EstateParams = Closed({ estateId: Slug })
export const ScheduleParams = Closed({ estateId: Slug, scheduleId: Slug })
export const ScheduleBody = Closed({ name, weekly, onHolidays })
export const Schedule = Closed({ scheduleId: Slug, ...ScheduleBody.properties })
const Count = Type.Integer({ minimum: 0 })
export const ScheduleList = Closed({
  schedules: Type.Array(Closed({ ...Schedule.properties, usedBy: Closed({ permits: Count, gates: Count, visits: Count }) })),
})

const Day = Closed({ date: HolidayV1.properties.date, name: HolidayV1.properties.name, treatAs: HolidayV1.properties.treatAs })
const Days = Type.Array(Day, { maxItems: 120 })
export const YearParams = Closed({ year: Type.Integer({ minimum: 2020, maximum: 2100 }) })
export const HolidayBody = Closed({ days: Days, source: Type.String({ minLength: 1, maxLength: 200, description: 'Where it was announced' }) })
export const HolidayYear = Closed({
  days: Days, source: Nullable(Type.String()),
  offered: Nullable(Closed({ year: Type.Integer(), source: Type.String(), days: Days })),
})

export const PassTestQuery = Closed({ gateId: Slug, atMs: Type.Optional(WallMs) })
const Verdict = Type.Enum(['allowed', 'outside-validity', 'outside-schedule', 'kept-locked'])
export const PassTest = Closed({
  atMs: WallMs,
  day: Type.Enum(['workday', 'weekend', 'holiday']),
  holidayName: Nullable(ShortText),
  mode: Type.Enum(['as-usual', 'kept-open', 'kept-locked']),
  allowed: Count, refused: Count, visitsAllowed: Count,
  persons: Type.Array(Closed({
    personRef: UuidText, displayName: Type.String(), unitLabel: Type.String(), role: Type.Enum(PERMIT_ROLES), scheduleId: Nullable(Slug), verdict: Verdict,
  })),
})
