import { describe, expect, it } from 'vitest'
import { encodeMessage } from '#contract/codec.js'
import type { DoorEventV1, HeartbeatV1, HelloV1 } from '#contract/device-messages.js'
import type { RecordBody } from '#contract/sync-records.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { createDoorBoard } from '../../../gateway/access/door-board.js'
import { createRosterView } from '../../../gateway/access/roster-view.js'
import { createCommandResultHandler } from '../../../gateway/device/command-result-handler.js'
import { createDeviceClocks } from '../../../gateway/device/controller-clock.js'
import { createDoorPublisher } from '../../../gateway/device/door-publisher.js'
import { createEventHandler } from '../../../gateway/device/event-handler.js'
import { createHeartbeatHandler } from '../../../gateway/device/heartbeat-handler.js'
import { createHelloHandler } from '../../../gateway/device/hello-handler.js'
import type { DevicePublisher } from '../../../gateway/device/ports.js'
import { createDeviceRegistry } from '../../../gateway/device/registry.js'
import { ROSTER } from '../../support/access-rig.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const ADDRESS = { estateId: 'estate-1', deviceKind: 'controller', deviceId: 'ctl-1' } as const
const BOOT = uuid(1)
const doorEvent = (number: number, change: Partial<DoorEventV1> = {}): DoorEventV1 =>
  ({ v: 1, eventId: uuid(number), bootId: BOOT, monoMs: 5, wallMs: START_WALL_MS - 3_600_000, doorNo: 1, type: 'opened', live: true, ...change })

async function start() {
  const store = await openStore()
  const clock = createVirtualClock()
  const stamp = createStamper({ clock, ids: createIdSource({ clock, random: seededRandom(1) }), bootId: uuid(1, 0xb) })
  const sent: unknown[] = []
  const publisher: DevicePublisher = { publish: (kind, address, payload) => {
    encodeMessage(kind, payload)
    sent.push([kind, address, payload])
  } }
  const doors = createDoorBoard()
  const clocks = createDeviceClocks({ clock })
  const gates = createRosterView()
  gates.replace(ROSTER)
  const registry = createDeviceRegistry({ store, clock, stamp, log: createRecordingLog(), lost: [clocks.forget, doors.onLost] })
  await registry.register({ deviceId: 'ctl-1', deviceKind: 'controller', certificateFingerprint: 'a'.repeat(64) })
  registry.connected(ADDRESS)
  const burning: string[] = []
  const fire = {
    onEvent: (deviceId: string, event: { type: string }) => void burning.push(`${deviceId} ${event.type}`),
    onStatus: (deviceId: string) => void burning.push(`${deviceId} beats`),
  }
  return {
    burning, store, clock, sent, publisher, doors, clocks, registry,
    hello: createHelloHandler({ registry, clocks, care: { connected: ({ deviceId }, { firmware }) => void burning.push(`${deviceId} ${firmware}`) }, clock }),
    heartbeat: createHeartbeatHandler({ registry, clocks, doors, fire, clock }),
    event: createEventHandler({ store, gates, doors, fire, publisher, stamp }),
    /** Beside what the registration wrote. */
    records: async () => (await store.recordsAfter(1, 0, 100)).map((record) => JSON.parse(record.payload) as RecordBody)
      .filter(({ kind }) => kind !== 'device-info.v1'),
  }
}
const hello = (bootId: string, monoMs: number): HelloV1 =>
  ({ v: 1, bootId, monoMs, wallMs: START_WALL_MS, model: 'sim', firmware: '2.0', capabilities: [] })
const heartbeat = (bootId: string, monoMs: number): HeartbeatV1 => ({
  v: 1, bootId, monoMs, wallMs: START_WALL_MS, doors: [{ doorNo: 1, relay: 'locked', contact: 'closed', fire: false }], pendingEvents: 2,
})

describe('hello and heartbeat', () => {
  it('say the clock, the boot and the doors', async () => {
    const rig = await start()
    await rig.hello(ADDRESS, hello(BOOT, 4_000))
    expect(rig.clocks.controllerClock('ctl-1')).toEqual({ bootId: BOOT, monoMs: 4_000 })
    rig.clock.advance(1_000)
    await rig.heartbeat(ADDRESS, heartbeat(BOOT, 5_010))
    expect(rig.clocks.controllerClock('ctl-1')).toEqual({ bootId: BOOT, monoMs: 5_010 })
    expect(rig.doors.state('ctl-1', 1)).toEqual({ kind: 'locked' })
    expect(rig.registry.list()).toMatchObject([{ online: true, bootId: BOOT, firmware: '2.0', pendingEvents: 2 }])
  })

  it('of a new boot void what the old one said, and its own clock stands', async () => {
    const rig = await start()
    await rig.heartbeat(ADDRESS, heartbeat(BOOT, 900_000))
    await rig.hello(ADDRESS, hello(uuid(2), 50))
    expect(rig.clocks.controllerClock('ctl-1')).toEqual({ bootId: uuid(2), monoMs: 50 })
    expect(rig.doors.state('ctl-1', 1)).toEqual({ kind: 'unknown' })
    rig.registry.disconnected(ADDRESS)
    expect(rig.clocks.controllerClock('ctl-1')).toBeUndefined()
  })
})

