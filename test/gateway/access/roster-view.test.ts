import { describe, expect, it } from 'vitest'
import { createDoorBoard } from '../../../gateway/access/door-board.js'
import { createGalleryFeed } from '../../../gateway/access/gallery-feed.js'
import type { Roster } from '../../../gateway/access/ports.js'
import { createRecentKeys } from '../../../gateway/access/recent-keys.js'
import { createRosterView } from '../../../gateway/access/roster-view.js'
import { ROSTER } from '../../support/access-rig.js'
import { consent, gate, permit, person, personRef, uuid } from '../../support/factories.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const NOW = START_WALL_MS
const viewOf = (change: Partial<Roster> = {}) => {
  const view = createRosterView()
  view.replace({ ...ROSTER, ...change })
  return view
}

describe('roster view', () => {
  it('finds gates by camera and door, and neither where two claim it', () => {
    const view = viewOf({ gates: [gate(1), gate(2, { cameraIds: ['cam-2', 'cam-3'], controllerId: 'ctl-1', doorNo: 2 }), gate(3, { cameraIds: ['cam-3'], controllerId: 'ctl-1', doorNo: 2 })] })
    expect([view.gateOfCamera('cam-1')?.gateId, view.gateOfCamera('cam-2')?.gateId, view.gateOfCamera('cam-3'), view.gateOfCamera('cam-9')]).toEqual(['gate-1', 'gate-2', undefined, undefined])
    expect([view.gateOfDoor('ctl-1', 1)?.gateId, view.gateOfDoor('ctl-1', 2), view.gateOfDoor('ctl-1', 3)]).toEqual(['gate-1', undefined, undefined])
  })

  it.each([
    ['everything in order', {}, [personRef(1), personRef(2)]],
    ['no consent', { consents: [consent(2)] }, [personRef(2)]],
    ['a consent that has expired', { consents: [consent(1, { expiresAtMs: NOW }), consent(2)] }, [personRef(2)]],
    ['one of two consents has expired', { consents: [consent(1, { expiresAtMs: NOW }), consent(1, { consentId: uuid(9) }), consent(2)] }, [personRef(1), personRef(2)]],
    ['a permit that begins later', { permits: [permit(1, { validFromMs: NOW + 1 }), permit(2)] }, [personRef(2)]],
    ['a permit that has ended', { permits: [permit(1, { validUntilMs: NOW }), permit(2)] }, [personRef(2)]],
    ['a permit for another gate', { permits: [permit(1, { gateIds: ['gate-2'] }), permit(2)] }, [personRef(2)]],
    ['two permits of one person', { permits: [permit(1), permit(1, { permitId: uuid(9) })] }, [personRef(1)]],
    ['a person that is gone while permit and consent are not yet', { persons: [person(2)] }, [personRef(2)]],
  ] as const)('with %s compares with the right persons', (_, change, expected) => {
    expect(viewOf(change as Partial<Roster>).permitted('gate-1', NOW)).toEqual(expected)
  })

  it('knows when the next permit or consent begins or ends by itself', () => {
    const view = viewOf({ consents: [consent(1, { expiresAtMs: NOW + 50 })], permits: [permit(1, { validFromMs: NOW - 5, validUntilMs: NOW + 70 })] })
    expect([view.nextChangeMs(NOW), view.nextChangeMs(NOW + 50), view.nextChangeMs(NOW + 70)]).toEqual([NOW + 50, NOW + 70, undefined])
  })

  it('is replaced as a whole', () => {
    const view = viewOf()
    view.replace({ persons: [], consents: [], permits: [], gates: [], schedules: [], holidays: [], credentials: [], visits: [] })
    expect([view.gates(), view.gateOfCamera('cam-1'), view.permits(personRef(1), 'gate-1'), view.hasConsent(personRef(1), NOW)]).toEqual([[], undefined, [], false])
  })
})

