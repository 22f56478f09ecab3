import { describe, expect, it } from 'vitest'
import type { Alarm, Gate, Passage } from '../../../../gateway/desk/web/desk-api.js'
import { byUrgency } from '../../../../gateway/desk/web/home/alarm-rules.js'
import { answerPhrase, conditionOf } from '../../../../gateway/desk/web/home/gate-words.js'
import { notePhrase, whoPhrase } from '../../../../gateway/desk/web/home/passage-words.js'
import { ROWS_MAX, withDoor, withOlder, withPage, withPassage } from '../../../../gateway/desk/web/passage-list-rules.js'

const row = (number: number, change: Partial<Passage> = {}): Passage => ({
  place: `1-${number}`, passageId: `p${number}`, atMs: number, gateId: 'gate-1', gateName: '东门', way: 'face', direction: 'in', result: 'granted', reason: null, remarks: [],
  override: null, who: { kind: 'person', name: '陈秀英' }, operatorName: null, remark: null, door: null, ...change,
})
const ids = (list: { rows: readonly Passage[] }): string[] => list.rows.map(({ passageId }) => passageId)
const executed = { outcome: 'executed', reason: null } as const

describe('the list of passages', () => {
  it('grows at its head, once for each, and takes the door\'s answer in its place', () => {
    let list = withPassage({ rows: [row(1)], older: null }, row(2))
    expect(ids(list)).toEqual(['p2', 'p1'])
    list = withDoor(list, { passageId: 'p1', ...executed })
    expect([list.rows[1]?.door, list.rows[0]?.door]).toEqual([executed, null])
    expect(withPassage(list, row(1)).rows[1]?.door).toEqual(executed)
    expect(withDoor(list, { passageId: 'p9', ...executed })).toBe(list)
  })

  it('keeps so many; what fell off is the next page\'s', () => {
    const full = { rows: Array.from({ length: ROWS_MAX }, (_, index) => row(ROWS_MAX - index)), older: '1-0' }
    const grown = withPassage(full, row(ROWS_MAX + 1))
    expect([grown.rows.length, grown.rows.at(-1)?.passageId, grown.older]).toEqual([ROWS_MAX, 'p2', '1-2'])
  })

  it('joins a page that was loaded anew where the two meet, and is replaced by it where they do not', () => {
    const list = { rows: [row(5), row(4)], older: '1-4' }
    expect([ids(withPage(list, { rows: [row(6), row(5)], older: '1-5' })), withPage(list, { rows: [row(6), row(5)], older: '1-5' }).older]).toEqual([['p6', 'p5', 'p4'], '1-4'])
    expect(withPage(list, { rows: [row(90)], older: '1-90' })).toEqual({ rows: [row(90)], older: '1-90' })
    expect(ids(withOlder(list, { rows: [row(4), row(3)], older: null }))).toEqual(['p5', 'p4', 'p3'])
  })
})

describe('what the screen says', () => {
  const gate = (change: Partial<Gate>): Gate => ({ gateId: 'g', name: 'G', zoneId: 'z', online: true, door: 'locked', released: false, mode: 'normal', modeCause: null, ...change })
  it.each([
    [{ door: 'fire', online: false }, 'fire'], [{ door: 'forced', online: false }, 'forced'], [{ door: 'open', online: false }, 'offline'], [{ door: 'held-open' }, 'held-open'],
    [{ door: 'locked', released: true }, 'released'], [{ door: 'locked' }, 'locked'], [{ door: 'unknown' }, 'unknown'],
  ] as const)('a gate with %j is %s', (change, condition) => expect(conditionOf(gate(change))).toBe(condition))

  it('fire first, what somebody looks after last, the newest of a kind first', () => {
    const alarm = (alarmId: string, kind: string, raisedAtMs: number, state: Alarm['state'] = 'raised'): Alarm =>
      ({ alarmId, alarm: kind, state, gateId: null, gateName: null, deviceId: null, raisedAtMs, detail: null, over: false, mayClear: false })
    const alarms = [alarm('a', 'device-offline', 1), alarm('b', 'forced', 2), alarm('c', 'fire', 3, 'acknowledged'), alarm('d', 'forced', 4), alarm('e', 'fire', 0), alarm('f', 'new-kind', 9)]
    expect(byUrgency(alarms).map(({ alarmId }) => alarmId)).toEqual(['e', 'd', 'b', 'a', 'f', 'c'])
  })

  it('an answer of a door is told as what it was', () => {
    expect(answerPhrase(executed, 'opening').key).toBe('desk.open.executed')
    expect(answerPhrase({ outcome: 'no-answer', reason: null }, 'opening').key).toBe('desk.open.no-answer')
    expect(answerPhrase({ outcome: 'refused', reason: 'interlocked' }, 'change')).toEqual({ key: 'desk.open.unchanged', values: { why: { key: 'desk.open.because.interlocked' } } })
    expect(answerPhrase({ outcome: 'refused', reason: 'something-new' }, 'opening')).toEqual({ key: 'desk.open.refused', values: { why: { key: 'desk.open.because.other', values: { code: 'something-new' } } } })
  })

  it('a passage says who, why and what the door did', () => {
    const byHand = row(1, { way: 'guard', who: { kind: 'none' }, override: 'delivery', operatorName: '王师傅', door: executed })
    expect([whoPhrase(byHand), notePhrase(byHand)]).toEqual([{ words: { key: 'desk.row.hand' } }, { key: 'desk.row.byHand', values: { name: '王师傅', reason: { key: 'override.delivery' } } }])
    expect(notePhrase({ ...byHand, door: { outcome: 'refused', reason: 'fire' } })).toEqual({ key: 'command.refused' })
    expect(notePhrase(row(1))).toEqual({ key: 'command.waiting' })
    expect(notePhrase(row(1, { result: 'refused', reason: 'not-live' }))).toEqual({ key: 'reason.not-live' })
    expect(whoPhrase(row(1, { who: { kind: 'visit-over' } }))).toEqual({ words: { key: 'desk.row.visitOver' } })
  })
})
