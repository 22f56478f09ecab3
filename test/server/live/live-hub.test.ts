import { describe, expect, it } from 'vitest'
import { silentLogger } from '#kernel/log.js'
import { LOG_ROLES } from '../../../server/access-log/name-rules.js'
import type { Caller, Grant, Role } from '../../../server/auth/roles.js'
import { GATE_ROLES } from '../../../server/gate-state/routes.js'
import { INTEGRITY_ROLES } from '../../../server/integrity/routes.js'
import { KEPT_EVENTS_MAX, type LiveEvent } from '../../../server/live/event-ring.js'
import { CLIENTS_MAX, CLIENTS_PER_USER_MAX, COMES_BACK_MS, HEARTBEAT_MS, createLiveHub } from '../../../server/live/live-hub.js'
import { WAITING_EVENTS_MAX } from '../../../server/live/live-client.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { type FakeSink, createFakeSink, eventsIn, lastIdIn } from './fake-sink.js'

let users = 0
const callerWith = (...grants: Grant[]): Caller => ({ userId: `user-${(users += 1)}`, loginName: 'x', displayName: 'x', grants })
const at = (role: Role, estateId = 'jh'): Caller => callerWith({ role, estateId })
const access = (name: string, estateId = 'jh'): LiveEvent => ({ kind: 'access', estateId, key: `access:${name}`, clear: `{"name":"${name}"}`, masked: '{"name":"*"}' })
const state = (kind: 'gate' | 'integrity', value: number, estateId = 'jh'): LiveEvent => ({ kind, estateId, key: `${kind}:1`, clear: `${value}`, masked: `${value}` })

function opened() {
  const clock = createVirtualClock()
  const hub = createLiveHub({ clock, log: silentLogger, life: 'life-1', roles: { access: LOG_ROLES, gate: GATE_ROLES, integrity: INTEGRITY_ROLES, alarm: LOG_ROLES, order: LOG_ROLES, device: GATE_ROLES } })
  hub.start()
  const connect = (caller: Caller, change: { estateId?: string; lastEventId?: string | undefined; recheck?: () => Promise<Caller | null> } = {}): FakeSink => {
    const sink = createFakeSink()
    hub.connect({ caller, estateId: change.estateId, lastEventId: change.lastEventId, recheck: change.recheck ?? (async () => caller), open: () => sink })
    return sink
  }
  return { clock, hub, connect }
}
const heard = (sink: FakeSink): unknown[] => eventsIn(sink.written.join('')).map(({ event, data }) => [event, data])
const idOf = (sink: FakeSink): string => lastIdIn(sink.written.join('')) as string
const refused = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return (error as { code: unknown }).code
  }
  return undefined
}

describe('who hears what', () => {
  const all = [access('王'), access('李', 'xh'), state('gate', 1), state('gate', 2, 'xh'), state('integrity', 3)]
  it.each<[string, Caller, string | undefined, unknown[]]>([
    ['a guard: the estate, with names', at('guard'), undefined, [['access', { name: '王' }], ['gate', 1], ['integrity', 3]]],
    ['an auditor: without names', at('auditor'), undefined, [['access', { name: '*' }], ['gate', 1], ['integrity', 3]]],
    ['the bureau: doors and logs, no passages', at('bureau-viewer', '*'), undefined, [['gate', 1], ['gate', 2], ['integrity', 3]]],
    ['one who may see all and asks for one estate: that one', at('admin', '*'), 'xh', [['access', { name: '李' }], ['gate', 2]]],
    ['a guard of one who audits the other: names of the one', callerWith({ role: 'guard', estateId: 'jh' }, { role: 'auditor', estateId: 'xh' }), undefined,
      [['access', { name: '王' }], ['access', { name: '*' }], ['gate', 1], ['gate', 2], ['integrity', 3]]],
    ['a resident: nothing', at('resident', '*'), undefined, []],
    ['a cashier: nothing', at('cashier', '*'), undefined, []],
  ])('%s', (_name, caller, estateId, wanted) => {
    const { hub, connect } = opened()
    const sink = connect(caller, estateId === undefined ? {} : { estateId })
    for (const event of all) hub.publish(event)
    expect(heard(sink)).toEqual(wanted)
  })
})

describe('slow readers', () => {
  it('cost the others nothing, and are ended once too much waits for them', () => {
    const { hub, connect } = opened()
    const stalled = connect(at('guard'))
    stalled.stalled = true
    const quick = connect(at('guard'))
    const events = Array.from({ length: WAITING_EVENTS_MAX + 3 }, (_, index) => access(`p${index}`))
    for (const event of events) hub.publish(event)
    expect(heard(quick)).toHaveLength(events.length)
    expect([stalled.state, heard(stalled)]).toEqual(['ended', [['access', { name: 'p0' }], ['overflow', {}]]])
    hub.publish(access('later'))
    expect(heard(quick)).toHaveLength(events.length + 1)
  })

  it('get the newest state of a gate, not all of them', () => {
    const { hub, connect } = opened()
    const sink = connect(at('guard'))
    sink.stalled = true
    hub.publish(access('first'))
    for (let value = 0; value < 2 * WAITING_EVENTS_MAX; value++) hub.publish(state('gate', value))
    sink.drain()
    expect(heard(sink)).toEqual([['access', { name: 'first' }], ['gate', 2 * WAITING_EVENTS_MAX - 1]])
  })
})

