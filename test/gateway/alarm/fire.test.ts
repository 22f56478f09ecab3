import { describe, expect, it } from 'vitest'
import type { GateV2 } from '#contract/sync-roster.js'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import type { ModeChange } from '../../../gateway/access/ports.js'
import { type ZoneInput, type ZoneState, fireMachine } from '../../../gateway/alarm/fire-machine.js'
import { createFireZones } from '../../../gateway/alarm/fire-zones.js'
import type { AlarmRow } from '../../../gateway/alarm/ports.js'
import { gatewayError } from '../../../gateway/errors.js'
import type { GatewayStore } from '../../../gateway/store/types.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'

const OPERATOR = uuid(1, 0x0d)
const BOOT = uuid(1)
const gate = (gateId: string, zoneId: string, controllerId: string, doorNo = 1): GateV2 => ({
  kind: 'gate.v2', gateId, name: gateId, zoneId, devices: [], controllerId, doorNo, releaseMs: 3_000, faceFreeWays: ['card'], rules: NO_GATE_RULES,
})
const GATES = [gate('east', 'north', 'ctl-1'), gate('west', 'north', 'ctl-2'), gate('south', 'south', 'ctl-3'), gate('tower', 'north', 'ctl-2', 2)]

describe('the life of a zone', () => {
  const STATES: Array<[string, ZoneState]> = [
    ['calm', { kind: 'calm' }],
    ['a burns', { kind: 'released', inputs: new Map([['a', 'burning']]) }],
    ['a burns, b is reset', { kind: 'released', inputs: new Map([['a', 'burning'], ['b', 'reset']]) }],
    ['a is reset', { kind: 'released', inputs: new Map([['a', 'reset']]) }],
  ]
  const INPUTS: ZoneInput[] = [{ kind: 'fire', deviceId: 'a' }, { kind: 'fire', deviceId: 'b' }, { kind: 'input-reset', deviceId: 'a' }, { kind: 'input-reset', deviceId: 'b' }, { kind: 'zone-reset' }]
  const text = (state: ZoneState): string => (state.kind === 'calm' ? 'calm' : [...state.inputs].map(([id, is]) => `${id} ${is}`).join(', '))

  it('all states and inputs', () => {
    expect(STATES.map(([name, state]) => [name, ...INPUTS.map((input) => {
      const moved = fireMachine(state, input)
      return moved === undefined ? '-' : [text(moved.state), ...moved.effects.map(({ mode }) => mode)].join(' → ')
    })])).toEqual([
      ['calm', 'a burning → kept-open', 'b burning → kept-open', '-', '-', '-'],
      ['a burns', '-', 'a burning, b burning → kept-open', 'a reset', '-', '-'],
      ['a burns, b is reset', '-', 'a burning, b burning → kept-open', 'a reset, b reset', '-', '-'],
      ['a is reset', 'a burning → kept-open', 'a reset, b burning → kept-open', '-', '-', 'calm → normal'],
    ])
  })
})

async function start(given?: GatewayStore) {
  const bare = given ?? await openStore()
  const clock = createVirtualClock()
  const told: string[] = []
  const moved: unknown[] = []
  let failure: Error | undefined
  const world = { gates: GATES }
  const alarm = (alarmId: string, kind: AlarmRow['alarm'], deviceId: string): AlarmRow =>
    ({ alarmId, alarm: kind, gateId: null, deviceId, phase: { kind: 'open', active: false, acknowledged: false }, passageId: null, personRef: null, detail: null, raisedAtMs: 0 })
  const fire = createFireZones({
    store: { fireInputs: bare.fireInputs, transact: (work) => (failure === undefined ? bare.transact(work) : Promise.reject(failure)) },
    gates: () => world.gates,
    hands: { setDoorMode: async ({ gateId, mode, cause, operatorRef }: ModeChange) => {
      told.push(`${gateId} ${mode}`)
      expect([cause, operatorRef]).toEqual(['fire-zone', null])
      return { outcome: 'executed', reason: null, passageId: null }
    } },
    alarms: {
      list: () => [alarm(uuid(1), 'fire', 'ctl-1'), alarm(uuid(2), 'fire', 'ctl-3'), alarm(uuid(3), 'tamper', 'ctl-1')],
      clear: ({ deviceId }) => void moved.push(`gone ${deviceId}`),
      move: async (move) => {
        moved.push(move)
        return 'done'
      },
    },
    clock, log: createRecordingLog(),
  })
  await fire.start()
  const event = (deviceId: string, type: 'fire' | 'fire-reset' | 'opened', change: { live?: boolean; monoMs?: number } = {}): void =>
    fire.onEvent(deviceId, { type, live: true, bootId: BOOT, monoMs: 1_000, ...change })
  const beat = (deviceId: string, isFire: boolean, monoMs = 2_000, bootId = BOOT): void =>
    fire.onStatus(deviceId, { bootId, monoMs, doors: [{ doorNo: 1, relay: 'released', contact: 'closed', fire: isFire }] })
  const stored = async (): Promise<string[]> => {
    await bare.transact(async () => undefined)
    return (await bare.fireInputs()).map(({ zoneId, deviceId, state }) => `${zoneId} ${deviceId} ${state}`)
  }
  const taken = (): string[] => told.splice(0).sort()
  return { bare, clock, fire, world, event, beat, stored, taken, moved, breakDisk: (error?: Error) => void (failure = error) }
}
const NORTH_OPEN = ['east kept-open', 'tower kept-open', 'west kept-open']

