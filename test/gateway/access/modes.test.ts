import { describe, expect, it } from 'vitest'
import type { CommandResultV1 } from '#contract/device-messages.js'
import type { GateRules, ScheduleV1 } from '#contract/sync-roster.js'
import { encodeMessage } from '#contract/codec.js'
import { heldMode, scheduledMode } from '../../../gateway/access/door-mode-rules.js'
import type { Roster } from '../../../gateway/access/ports.js'
import { CONTROLLER_BOOT, ROSTER, createAccessRig, storeSettled } from '../../support/access-rig.js'
import { credential, gate, permit, uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const OPERATOR = uuid(9)
const HOUR = 3_600_000
const CARD = '04aabb01'
const times = (scheduleId: string, from: string, until: string, onHolidays: ScheduleV1['onHolidays'] = []): ScheduleV1 =>
  ({ kind: 'schedule.v1', scheduleId, name: scheduleId, weekly: [{ days: ['mon'], from, until }], onHolidays })
/** `START_WALL_MS` is Monday 08:00. */
const SCHEDULES = [times('early', '07:30', '08:30'), times('late', '09:00', '10:00')]
const withRules = (rules: Partial<GateRules>): Partial<Roster> => ({
  gates: [gate(1, { rules, devices: [{ deviceId: 'rd-1', direction: 'in' }] }), gate(2)], schedules: SCHEDULES, credentials: [credential(1)],
})

async function start(change: Partial<Roster> = withRules({}), deps: Partial<Parameters<typeof createAccessRig>[0]> = {}) {
  const store = deps.store ?? await openStore()
  const rig = createAccessRig({ ...deps, store })
  rig.roster.replace({ ...ROSTER, ...change })
  await rig.service.start('model-1')
  let events = 0
  const answer = (index = rig.modes.length - 1, change: Partial<CommandResultV1> = {}) => rig.service.onCommandResult('ctl-1', {
    v: 1, eventId: uuid(800 + events++), commandId: rig.modes[index]?.mode.commandId as string, bootId: CONTROLLER_BOOT, monoMs: 1, wallMs: START_WALL_MS, outcome: 'executed', reason: null, ...change,
  })
  const modeRecords = async () => (await rig.records()).flatMap((record) => (record.kind === 'door-mode.v1' ? [[record.mode, record.cause, record.operatorRef]] : []))
  const set = (mode: 'normal' | 'kept-open' | 'kept-locked') => rig.service.setDoorMode({ gateId: 'gate-1', mode, cause: 'operator', operatorRef: OPERATOR })
  const burn = (mode: 'normal' | 'kept-open') => rig.service.setDoorMode({ gateId: 'gate-1', mode, cause: 'fire-zone', operatorRef: null })
  const present = async () => {
    await rig.service.onCredential('rd-1', rig.presentation('card', CARD))
    return rig.answered.at(-1)?.result.reason ?? 'granted'
  }
  return { ...rig, store, answer, modeRecords, set, burn, present, said: () => rig.modes.map(({ mode }) => [mode.mode, mode.cause]) }
}
const until = async (done: () => boolean): Promise<void> => {
  for (let turn = 0; !done(); turn++) {
    if (turn > 500) throw new Error(`never happened: ${done.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

describe('rules of held gates', () => {
  const now = (atMs: number, holiday = false) => ({
    nowWallMs: atMs, schedule: (id: string) => SCHEDULES.find(({ scheduleId }) => scheduleId === id), calendar: new Map(holiday ? [['2026-01-05', 'holiday' as const]] : []),
  })
  const rules = { openScheduleId: 'early', lockedScheduleId: 'late', firstPersonIn: false }
  it.each([
    ['in the open times', START_WALL_MS, rules, null, 'kept-open'],
    ['at the end of the open times', START_WALL_MS + HOUR / 2, rules, null, 'normal'],
    ['in the locked times', START_WALL_MS + HOUR, rules, null, 'kept-locked'],
    ['where both hold', START_WALL_MS, { ...rules, lockedScheduleId: 'early' }, null, 'kept-locked'],
    ['with times that are not known', START_WALL_MS, { ...rules, openScheduleId: 'gone' }, null, 'normal'],
    ['before the first person', START_WALL_MS, { ...rules, firstPersonIn: true }, null, 'normal'],
    ['after the first person of today', START_WALL_MS, { ...rules, firstPersonIn: true }, START_WALL_MS - 1, 'kept-open'],
    ['after a person before the times began', START_WALL_MS, { ...rules, firstPersonIn: true }, START_WALL_MS - HOUR, 'normal'],
  ] as const)('%s', (_, atMs, gateRules, firstInAtMs, mode) => expect(scheduledMode(gateRules, now(atMs), firstInAtMs)).toBe(mode))
  it('on a holiday takes the holiday’s times, of which there are none', () => expect(scheduledMode(rules, now(START_WALL_MS, true), null)).toBe('normal'))
  it.each([
    [true, 'kept-locked', 'kept-locked', 'kept-open', 'fire-zone'],
    [false, 'kept-locked', 'kept-open', 'kept-locked', 'operator'],
    [false, null, 'kept-open', 'kept-open', 'schedule'],
    [false, null, 'normal', 'normal', 'schedule'],
  ] as const)('fire %s, operator %s, schedule %s: %s by %s', (fire, operatorMode, scheduled, mode, cause) => expect(heldMode({ fire, operatorMode, scheduled })).toEqual({ mode, cause }))
})

describe('a gate held by a person', () => {
  it('is written, then told, and answered by the controller; nothing is said to gates that nobody holds', async () => {
    const rig = await start()
    rig.clock.advance(5_000)
    expect(rig.modes).toEqual([])
    const changing = rig.set('kept-open')
    await until(() => rig.modes.length === 1)
    expect(await rig.modeRecords()).toEqual([['kept-open', 'operator', OPERATOR]])
    expect(rig.modes).toEqual([{ controllerId: 'ctl-1', mode: { v: 1, commandId: expect.any(String), bootId: CONTROLLER_BOOT, doorNo: 1, mode: 'kept-open', cause: 'operator', deadlineMonoMs: 77_000 } }])
    for (const { mode } of rig.modes) expect(() => encodeMessage('doorMode', mode)).not.toThrow()
    await rig.answer()
    expect(await changing).toEqual({ outcome: 'executed', reason: null, passageId: null })
    expect(rig.service.doorModes()).toEqual([{ gateId: 'gate-1', mode: 'kept-open', cause: 'operator', confirmed: true }, { gateId: 'gate-2', mode: 'normal', cause: 'schedule', confirmed: true }])
    await rig.clock.run(120_000)
    expect([rig.modes.length, rig.anomalies]).toEqual([1, []])
  })
  it('is told again until it obeys, less and less often, and to every new life of its controller', async () => {
    const rig = await start()
    const changing = rig.set('kept-locked')
    await until(() => rig.modes.length === 1)
    await rig.clock.run(5_000)
    expect(await changing).toMatchObject({ outcome: 'no-answer' })
    await rig.clock.run(60_000)
    expect(rig.modes.length).toBeGreaterThan(3)
    expect(rig.modes.length).toBeLessThan(9)
    const before = rig.modes.length
    while (rig.modes.length === before) await rig.clock.run(1_000)
    const repeated = rig.modes.length
    await rig.answer()
    await rig.clock.run(120_000)
    expect(rig.modes.length).toBe(repeated)
    rig.clocks.set('ctl-1', { bootId: uuid(6), monoMs: 10 })
    await rig.clock.run(1_000)
    expect(rig.modes.slice(repeated)).toMatchObject([{ mode: { mode: 'kept-locked', bootId: uuid(6) } }])
    expect((await rig.modeRecords()).length).toBe(1)
  })
  it('kept locked lets staff in and residents not, and opens by hand', async () => {
    const rig = await start()
    void rig.set('kept-locked')
    await until(() => rig.modes.length === 1)
    expect(await rig.present()).toBe('kept-locked')
    rig.roster.replace({ ...ROSTER, ...withRules({}), permits: [permit(1, { role: 'staff' })] })
    expect(await rig.present()).toBe('granted')
    void rig.service.openByHand({ gateId: 'gate-1', way: 'guard', operatorRef: OPERATOR, override: 'delivery' })
    await until(() => rig.commands.length === 2)
  })
  it('stays so over a restart, and is told to be as usual even where the gateway was away meanwhile', async () => {
    const rig = await start()
    void rig.set('kept-open')
    await until(() => rig.modes.length === 1)
    await rig.answer()
    rig.service.stop()
    const again = await start(withRules({}), { store: rig.store, seed: 2 })
    await again.clock.run(1_000)
    expect([again.said(), await again.modeRecords()]).toEqual([[['kept-open', 'operator']], [['kept-open', 'operator', OPERATOR]]])
    void again.set('normal')
    await until(() => again.modes.length === 2)
    again.service.stop()
    await storeSettled(rig.store)
    const third = await start(withRules({}), { store: rig.store, seed: 3 })
    await third.clock.run(1_000)
    expect(third.said()).toEqual([['normal', 'schedule']])
    await third.answer()
    third.service.stop()
    await storeSettled(rig.store)
    const fourth = await start(withRules({}), { store: rig.store, seed: 4 })
    await fourth.clock.run(5_000)
    expect(fourth.modes).toEqual([])
  })
  it('is not held where the disk refuses it, nor where nobody knows the gate or the controller is away', async () => {
    const store = await openStore()
    let broken = true
    const rig = await start(withRules({}), { store, access: { transact: (work) => (broken ? Promise.reject(new Error('disk on fire')) : store.transact(work)) } })
    expect(await rig.set('kept-locked')).toMatchObject({ outcome: 'refused', reason: 'engine-failed' })
    expect(await rig.service.setDoorMode({ gateId: 'gate-9', mode: 'kept-open', cause: 'operator', operatorRef: OPERATOR })).toMatchObject({ reason: 'gate-unknown' })
    broken = false
    expect([await rig.present(), rig.modes]).toEqual(['granted', []])
    rig.clocks.delete('ctl-1')
    expect(await rig.set('kept-open')).toMatchObject({ outcome: 'refused', reason: 'controller-offline' })
    rig.clocks.set('ctl-1', { bootId: uuid(6), monoMs: 10 })
    await rig.clock.run(1_000)
    expect(rig.said()).toEqual([['kept-open', 'operator']])
  })
})

describe('a gate held by its schedule', () => {
  it('opens and ends by the clock, each once, also where the clock jumps', async () => {
    const rig = await start(withRules({ openScheduleId: 'early', lockedScheduleId: 'late' }))
    await until(() => rig.modes.length === 1)
    await rig.answer()
    rig.clock.jumpWall(HOUR / 2)
    rig.clock.advance(1_000)
    await until(() => rig.modes.length === 2)
    await rig.answer()
    rig.clock.jumpWall(HOUR / 2)
    rig.clock.advance(1_000)
    await until(() => rig.modes.length === 3)
    expect(rig.said()).toEqual([['kept-open', 'schedule'], ['normal', 'schedule'], ['kept-locked', 'schedule']])
    expect(await rig.modeRecords()).toEqual([['kept-open', 'schedule', null], ['normal', 'schedule', null], ['kept-locked', 'schedule', null]])
    expect(await rig.present()).toBe('kept-locked')
  })
  it('with first person in waits for somebody with a permit to come in', async () => {
    const rig = await start(withRules({ openScheduleId: 'early', firstPersonIn: true }))
    rig.clock.advance(2_000)
    expect(rig.modes).toEqual([])
    expect(await rig.present()).toBe('granted')
    await rig.service.onCommandResult('ctl-1', {
      v: 1, eventId: uuid(900), commandId: rig.commands[0]?.command.commandId as string, bootId: CONTROLLER_BOOT, monoMs: 1, wallMs: START_WALL_MS, outcome: 'executed', reason: null,
    })
    await until(() => rig.modes.length === 1)
    expect(rig.said()).toEqual([['kept-open', 'schedule']])
    const again = await start(withRules({ openScheduleId: 'early', firstPersonIn: true }), { store: rig.store, seed: 2, clock: createVirtualClock(START_WALL_MS + 60_000) })
    expect(again.service.doorModes()[0]).toMatchObject({ mode: 'kept-open' })
  })
})

describe('fire', () => {
  it('opens before the disk has taken it, overrides what people said, and gives it back afterwards', async () => {
    const store = await openStore()
    let broken = false
    const rig = await start(withRules({}), { store, access: { transact: (work) => (broken ? Promise.reject(new Error('disk on fire')) : store.transact(work)) } })
    void rig.set('kept-locked')
    await until(() => rig.modes.length === 1)
    await rig.answer()
    broken = true
    const burning = rig.burn('kept-open')
    expect(rig.said().at(-1)).toEqual(['kept-open', 'fire-zone'])
    const commandId = rig.modes[1]?.mode.commandId
    broken = false
    await rig.answer()
    expect(await burning).toMatchObject({ outcome: 'executed' })
    expect(commandId).toBe(rig.modes[1]?.mode.commandId)
    expect(await rig.set('kept-open')).toMatchObject({ outcome: 'refused', reason: 'fire' })
    expect(await rig.set('kept-locked')).toMatchObject({ outcome: 'refused', reason: 'fire' })
    expect(await rig.present()).toBe('granted')
    void rig.burn('normal')
    await until(() => rig.modes.length === 3)
    expect(rig.said().at(-1)).toEqual(['kept-locked', 'operator'])
  })
  it('is said again every few seconds until the controller obeys, and over a restart of the gateway', async () => {
    const rig = await start()
    void rig.burn('kept-open')
    await rig.clock.run(30_000)
    expect(rig.modes.length).toBeGreaterThan(4)
    rig.service.stop()
    await storeSettled(rig.store)
    const again = await start(withRules({}), { store: rig.store, seed: 2 })
    await again.clock.run(1_000)
    expect(again.said()).toEqual([['kept-open', 'fire-zone']])
  })
})

describe('an opening by hand', () => {
  const open = { gateId: 'gate-1', way: 'remote', operatorRef: OPERATOR, override: 'mobility' } as const
  const result = (commandId: string, outcome: 'executed' | 'refused') =>
    ({ v: 1, eventId: uuid(901), commandId, bootId: CONTROLLER_BOOT, monoMs: 1, wallMs: START_WALL_MS, outcome, reason: outcome === 'executed' ? null : 'expired' }) as const
  it.each(['executed', 'refused'] as const)('is a passage of its own, with who and why, and the controller’s word: %s', async (outcome) => {
    const rig = await start()
    const opening = rig.service.openByHand(open)
    await until(() => rig.commands.length === 1)
    await rig.service.onCommandResult('ctl-1', result(rig.commands[0]?.command.commandId as string, outcome))
    const [passage] = await rig.records()
    expect(passage).toMatchObject({
      kind: 'passage.v2', gateId: 'gate-1', deviceId: null, seenId: null, way: 'remote', result: 'granted', operatorRef: OPERATOR, override: 'mobility', personRef: null, ageMs: null, waitMs: null, modelId: null,
    })
    expect(await opening).toEqual({ outcome, reason: outcome === 'executed' ? null : 'expired', passageId: (passage as { passageId: string }).passageId })
    expect((await rig.records()).map(({ kind }) => kind)).toEqual(['passage.v2', 'door-command.v1', 'command-outcome.v1'])
  })
  it('that cannot be carried out is recorded and says why', async () => {
    const rig = await start()
    rig.clocks.delete('ctl-1')
    expect(await rig.service.openByHand(open)).toMatchObject({ outcome: 'refused', reason: 'controller-offline', passageId: expect.any(String) })
    expect(await rig.service.openByHand({ ...open, gateId: 'gate-9' })).toEqual({ outcome: 'refused', reason: 'gate-unknown', passageId: null })
    expect(await rig.records()).toMatchObject([{ kind: 'passage.v2', result: 'refused', reason: 'controller-offline', operatorRef: OPERATOR }])
  })
  it('that nobody answers says so, also where the process stops', async () => {
    const rig = await start()
    const silent = rig.service.openByHand(open)
    await until(() => rig.commands.length === 1)
    rig.clock.advance(5_000)
    expect(await silent).toMatchObject({ outcome: 'no-answer' })
    const cut = rig.service.openByHand(open)
    rig.service.stop()
    expect(await cut).toMatchObject({ outcome: 'no-answer' })
  })
})
