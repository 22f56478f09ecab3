import { describe, expect, it } from 'vitest'
import type { Alarm, Order } from '../../../server/web/kit/api/operation-types.js'
import { ALARM_KINDS } from '#contract/alarm-records.js'
import { phrase } from '../../../server/web/kit/words/phrase.js'
import { zhCn } from '../../../server/web/kit/words/zh-cn.js'
import { alarmLabel, alarmTone, asked, byUrgency, placeLabel, stepLabel, withAny, withOpen } from '../../../server/web/manager/alarms/alarm-list.js'
import { isPending, orderKindLabel, orderLabel, orderTone } from '../../../server/web/manager/now/order-words.js'
import { gateAlarms, gateKey, modeLabel } from '../../../server/web/manager/now/gate-state.js'
import { NOW_MS, gate } from './support/samples.js'

const alarm = (id: string, change: Partial<Alarm> = {}): Alarm => ({
  alarmId: id, estateId: 'estate-1', gatewayId: 'g', kind: 'forced', state: 'raised', gateId: 'gate-1', gateName: '南门', deviceId: null, passageId: null, personRef: null, personName: null,
  detail: null, raisedAtMs: NOW_MS, acknowledged: null, cleared: null, pending: null, ...change,
})
const order = (state: string, change: Partial<Order> = {}): Order => ({
  orderId: 'o', estateId: 'estate-1', kind: 'alarm.v1', subject: 'alarm:a', content: { state: 'acknowledged' }, note: null, operatorName: null, state, outcomeReason: null,
  createdAtMs: NOW_MS, expiresAtMs: NOW_MS, settledAtMs: null, ...change,
})

describe('open alarms', () => {
  it('have words and an urgency for every kind of the wire, in its order', () => {
    expect(Object.keys(zhCn.alarm.kind).filter((kind) => kind !== 'other')).toEqual([...ALARM_KINDS])
    expect(ALARM_KINDS.filter((kind) => !Object.hasOwn(zhCn.alarm.advice, kind))).toEqual([])
    expect(alarmLabel('bees').key).toBe('alarm.kind.other')
    expect([alarmTone('duress'), alarmTone('disk-low'), alarmTone('bees')]).toEqual(['danger', 'warn', 'warn'])
  })

  it('come as the server sorts them: unseen first, then by urgency, then the oldest', () => {
    const all = [alarm('a', { kind: 'held-open' }), alarm('b', { state: 'acknowledged', kind: 'fire' }), alarm('c', { raisedAtMs: NOW_MS + 1 }), alarm('d'), alarm('e', { kind: 'bees' })]
    expect([...all].sort(byUrgency).map((each) => each.alarmId)).toEqual(['d', 'c', 'a', 'e', 'b'])
  })

  it('are renewed in their place by live events, join, and leave once cleared; another estate\'s of the same id is another', () => {
    const known = [alarm('a'), alarm('b')]
    expect(withOpen(known, alarm('a', { state: 'acknowledged' })).map((each) => [each.alarmId, each.state])).toEqual([['b', 'raised'], ['a', 'acknowledged']])
    expect(withOpen(known, alarm('a', { state: 'cleared' })).map((each) => each.alarmId)).toEqual(['b'])
    expect(withOpen(known, alarm('a', { state: 'cleared', estateId: 'estate-2' }))).toHaveLength(2)
  })

  it('of any state are renewed in their place, and a new one joins where its time puts it', () => {
    const known = [alarm('c', { raisedAtMs: 30 }), alarm('b', { raisedAtMs: 20 })]
    expect(withAny(known, alarm('b', { raisedAtMs: 20, state: 'cleared' }), true).map((each) => each.state)).toEqual(['raised', 'cleared'])
    expect(withAny(known, alarm('d', { raisedAtMs: 25 }), false).map((each) => each.alarmId)).toEqual(['c', 'd', 'b'])
    expect([withAny(known, alarm('a', { raisedAtMs: 10 }), false).length, withAny(known, alarm('a', { raisedAtMs: 10 }), true).length]).toEqual([2, 3])
  })

  it('that somebody asked about are pending and nothing more', () => {
    expect(asked(alarm('a'), order('waiting'))).toMatchObject({ state: 'raised', acknowledged: null, pending: { orderId: 'o', state: 'acknowledged' } })
    expect(asked(alarm('a'), order('waiting', { content: { state: 'cleared' } })).pending?.state).toBe('cleared')
  })

  it('say where, and who did what', () => {
    expect([placeLabel(alarm('a')), placeLabel(alarm('a', { gateName: null, deviceId: 'cam-1' })), placeLabel(alarm('a', { gateName: null }))])
      .toEqual(['南门', { key: 'alarm.estateDevice', values: { id: 'cam-1' } }, ''])
    const auto = phrase('alarm.byItself')
    expect(stepLabel(null, auto)).toBeUndefined()
    expect(stepLabel({ atMs: NOW_MS, operatorRef: null, operatorName: null }, auto)?.values?.['name']).toEqual(auto)
    expect(stepLabel({ atMs: NOW_MS, operatorRef: '01940000-0000-7000-8000-0000000000ab', operatorName: null }, auto)?.values?.['name']).toEqual({ key: 'alarm.byDesk', values: { ref: '000000ab' } })
    expect(stepLabel({ atMs: NOW_MS, operatorRef: 'x', operatorName: '何经理' }, auto)?.values?.['name']).toBe('何经理')
  })
})

describe('an order', () => {
  it.each([['waiting', true, 'accent'], ['given', true, 'accent'], ['done', false, 'good'], ['refused', false, 'warn'], ['expired', false, 'warn'], ['unanswered', false, 'warn'], ['newer', false, 'warn']])(
    '%s', (state, pending, tone) => expect([isPending({ state }), orderTone(order(state))]).toEqual([pending, tone]),
  )

  it('says why it was not carried out, and never a bare key', () => {
    const why = (outcomeReason: string) => orderLabel(order('refused', { outcomeReason })).values?.['reason']
    expect([why('too-late'), why('interlocked'), why('fire'), why('GW_X')]).toEqual([
      { key: 'order.reason.too-late' }, { key: 'reason.interlocked' }, { key: 'command.reason.fire' }, { key: 'order.reason.other', values: { code: 'GW_X' } },
    ])
    expect(orderLabel(order('newer'))).toEqual({ key: 'order.state.other', values: { code: 'newer' } })
    expect([orderKindLabel('open-door.v1').key, orderKindLabel('sing.v1').key]).toEqual(['order.kind.open-door', 'order.kind.other'])
  })
})

describe('a gate with an alarm of its gateway', () => {
  it('is not named twice', () => {
    const gates = [gate({ gateId: 'a', alarm: 'forced' }), gate({ gateId: 'b', controller: 'offline' })]
    expect(gateAlarms(gates, new Set([gateKey(alarm('x', { gateId: 'a' }))])).map((each) => each.gate.gateId)).toEqual(['b'])
  })

  it('says how it was told to work', () => {
    expect(modeLabel(gate())).toEqual({ key: 'gateAct.mode.normal' })
    expect(modeLabel(gate({ mode: 'kept-open', modeCause: 'operator' })))
      .toEqual({ key: 'gateAct.modeNow', values: { mode: { key: 'gateAct.mode.kept-open' }, cause: { key: 'gateAct.modeCause.operator' } } })
  })
})
