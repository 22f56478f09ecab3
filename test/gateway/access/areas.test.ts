import { describe, expect, it } from 'vitest'
import type { GateRules } from '#contract/sync-roster.js'
import type { Roster } from '../../../gateway/access/ports.js'
import { REFUSAL_REPEAT_MS } from '../../../gateway/access/refusals.js'
import { type AccessRig, storeSettled } from '../../support/access-rig.js'
import { credential, gate, matched, permit, personRef } from '../../support/factories.js'
import { CARD, cardItem, startReaderRig, withReaders } from '../../support/reader-rig.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const rules = (change: Partial<GateRules>, more: Partial<Roster> = {}): Partial<Roster> => ({ gates: [withReaders(change), gate(2)], ...more })
const door = (rig: Pick<AccessRig, 'doors'>, contact: 'open' | 'closed' | 'unknown', controllerId = 'ctl-1') =>
  rig.doors.onStatus(controllerId, [{ doorNo: 1, relay: 'locked', contact, fire: false }])

describe('anti-passback', () => {
  it('counts who went through the door, not who was let: refused again inwards, free once out, over a restart', async () => {
    const rig = await startReaderRig(rules({ antiPassback: 'hard', areaId: 'yard' }))
    door(rig, 'closed')
    await rig.show('card', CARD)
    await rig.answer()
    rig.clock.advance(20_000)
    await rig.show('card', CARD)
    expect(await rig.reasons()).toEqual(['granted', 'granted'])
    await rig.answer()
    door(rig, 'open')
    door(rig, 'closed')
    rig.clock.advance(20_000)
    await rig.show('card', CARD)
    expect(await rig.reasons()).toEqual(['granted', 'granted', 'anti-passback'])
    await storeSettled(rig.store)
    const again = await startReaderRig(rules({ antiPassback: 'hard', areaId: 'yard' }), { store: rig.store, seed: 2, clock: createVirtualClock(START_WALL_MS + 60_000) })
    await again.show('card', CARD)
    await again.show('card', CARD, 'rd-out')
    await again.answer()
    door(again, 'open')
    again.clock.advance(20_000)
    await again.show('card', CARD, 'rd-out')
    await again.show('card', CARD)
    expect(again.answers()).toEqual(['anti-passback', 'granted', 'anti-passback', 'granted'])
  })
  it('counts those whom a terminal let through by itself, over a restart; its late report undoes nothing that is newer', async () => {
    const rig = await startReaderRig(rules({ antiPassback: 'hard', areaId: 'yard' }))
    rig.service.onCrossed('gate-1', { holder: personRef(1), direction: 'in', atMs: START_WALL_MS - 60_000 })
    rig.service.onCrossed('gate-1', { holder: personRef(1), direction: 'out', atMs: START_WALL_MS - 120_000 })
    rig.service.onCrossed('gate-404', { holder: personRef(1), direction: 'out', atMs: START_WALL_MS })
    rig.service.onCrossed('gate-2', { holder: personRef(1), direction: 'out', atMs: START_WALL_MS })
    await rig.show('card', CARD)
    expect([rig.answers(), rig.commands]).toEqual([['anti-passback'], []])
    await storeSettled(rig.store)
    expect((await rig.store.ruleState()).presence).toEqual([{ areaId: 'yard', holder: personRef(1), direction: 'in', atMs: START_WALL_MS - 60_000 }])
    const again = await startReaderRig(rules({ antiPassback: 'hard', areaId: 'yard' }), { store: rig.store, seed: 2, clock: createVirtualClock(START_WALL_MS + 60_000) })
    await again.show('card', CARD)
    again.service.onCrossed('gate-1', { holder: personRef(1), direction: 'out', atMs: START_WALL_MS + 60_000 })
    again.clock.advance(REFUSAL_REPEAT_MS)
    await again.show('card', CARD)
    expect(again.answers()).toEqual(['anti-passback', 'granted'])
  })
  it('forgets what a terminal tells too late', async () => {
    const rig = await startReaderRig(rules({ antiPassback: 'hard', areaId: 'yard' }))
    rig.service.onCrossed('gate-1', { holder: personRef(1), direction: 'in', atMs: START_WALL_MS - 16 * 3_600_000 })
    await rig.show('card', CARD)
    expect([rig.answers(), (await rig.store.ruleState()).presence]).toEqual([['granted'], []])
  })
  it('goes by the release where the door has no contact, and by an open door at once', async () => {
    for (const contact of ['unknown', 'open'] as const) {
      const rig = await startReaderRig(rules({ antiPassback: 'hard' }))
      door(rig, contact)
      await rig.show('card', CARD)
      await rig.answer()
      rig.clock.advance(20_000)
      await rig.show('card', CARD)
      expect(rig.answers()).toEqual(['granted', 'anti-passback'])
    }
  })
  it('does not refuse the face of somebody who still stands in the doorway', async () => {
    const rig = await startReaderRig(rules({ antiPassback: 'hard' }))
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    await rig.answer()
    for (let i = 0; i < 5; i++) {
      rig.clock.advance(2_000)
      await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    }
    expect([await rig.reasons(), rig.commands.length, rig.shown.every(({ result }) => result.outcome === 'granted')]).toEqual([['granted'], 1, true])
    rig.clock.advance(3_000)
    await rig.service.onOutcome(rig.frame(), matched(personRef(1)))
    expect(await rig.reasons()).toEqual(['granted', 'anti-passback'])
  })
  it('forgets after its hours', async () => {
    const rig = await startReaderRig(rules({ antiPassback: 'hard' }))
    await rig.show('card', CARD)
    await rig.answer()
    rig.clock.advance(16 * 3_600_000 - 1)
    await rig.show('card', CARD)
    rig.clock.advance(REFUSAL_REPEAT_MS)
    await rig.show('card', CARD)
    expect(rig.answers()).toEqual(['granted', 'anti-passback', 'granted'])
  })
  it('soft lets in and says so', async () => {
    const rig = await startReaderRig(rules({ antiPassback: 'soft' }))
    await rig.show('card', CARD)
    await rig.answer()
    rig.clock.advance(20_000)
    await rig.show('card', CARD)
    expect((await rig.passages()).map(({ remarks }) => remarks)).toEqual([[], ['anti-passback']])
  })
})