describe('a browser that comes back', () => {
  it('gets what it missed and may see, in order, and then goes on', () => {
    const { hub, connect } = opened()
    const caller = at('auditor')
    const before = connect(caller)
    hub.publish(access('a'))
    before.close()
    hub.publish(access('b'))
    hub.publish(access('c', 'xh'))
    hub.publish(state('gate', 4))
    const after = connect(caller, { lastEventId: idOf(before) })
    hub.publish(state('integrity', 5))
    expect([heard(after), after.state]).toEqual([[['access', { name: '*' }], ['gate', 4], ['integrity', 5]], 'open'])
  })

  it('before the first event has a place to come back to', () => {
    const { hub, connect } = opened()
    const before = connect(at('guard'))
    before.close()
    hub.publish(access('a'))
    expect(heard(connect(at('guard'), { lastEventId: idOf(before) }))).toEqual([['access', { name: 'a' }]])
  })

  it('gets hundreds of missed events without overflowing', () => {
    const { hub, connect } = opened()
    const before = connect(at('guard'))
    for (let n = 0; n < KEPT_EVENTS_MAX - 1; n++) hub.publish(access(`p${n}`))
    const after = createFakeSink()
    after.stalled = true
    hub.connect({ caller: at('guard'), estateId: undefined, lastEventId: before.written[0]?.match(/id: (.*)/)?.[1], recheck: async () => null, open: () => after })
    after.drain()
    expect([heard(after).length, after.state]).toEqual([KEPT_EVENTS_MAX - 1, 'open'])
  })

  it.each<[string, (rig: ReturnType<typeof opened>) => string]>([
    ['from another life of the server', () => 'life-0-3'],
    ['with an id that was never given', () => 'life-1-99'],
    ['with nonsense', () => 'life-1-x'],
    ['after more than is kept', ({ hub, connect }) => {
      const sink = connect(at('guard'))
      for (let n = 0; n <= KEPT_EVENTS_MAX; n++) hub.publish(access(`p${n}`))
      return sink.written[0]?.match(/id: (.*)/)?.[1] as string
    }],
    ['after something of its estate was left out', ({ hub, connect }) => {
      const id = idOf(connect(at('guard')))
      hub.leaveOut('jh')
      return id
    }],
  ])('%s is told to load anew', (_name, prepare) => {
    const rig = opened()
    const sink = rig.connect(at('guard'), { lastEventId: prepare(rig) })
    expect([heard(sink), sink.state]).toEqual([[['overflow', {}]], 'ended'])
  })

  it('is not bothered by what another estate left out', () => {
    const { hub, connect } = opened()
    const id = idOf(connect(at('guard')))
    hub.leaveOut('xh')
    expect(connect(at('guard'), { lastEventId: id }).state).toBe('open')
    expect(connect(at('guard', '*'), { lastEventId: id }).state).toBe('ended')
  })
})

describe('an estate', () => {
  it('is watched while somebody listens, and for a while after the line broke', () => {
    const { clock, hub, connect } = opened()
    expect(hub.isWatched('jh')).toBe(false)
    const sink = connect(at('guard'))
    expect([hub.isWatched('jh'), hub.isWatched('xh')]).toEqual([true, false])
    sink.close()
    clock.advance(COMES_BACK_MS - 1)
    expect(hub.isWatched('jh')).toBe(true)
    clock.advance(1)
    expect([hub.isWatched('jh'), hub.clients()]).toEqual([false, 0])
  })

  it('that left something out tells those who listen to it, and them alone', () => {
    const { hub, connect } = opened()
    const [here, there] = [connect(at('guard')), connect(at('guard', 'xh'))]
    hub.overflow('jh')
    expect([heard(here), here.state, there.state]).toEqual([[['overflow', {}]], 'ended', 'open'])
  })
})

describe('a line', () => {
  it('ends within a heartbeat of the session\'s end, and follows a change of roles', async () => {
    const { clock, hub, connect } = opened()
    let caller: Caller | null = at('guard')
    const sink = connect(caller, { recheck: async () => caller })
    caller = { ...caller, grants: [{ role: 'guard', estateId: 'xh' }] }
    await clock.run(HEARTBEAT_MS)
    hub.publish(access('a'))
    hub.publish(access('b', 'xh'))
    expect(heard(sink)).toEqual([['access', { name: 'b' }]])
    caller = null
    await clock.run(HEARTBEAT_MS)
    expect(sink.state).toBe('ended')
  })

  it('ends where the session cannot be checked', async () => {
    const { clock, connect } = opened()
    const sink = connect(at('guard'), { recheck: () => Promise.reject(new Error('database')) })
    await clock.run(HEARTBEAT_MS)
    expect(sink.state).toBe('ended')
  })

  it('beats', async () => {
    const { clock, connect } = opened()
    const sink = connect(at('guard'))
    await clock.run(2 * HEARTBEAT_MS)
    expect(sink.written.slice(1)).toEqual([': \n\n', ': \n\n'])
  })

  it('ends with the hub, which then keeps no timer but those that cut off the ended', () => {
    const { clock, hub, connect } = opened()
    const sink = connect(at('guard'))
    hub.stop()
    sink.close()
    expect([sink.state, clock.pending()]).toEqual(['ended', 0])
  })

  it('is refused above the limits, of a user and of all', () => {
    const { connect, hub } = opened()
    const greedy = at('guard')
    for (let n = 0; n < CLIENTS_PER_USER_MAX; n++) connect(greedy)
    expect(refused(() => connect(greedy))).toBe('SV_LIVE_FULL')
    while (hub.clients() < CLIENTS_MAX) connect(at('guard'))
    expect(refused(() => connect(at('guard')))).toBe('SV_LIVE_FULL')
  })
})