describe('fire in a zone', () => {
  it('opens every door of it before the disk has anything, each told once, and no other zone', async () => {
    const rig = await start()
    rig.event('ctl-1', 'fire')
    expect(rig.taken()).toEqual(NORTH_OPEN)
    rig.event('ctl-1', 'fire')
    rig.event('ctl-2', 'fire')
    rig.beat('ctl-1', true)
    expect([rig.taken(), await rig.stored()]).toEqual([[], ['north ctl-1 burning', 'north ctl-2 burning']])
  })

  it('opens them with a disk that is dead, and is stored once it works', async () => {
    const rig = await start()
    rig.breakDisk(gatewayError('GW_STORE_FULL'))
    rig.event('ctl-1', 'fire')
    expect(rig.taken()).toEqual(NORTH_OPEN)
    await settle()
    expect(await rig.stored()).toEqual([])
    rig.breakDisk()
    await rig.clock.run(5_000)
    expect(await rig.stored()).toEqual(['north ctl-1 burning'])
  })

  it('is over only when every input was reset at its controller and then a person resets the zone', async () => {
    const rig = await start()
    rig.event('ctl-1', 'fire')
    rig.event('ctl-2', 'fire')
    rig.taken()
    expect(await rig.fire.reset('north', OPERATOR)).toBe('refused')
    rig.event('ctl-1', 'fire-reset')
    expect([await rig.fire.reset('north', OPERATOR), rig.fire.list()]).toMatchObject(['refused', [{ zoneId: 'north', mayReset: false }]])
    rig.event('ctl-2', 'fire-reset')
    expect(rig.taken()).toEqual([])
    expect(rig.fire.list()).toMatchObject([{ mayReset: true, inputs: [{ state: 'reset' }, { state: 'reset' }] }])
    expect([await rig.fire.reset('south', OPERATOR), await rig.fire.reset('north', OPERATOR)]).toEqual(['refused', 'done'])
    expect(rig.taken()).toEqual(['east normal', 'tower normal', 'west normal'])
    expect([rig.fire.list(), await rig.stored()]).toEqual([[], []])
    expect(rig.moved).toEqual(['gone ctl-1', { alarmId: uuid(1), state: 'cleared', operatorRef: OPERATOR }])
  })

  it('a reset that the disk does not take leaves the doors open', async () => {
    const rig = await start()
    rig.event('ctl-1', 'fire')
    rig.event('ctl-1', 'fire-reset')
    await rig.stored()
    rig.taken()
    rig.breakDisk(gatewayError('GW_STORE_FULL'))
    await expect(rig.fire.reset('north', OPERATOR)).rejects.toMatchObject({ code: 'GW_STORE_FULL' })
    expect([rig.taken(), rig.fire.list()]).toMatchObject([[], [{ zoneId: 'north' }]])
  })

  it('survives a restart: the doors are told again, and what was reset stays reset', async () => {
    const first = await start()
    first.event('ctl-1', 'fire')
    first.event('ctl-2', 'fire')
    first.event('ctl-2', 'fire-reset')
    await first.stored()
    first.fire.stop()
    const second = await start(first.bare)
    expect(second.taken()).toEqual(NORTH_OPEN)
    expect(second.fire.list()).toMatchObject([{ zoneId: 'north', mayReset: false, inputs: [{ deviceId: 'ctl-1', state: 'burning' }, { deviceId: 'ctl-2', state: 'reset' }] }])
    second.beat('ctl-1', false, 5)
    expect(second.fire.list()).toMatchObject([{ mayReset: true }])
  })

  it('is seen in a heartbeat where its event was lost; one from before the event says nothing about it', async () => {
    const rig = await start()
    rig.beat('ctl-3', true)
    expect(rig.taken()).toEqual(['south kept-open'])
    rig.event('ctl-1', 'fire', { monoMs: 9_000 })
    rig.beat('ctl-1', false, 8_999)
    expect(rig.fire.list()).toMatchObject([{ zoneId: 'south' }, { zoneId: 'north', mayReset: false }])
    rig.beat('ctl-1', false, 9_001)
    expect(rig.fire.list()).toMatchObject([{ zoneId: 'south' }, { zoneId: 'north', mayReset: true }])
  })

  it('of before, kept through an outage, opens and closes nothing now', async () => {
    const rig = await start()
    rig.event('ctl-1', 'fire', { live: false })
    expect(rig.taken()).toEqual([])
    rig.beat('ctl-1', true)
    rig.event('ctl-1', 'fire-reset', { live: false })
    expect(rig.fire.list()).toMatchObject([{ mayReset: false }])
  })

  it('a door that joins the zone meanwhile is opened too; a controller without a gate opens nothing', async () => {
    const rig = await start()
    rig.event('stranger', 'fire')
    rig.event('ctl-1', 'opened')
    rig.event('ctl-1', 'fire')
    rig.taken()
    rig.world.gates = [...GATES, gate('new', 'north', 'ctl-9')]
    rig.fire.gatesChanged()
    expect(rig.taken()).toEqual(['new kept-open'])
  })
})
