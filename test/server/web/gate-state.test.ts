import { describe, expect, it } from 'vitest'
import { gateAlarms, gateCondition, gateTotals, gatesByEstate, withGate } from '../../../server/web/manager/now/gate-state.js'
import { gate } from './support/samples.js'

describe('a gate', () => {
  it('shows its most urgent condition', () => {
    const cases = [
      [{ fire: true, alarm: 'forced', controller: 'offline' }, 'fire'],
      [{ alarm: 'forced', controller: 'offline' }, 'alarm'],
      [{ controller: 'offline', contact: 'open' }, 'offline'],
      [{ controller: 'unknown', contact: 'open' }, 'unknown'],
      [{ contact: 'open', relay: 'released' }, 'open'],
      [{ relay: 'released' }, 'released'],
      [{}, 'locked'],
      [{ relay: null, contact: 'unknown' }, 'unknown'],
    ] as const
    expect(cases.map(([change]) => gateCondition(gate(change)))).toEqual(cases.map(([, condition]) => condition))
  })

  it('is named among the alarms by urgency, the oldest first, and the quiet ones not at all', () => {
    const gates = [
      gate({ gateId: 'a', controller: 'offline' }), gate({ gateId: 'b' }), gate({ gateId: 'c', alarm: 'forced', updatedAtMs: 20 }),
      gate({ gateId: 'd', alarm: 'held-open', updatedAtMs: 10 }), gate({ gateId: 'e', fire: true }), gate({ gateId: 'f', alarm: 'bees', updatedAtMs: 30 }),
    ]
    const alarms = gateAlarms(gates)
    expect(alarms.map((alarm) => alarm.gate.gateId)).toEqual(['e', 'd', 'c', 'f', 'a'])
    expect(alarms.map((alarm) => alarm.what.key)).toEqual(['gate.fireHint', 'gate.alarms.held-open', 'gate.alarms.forced', 'gate.alarms.other', 'gate.offlineHint'])
  })

  it('counts into the totals', () => {
    expect(gateTotals([gate(), gate({ controller: 'offline', grantedToday: 5, refusedToday: 0 })])).toEqual({ gates: 2, online: 1, granted: 15, refused: 2 })
  })

  it('is renewed in its place by a live event, told apart by estate', () => {
    const gates = [gate(), gate({ estateId: 'estate-2' })]
    expect(withGate(gates, gate({ estateId: 'estate-2', fire: true })).map((each) => each.fire)).toEqual([false, true])
    expect(withGate(gates, gate({ gateId: 'new' })).length).toBe(3)
  })

  it('stands with the gates of its estate', () => {
    const groups = gatesByEstate([gate(), gate({ estateId: 'estate-2' }), gate({ gateId: 'gate-2' })])
    expect(groups.map((group) => [group.estateId, group.gates.length])).toEqual([['estate-1', 2], ['estate-2', 1]])
  })
})
