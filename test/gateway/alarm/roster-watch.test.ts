import { expect, it } from 'vitest'
import type { AlarmRow } from '../../../gateway/alarm/ports.js'
import { ROSTER_LOOK_MS, createRosterWatch } from '../../../gateway/alarm/roster-watch.js'
import { uuid } from '../../support/factories.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const HOUR_MS = 3_600_000

it('an old roster is an alarm, once, and no more when the server is heard again; one that stood before a restart goes on', () => {
  const clock = createVirtualClock()
  const said: string[] = []
  let rows: AlarmRow[] = []
  const alarms = {
    raise(news: Pick<AlarmRow, 'alarm' | 'gateId' | 'deviceId'> & { detail?: string | null }) {
      said.push(`raise ${news.alarm}: ${news.detail ?? ''}`)
      rows = [{ ...news, alarmId: uuid(1), phase: { kind: 'open', active: true, acknowledged: false }, passageId: null, personRef: null, detail: null, raisedAtMs: 0 }]
    },
    clear(place: Pick<AlarmRow, 'alarm'>) {
      said.push(`clear ${place.alarm}`)
      rows = []
    },
    list: () => rows,
  }
  let ageMs = 24 * HOUR_MS - 1
  const start = () => createRosterWatch({ ageMs: () => ageMs, alarms, oldHours: 24, clock })
  const watch = start()
  watch.start()
  clock.advance(ROSTER_LOOK_MS)
  expect(said).toEqual([])
  ageMs = 30 * HOUR_MS
  clock.advance(5 * ROSTER_LOOK_MS)
  expect(said).toEqual(['raise roster-stale: 30 h without the server'])
  watch.stop()
  const again = start()
  again.start()
  clock.advance(ROSTER_LOOK_MS)
  expect(said).toHaveLength(1)
  ageMs = 4_000
  clock.advance(2 * ROSTER_LOOK_MS)
  expect(said.slice(1)).toEqual(['clear roster-stale'])
  again.stop()
  expect(clock.pending()).toBe(0)
})