describe('area and interlock', () => {
  const two = { credentials: [cardItem, credential(2, { secret: { kind: 'card', number: 'bb02' } })] } as const
  it('lets no more in than the area holds, those on their way among them', async () => {
    const rig = await startReaderRig(rules({ areaId: 'yard', occupancyMax: 1 }, two))
    await rig.show('card', CARD)
    await rig.show('card', 'bb02')
    await rig.answer()
    rig.clock.advance(60_000)
    await rig.show('card', 'bb02')
    await rig.show('card', CARD, 'rd-out')
    await rig.answer()
    await rig.show('card', 'bb02')
    expect(rig.answers()).toEqual(['granted', 'area-full', 'area-full', 'granted', 'granted'])
  })
  it('opens one gate of a group at a time, from the moment of the grant on, and none while a door is unknown', async () => {
    const group = { rules: { interlockGroup: 'sluice' } }
    const rig = await startReaderRig({ ...two, permits: [permit(1), permit(2, { gateIds: ['gate-2'] })], gates: [withReaders(group.rules), gate(2, { ...group, devices: [{ deviceId: 'rd-2', direction: 'in' }] })] })
    await rig.show('card', CARD)
    for (const id of ['ctl-1', 'ctl-2']) door(rig, 'closed', id)
    await rig.show('card', CARD)
    await rig.show('card', 'bb02', 'rd-2')
    await rig.answer()
    rig.clock.advance(5_001)
    door(rig, 'open')
    await rig.show('card', 'bb02', 'rd-2')
    door(rig, 'closed')
    await rig.show('card', 'bb02', 'rd-2')
    expect(rig.answers()).toEqual(['interlocked', 'granted', 'interlocked', 'interlocked', 'granted'])
  })
})