describe('a door event', () => {
  it('is a record with its gate, acknowledged once it is durable', async () => {
    const rig = await start()
    const handling = rig.event(ADDRESS, doorEvent(1))
    expect(rig.sent).toEqual([])
    await handling
    expect(rig.sent).toEqual([['eventAck', ADDRESS, { v: 1, eventIds: [uuid(1)] }]])
    expect(await rig.records()).toEqual([{
      kind: 'door-event.v1', recordId: expect.any(String), occurredAtMs: START_WALL_MS, monoMs: 1_000, bootId: uuid(1, 0xb),
      eventId: uuid(1), gateId: 'gate-1', deviceId: 'ctl-1', deviceBootId: BOOT, doorNo: 1, type: 'opened', deviceWallMs: START_WALL_MS - 3_600_000, live: true,
    }])
    expect(rig.doors.state('ctl-1', 1)).toEqual({ kind: 'open', relay: 'locked' })
  })

  it('that is sent again is acknowledged again and recorded once, also when both arrive together', async () => {
    const rig = await start()
    await Promise.all([rig.event(ADDRESS, doorEvent(1)), rig.event(ADDRESS, doorEvent(1))])
    await rig.event(ADDRESS, doorEvent(1))
    expect(rig.sent).toEqual(Array(3).fill(['eventAck', ADDRESS, { v: 1, eventIds: [uuid(1)] }]))
    expect((await rig.records()).length).toBe(1)
    await rig.event(ADDRESS, doorEvent(2, { type: 'closed' }))
    await rig.event(ADDRESS, doorEvent(1))
    expect(rig.doors.state('ctl-1', 1)).toEqual({ kind: 'locked' })
  })

  it('of a door that is no gate is recorded all the same', async () => {
    const rig = await start()
    await rig.event(ADDRESS, doorEvent(1, { doorNo: 7, type: 'tamper' }))
    expect(await rig.records()).toMatchObject([{ gateId: null, doorNo: 7, type: 'tamper' }])
  })

  it('kept from before the connection says nothing about the door now', async () => {
    const rig = await start()
    await rig.event(ADDRESS, doorEvent(1, { live: false }))
    expect(rig.doors.state('ctl-1', 1)).toEqual({ kind: 'unknown' })
    expect((await rig.records()).length).toBe(1)
  })

  it('of fire is told on before anything is stored, also where nothing can be', async () => {
    const rig = await start()
    await rig.heartbeat(ADDRESS, heartbeat(BOOT, 5_000))
    const handling = rig.event(ADDRESS, doorEvent(1, { type: 'fire' }))
    expect(rig.burning).toEqual(['ctl-1 beats', 'ctl-1 fire'])
    await handling
    await rig.store.close()
    await expect(rig.event(ADDRESS, doorEvent(2, { type: 'fire' }))).rejects.toMatchObject({ code: 'GW_STORE_CLOSED' })
    expect(rig.burning).toHaveLength(3)
  })

  it('that cannot be stored is not acknowledged', async () => {
    const rig = await start()
    await rig.store.close()
    await expect(rig.event(ADDRESS, doorEvent(1))).rejects.toMatchObject({ code: 'GW_STORE_CLOSED' })
    expect(rig.sent).toEqual([])
  })
})

describe('a command result', () => {
  const result = { v: 1, eventId: uuid(4), commandId: uuid(3), bootId: BOOT, monoMs: 1, wallMs: START_WALL_MS, outcome: 'executed', reason: null } as const

  it('is acknowledged after the access rules stored it', async () => {
    const rig = await start()
    let store: () => void = () => undefined
    const seen: unknown[] = []
    const commands = { onCommandResult: (controllerId: string, payload: object) => {
      seen.push([controllerId, payload])
      return new Promise<void>((resolve) => (store = resolve))
    } }
    const handling = createCommandResultHandler({ commands, publisher: rig.publisher })(ADDRESS, result)
    await Promise.resolve()
    expect([seen, rig.sent]).toEqual([[['ctl-1', result]], []])
    store()
    await handling
    expect(rig.sent).toEqual([['eventAck', ADDRESS, { v: 1, eventIds: [uuid(4)] }]])
  })

  it('that could not be stored is not acknowledged', async () => {
    const rig = await start()
    const commands = { onCommandResult: () => Promise.reject(new Error('disk on fire')) }
    await expect(createCommandResultHandler({ commands, publisher: rig.publisher })(ADDRESS, result)).rejects.toThrow('disk on fire')
    expect(rig.sent).toEqual([])
  })
})

describe('door publisher', () => {
  it('addresses controllers and cameras of its estate', async () => {
    const rig = await start()
    const doors = createDoorPublisher({ publisher: rig.publisher, estateId: 'estate-1' })
    const command = { v: 1, commandId: uuid(1), bootId: BOOT, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: 5, frameAgeMs: 1 } as const
    const shown = { v: 1, frameId: uuid(2), outcome: 'refused', reason: 'not-live' } as const
    doors.sendCommand('ctl-1', command)
    doors.showResult('cam-1', shown)
    expect(rig.sent).toEqual([['doorCommand', ADDRESS, command], ['frameResult', { estateId: 'estate-1', deviceKind: 'camera', deviceId: 'cam-1' }, shown]])
  })
})
