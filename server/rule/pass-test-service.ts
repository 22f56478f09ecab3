import type { Static } from 'typebox'
import type { Clock } from '#kernel/clock.js'
import { isWeekend, localMoment } from '#kernel/schedule.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { registeredGates } from '../estate/estate-register.js'
import { type RegisteredPermit, openPermitsAt } from '../permit/permit-register.js'
import { activePersons } from '../resident/person-register.js'
import { openVisits } from '../visitor/visit-register.js'
import * as holidays from './holiday-repository.js'
import { type Moment, type Verdict, gateModeAt, verdictAt } from './pass-test-rules.js'
import { list } from './schedule-repository.js'
import type { PassTest } from './schemas.js'

/** Names in the answer: those who are refused first, since they are whom one looks for. The counts are of all. */
const NAMED_MAX = 200

export interface PassTestService {
  /** @param atMs now without it. @throws AppError SV_HTTP_NOT_FOUND */
  test(estateId: string, gateId: string, atMs: number | undefined): Promise<Static<typeof PassTest>>
}

interface Judged {
  readonly permit: RegisteredPermit
  readonly verdict: Verdict
}

/** From the best to the worst: of several permits a gateway tells of the one that came furthest. */
const VERDICTS: readonly Verdict[] = ['allowed', 'kept-locked', 'outside-schedule', 'outside-validity']

/** The best that any permit of each person gives. */
function byPerson(judged: readonly Judged[]): Map<string, Judged> {
  const worstFirst = [...judged].sort((a, b) => VERDICTS.indexOf(b.verdict) - VERDICTS.indexOf(a.verdict))
  return new Map(worstFirst.map((each) => [each.permit.personRef, each]))
}

const kindOfDay = (treatAs: 'holiday' | 'workday' | undefined, weekend: boolean): 'workday' | 'weekend' | 'holiday' => {
  if (treatAs === 'holiday') return 'holiday'
  return weekend && treatAs !== 'workday' ? 'weekend' : 'workday'
}

async function momentOf(read: Tx, estateId: string, atMs: number): Promise<{ moment: Moment; holidayName: string | null }> {
  const days = await holidays.list(read)
  const schedules = new Map((await list(read, estateId)).map((schedule) => [schedule.scheduleId, schedule]))
  const { date } = localMoment(atMs)
  return {
    moment: { atMs, schedules, calendar: new Map(days.map((day) => [day.date, day.treatAs])) },
    holidayName: days.find((day) => day.date === date)?.name ?? null,
  }
}

export const createPassTestService = (deps: { read: Tx; clock: Clock }): PassTestService => ({
  async test(estateId, gateId, asked) {
    const { read } = deps
    const gate = (await registeredGates(read, estateId)).find((each) => each.gateId === gateId)
    if (gate === undefined) throw fail('SV_HTTP_NOT_FOUND')
    const atMs = asked ?? deps.clock.wallMs()
    const { moment, holidayName } = await momentOf(read, estateId, atMs)
    const mode = gateModeAt(gate.rules, moment)
    const permits = await openPermitsAt(read, estateId, gateId)
    const best = byPerson(permits.map((permit) => ({ permit, verdict: verdictAt(permit, mode, permit.role === 'staff', moment) })))
    const persons = (await activePersons(read, [...best.keys()])).flatMap(({ personRef, displayName, unitLabel }) => {
      const judged = best.get(personRef)
      if (judged === undefined) return []
      const { verdict, permit: { role, scheduleId } } = judged
      return [{ personRef, displayName, unitLabel, role, scheduleId, verdict }]
    })
    const isAllowed = (verdict: Verdict): number => Number(verdict === 'allowed')
    const inOrder = persons.sort((a, b) => isAllowed(a.verdict) - isAllowed(b.verdict) || a.unitLabel.localeCompare(b.unitLabel) || a.displayName.localeCompare(b.displayName))
    const allowed = persons.filter((person) => person.verdict === 'allowed').length
    const visits = (await openVisits(read, estateId)).filter((visit) => visit.gateIds.includes(gateId) && verdictAt(visit, mode, false, moment) === 'allowed')
    const { date, weekday } = localMoment(atMs)
    return {
      atMs, day: kindOfDay(moment.calendar.get(date), isWeekend(weekday)), holidayName, mode,
      allowed, refused: persons.length - allowed, visitsAllowed: visits.length, persons: inOrder.slice(0, NAMED_MAX),
    }
  },
})
