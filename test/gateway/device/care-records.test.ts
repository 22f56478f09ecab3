import { describe, expect, it } from 'vitest'
import type { HealthV1 } from '#contract/device-care-messages.js'
import type { RecordBody } from '#contract/sync-records.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { FAULT_RECORDS_MAX, HEALTH_RECORD_MS, createHealthLog } from '../../../gateway/device/health-log.js'
import { createDeviceRegistry } from '../../../gateway/device/registry.js'
import { gatewayError } from '../../../gateway/errors.js'
import type { GatewayStore } from '../../../gateway/store/types.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const BOOT = uuid(1)
const FINGERPRINT = 'a'.repeat(64)
const DEVICE = { deviceId: 'cam-1', deviceKind: 'camera', certificateFingerprint: FINGERPRINT } as const

async function start(given?: GatewayStore) {
  const bare = given ?? await openStore()
  const clock = createVirtualClock()
  const log = createRecordingLog()
  let failure: Error | undefined
  const store: GatewayStore = { ...bare, transact: (work) => (failure === undefined ? bare.transact(work) : Promise.reject(failure)) }
  const stamp = createStamper({ clock, ids: createIdSource({ clock, random: seededRandom(1) }), bootId: uuid(1, 0xb) })
  const registry = createDeviceRegistry({ store, clock, stamp, log, lost: [] })
  await registry.start()
  const health = createHealthLog({ store, clock, stamp, log })
  const records = async (kind: RecordBody['kind']): Promise<RecordBody[]> => {
    await bare.transact(async () => undefined)
    return (await bare.recordsAfter(1, 0, 1_000)).map(({ payload }) => JSON.parse(payload) as RecordBody).filter((record) => record.kind === kind)
  }
  const hello = (change: { firmware?: string; capabilities?: string[] } = {}): void =>
    registry.introduced('cam-1', { bootId: BOOT, wallMs: clock.wallMs(), model: 'sim', firmware: '1.0.0', capabilities: ['jpeg'], ...change })
  return { bare, clock, log, registry, health, records, hello, breakDisk: (error?: Error) => void (failure = error) }
}

describe('what a device is and can', () => {
  it('is a record when it is registered, when it first says so, and only where it changes', async () => {
    const rig = await start()
    await rig.registry.register(DEVICE)
    rig.hello()
    rig.hello()
    await rig.records('device-info.v1')
    rig.hello()
    rig.hello({ firmware: '1.1.0' })
    const common = { kind: 'device-info.v1', recordId: expect.any(String), occurredAtMs: START_WALL_MS, monoMs: 1_000, bootId: uuid(1, 0xb), deviceId: 'cam-1', deviceKind: 'camera', certificateFingerprint: FINGERPRINT, revoked: false }
    expect(await rig.records('device-info.v1')).toEqual([
      { ...common, model: 'unknown', firmware: 'unknown', capabilities: [] },
      { ...common, model: 'sim', firmware: '1.0.0', capabilities: ['jpeg'] },
      { ...common, model: 'sim', firmware: '1.1.0', capabilities: ['jpeg'] },
    ])
  })

  it('is known after a restart, and a revocation is a record of it', async () => {
    const first = await start()
    await first.registry.register(DEVICE)
    first.hello()
    expect(await first.records('device-info.v1')).toHaveLength(2)
    const second = await start(first.bare)
    expect(second.registry.list()).toMatchObject([{ model: 'sim', firmware: '1.0.0', capabilities: ['jpeg'], online: false }])
    second.hello()
    await second.registry.revoke('cam-1')
    await second.registry.revoke('cam-1')
    expect((await second.records('device-info.v1')).slice(2)).toMatchObject([{ firmware: '1.0.0', revoked: true }])
  })

  it('that the disk refused is written with the next hello', async () => {
    const rig = await start()
    await rig.registry.register(DEVICE)
    rig.breakDisk(gatewayError('GW_STORE_FULL'))
    rig.hello()
    expect(await rig.records('device-info.v1')).toHaveLength(1)
    expect(rig.registry.list()).toMatchObject([{ firmware: '1.0.0' }])
    rig.breakDisk()
    rig.hello()
    expect(await rig.records('device-info.v1')).toHaveLength(2)
  })
})

describe('how a device is', () => {
  const said = (...faults: string[]): HealthV1 => ({
    v: 1, bootId: BOOT, monoMs: 1, uptimeMs: 1, temperatureC: 41.5, supplyVolts: 12.1, memoryFreeBytes: null, storageFreeBytes: 5, signalDbm: null, faults,
  })
  const faultsOf = async (rig: Awaited<ReturnType<typeof start>>) => (await rig.records('device-health.v1')).map((record) => record.kind === 'device-health.v1' && record.faults.join())

  it('is a record at first, every five minutes, and at once where a fault comes or goes', async () => {
    const rig = await start()
    rig.health.heard('cam-1', said())
    rig.clock.advance(HEALTH_RECORD_MS - 1)
    rig.health.heard('cam-1', said())
    rig.health.heard('cam-1', said('lens-covered', 'battery-low', 'lens-covered'))
    rig.health.heard('cam-1', said('battery-low', 'lens-covered'))
    rig.health.heard('cam-1', said('battery-low'))
    rig.clock.advance(1)
    rig.health.heard('cam-1', said('battery-low'))
    rig.health.heard('cam-1', said('battery-low'))
    expect(await faultsOf(rig)).toEqual(['', 'battery-low,lens-covered', 'battery-low', 'battery-low'])
    expect(rig.health.of('cam-1')).toEqual({ uptimeMs: 1, temperatureC: 41.5, supplyVolts: 12.1, memoryFreeBytes: null, storageFreeBytes: 5, signalDbm: null, faults: ['battery-low'] })
    expect(rig.health.of('cam-2')).toBeUndefined()
  })

  it('a fault that comes and goes all the time fills no log', async () => {
    const rig = await start()
    for (let i = 0; i < 100; i++) rig.health.heard('cam-1', i % 2 === 0 ? said('loose-wire') : said())
    expect(await faultsOf(rig)).toHaveLength(FAULT_RECORDS_MAX)
    rig.clock.advance(HEALTH_RECORD_MS)
    rig.health.heard('cam-1', said('loose-wire'))
    expect(await faultsOf(rig)).toHaveLength(FAULT_RECORDS_MAX + 1)
  })

  it('that the disk refused is written with the next word', async () => {
    const rig = await start()
    rig.breakDisk(gatewayError('GW_STORE_FULL'))
    rig.health.heard('cam-1', said('battery-low'))
    await rig.records('device-health.v1')
    rig.breakDisk()
    rig.health.heard('cam-1', said('battery-low'))
    expect(await faultsOf(rig)).toEqual(['battery-low'])
  })
})