describe('gallery feed', () => {
  const start = async (change: Partial<Roster> = {}) => {
    const clock = createVirtualClock()
    const roster = viewOf(change)
    const calls: Array<[string, readonly string[]]> = []
    let broken = false
    const log = createRecordingLog()
    const gallery = { permit: async (key: string, refs: readonly string[]) => {
      if (broken) throw new Error('no worker')
      calls.push([key, refs])
    } }
    const feed = createGalleryFeed({ roster, gallery, clock, log })
    await feed.start()
    return { clock, roster, calls, feed, log, breakIt: (now: boolean) => (broken = now) }
  }
  const taken = (calls: unknown[]): unknown[] => calls.splice(0)

  it('fills every gate at start, and then sends what changed and nothing else', async () => {
    const { roster, calls, feed } = await start()
    expect(taken(calls)).toEqual([['gate-1', [personRef(1), personRef(2)]], ['gate-2', [personRef(2)]]])
    await feed.refresh()
    expect(taken(calls)).toEqual([])
    roster.replace({ ...ROSTER, permits: [permit(1)], gates: [gate(1)] })
    await feed.refresh()
    expect(taken(calls)).toEqual([['gate-1', [personRef(1)]], ['gate-2', []]])
    roster.replace(ROSTER)
    await feed.refresh()
    expect(taken(calls)).toEqual([['gate-1', [personRef(1), personRef(2)]], ['gate-2', [personRef(2)]]])
  })

  it('follows the clock to the moment a permit ends or a consent expires', async () => {
    const { clock, calls } = await start({ permits: [permit(1, { validUntilMs: NOW + 20_000 }), permit(2)], consents: [consent(1), consent(2, { expiresAtMs: NOW + 30_000 })] })
    taken(calls)
    await clock.run(19_999)
    expect(taken(calls)).toEqual([])
    await clock.run(1)
    expect(taken(calls)).toEqual([['gate-1', [personRef(2)]]])
    await clock.run(10_000)
    expect(taken(calls)).toEqual([['gate-1', []]])
  })

  it('notices a jump of the wall clock within a minute', async () => {
    const { clock, calls } = await start()
    taken(calls)
    clock.jumpWall(31 * 86_400_000)
    await clock.run(60_000)
    expect(taken(calls)).toEqual([['gate-1', []], ['gate-2', []]])
  })

  it('tries again after the gallery failed, says so, and stops when told', async () => {
    const { clock, roster, calls, feed, log, breakIt } = await start()
    taken(calls)
    roster.replace({ ...ROSTER, permits: [permit(1)] })
    breakIt(true)
    await expect(feed.refresh()).rejects.toThrow('no worker')
    await clock.run(60_000)
    expect(log.lines.map((line) => line.level)).toEqual(['error'])
    breakIt(false)
    await clock.run(60_000)
    expect(taken(calls)).toEqual([['gate-1', [personRef(1)]], ['gate-2', []]])
    feed.stop()
    await feed.refresh()
    expect(clock.pending()).toBe(0)
  })
})

describe('recent keys', () => {
  it('let a key through once a window, count time on the monotonic clock alone, and forget on request', () => {
    const clock = createVirtualClock()
    const keys = createRecentKeys({ clock, windowMs: 100, keysMax: 10 })
    expect([keys.claim('a'), keys.claim('a'), keys.claim('b')]).toEqual([true, false, true])
    clock.jumpWall(1e9)
    clock.advance(99)
    expect(keys.claim('a')).toBe(false)
    clock.advance(1)
    expect([keys.claim('a'), keys.claim('a')]).toEqual([true, false])
    keys.forget('a')
    expect(keys.claim('a')).toBe(true)
  })

  it('hold no more than they may: the oldest goes first', () => {
    const keys = createRecentKeys({ clock: createVirtualClock(), windowMs: 100, keysMax: 2 })
    expect(['a', 'b', 'c', 'b', 'c', 'a'].map((key) => keys.claim(key))).toEqual([true, true, true, false, false, true])
  })
})

describe('door board', () => {
  const event = (type: 'opened' | 'tamper' | 'relay-released', live = true) =>
    ({ v: 1, eventId: uuid(1), bootId: uuid(2), monoMs: 1, wallMs: NOW, doorNo: 2, type, live }) as const

  it('follows live events and heartbeats of each door, and forgets with the connection', () => {
    const board = createDoorBoard()
    expect(board.state('ctl-1', 2)).toEqual({ kind: 'unknown' })
    board.onStatus('ctl-1', [{ doorNo: 1, relay: 'locked', contact: 'closed', fire: false }, { doorNo: 2, relay: 'locked', contact: 'closed', fire: true }])
    expect([board.state('ctl-1', 1), board.state('ctl-1', 2), board.state('ctl-2', 1)]).toEqual([{ kind: 'locked' }, { kind: 'fire' }, { kind: 'unknown' }])
    board.onStatus('ctl-1', [{ doorNo: 2, relay: 'locked', contact: 'closed', fire: false }])
    board.onEvent('ctl-1', event('opened', false))
    board.onEvent('ctl-1', event('tamper'))
    expect(board.state('ctl-1', 2)).toEqual({ kind: 'locked' })
    board.onEvent('ctl-1', event('relay-released'))
    board.onEvent('ctl-1', event('opened'))
    expect(board.state('ctl-1', 2)).toEqual({ kind: 'open', relay: 'released' })
    board.onLost('ctl-1')
    board.onLost('ctl-7')
    expect([board.state('ctl-1', 1), board.state('ctl-1', 2)]).toEqual([{ kind: 'unknown' }, { kind: 'unknown' }])
  })
})
