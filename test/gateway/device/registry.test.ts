import { describe, expect, it } from 'vitest'
import type { RecordBody } from '#contract/sync-records.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { DEVICE_SILENCE_MS_MAX, createDeviceRegistry } from '../../../gateway/device/registry.js'
import { OFFLINE_RECORD_DELAY_MS } from '../../../gateway/device/status-log.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const FINGERPRINT = 'a'.repeat(64)
const CONTROLLER = { deviceId: 'ctl-1', deviceKind: 'controller', certificateFingerprint: FINGERPRINT } as const
const ADDRESS = { estateId: 'estate-1', deviceKind: 'controller', deviceId: 'ctl-1' } as const
const BOOT = uuid(1)

async function start(given?: Awaited<ReturnType<typeof openStore>>) {
  const store = given ?? await openStore()
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const lost: string[] = []
  const stamp = createStamper({ clock, ids: createIdSource({ clock, random: seededRandom(1) }), bootId: uuid(1, 0xb) })
  const registry = createDeviceRegistry({ store, clock, stamp, log, lost: [(deviceId) => void lost.push(deviceId)] })
  await registry.start()
  const statuses = async (): Promise<unknown[]> => {
    await store.transact(async () => undefined)
    return (await store.recordsAfter(1, 0, 100)).map((record) => JSON.parse(record.payload) as RecordBody)
      .flatMap((record) => (record.kind === 'device-status.v2' ? [[record.deviceId, record.status, record.deviceBootId]] : []))
  }
  const word = (bootId = BOOT) => ({ bootId, wallMs: clock.wallMs() + 250, pendingEvents: 3 })
  return { store, clock, log, lost, registry, statuses, word }
}

describe('who is let in', () => {
  it('is whoever shows the certificate that was issued for that name', async () => {
    const { registry, store } = await start()
    expect(registry.admit('ctl-1', FINGERPRINT)).toEqual({ ok: false, error: 'unknown-device' })
    await registry.register(CONTROLLER)
    expect(registry.admit('ctl-1', FINGERPRINT)).toEqual({ ok: true, value: 'controller' })
    expect(registry.admit('ctl-1', 'b'.repeat(64))).toEqual({ ok: false, error: 'wrong-certificate' })
    expect(await store.devices()).toEqual([{ ...CONTROLLER, revokedAtMs: null }])
  })

  it('is nobody who was revoked, also after a restart, until a new certificate is issued', async () => {
    const { registry, store } = await start()
    await registry.register(CONTROLLER)
    await registry.revoke('ctl-1')
    expect(registry.admit('ctl-1', FINGERPRINT)).toEqual({ ok: false, error: 'revoked' })
    expect(await store.devices()).toEqual([{ ...CONTROLLER, revokedAtMs: START_WALL_MS }])
    const again = await start(store)
    expect(again.registry.admit('ctl-1', FINGERPRINT)).toEqual({ ok: false, error: 'revoked' })
    await again.registry.register({ ...CONTROLLER, certificateFingerprint: 'c'.repeat(64) })
    expect(again.registry.admit('ctl-1', FINGERPRINT)).toEqual({ ok: false, error: 'wrong-certificate' })
    expect(again.registry.admit('ctl-1', 'c'.repeat(64))).toEqual({ ok: true, value: 'controller' })
  })

  it('a name never changes its kind, and an unknown one cannot be revoked', async () => {
    const { registry, store } = await start()
    await registry.register(CONTROLLER)
    await expect(registry.register({ ...CONTROLLER, deviceKind: 'camera' })).rejects.toMatchObject({ code: 'GW_DEVICE_EXISTS', details: { deviceKind: 'controller' } })
    await expect(registry.revoke('ctl-9')).rejects.toMatchObject({ code: 'GW_DEVICE_UNKNOWN' })
    expect(await store.devices()).toEqual([{ ...CONTROLLER, revokedAtMs: null }])
  })
})

describe('online and offline', () => {
  const connected = async () => {
    const rig = await start()
    await rig.registry.register(CONTROLLER)
    rig.registry.connected(ADDRESS)
    return rig
  }

  it('begins with the first word, not with the connection', async () => {
    const { registry, clock, statuses, word } = await connected()
    expect(registry.list()).toEqual([{ deviceId: 'ctl-1', deviceKind: 'controller', revoked: false, online: false, bootId: null, model: null, firmware: null, capabilities: [], lastSeenAtMs: null, clockOffsetMs: null, pendingEvents: null }])
    registry.introduced('ctl-1', { bootId: BOOT, wallMs: clock.wallMs() - 40, model: 'sim', firmware: '1.2', capabilities: ['doors'] })
    registry.heard('ctl-1', word())
    registry.heard('ctl-1', word())
    expect(registry.list()).toMatchObject([{ online: true, bootId: BOOT, model: 'sim', firmware: '1.2', capabilities: ['doors'], lastSeenAtMs: START_WALL_MS, clockOffsetMs: 250, pendingEvents: 3 }])
    expect(await statuses()).toEqual([['ctl-1', 'online', BOOT]])
  })

  it('a dropped connection that is back in the same boot is no record, but what was known is void', async () => {
    const { registry, clock, statuses, word, lost } = await connected()
    registry.heard('ctl-1', word())
    registry.disconnected(ADDRESS)
    expect(registry.list()).toMatchObject([{ online: false }])
    clock.advance(OFFLINE_RECORD_DELAY_MS - 1)
    registry.connected(ADDRESS)
    registry.heard('ctl-1', word())
    clock.advance(OFFLINE_RECORD_DELAY_MS)
    expect(await statuses()).toEqual([['ctl-1', 'online', BOOT]])
    expect(lost).toEqual(['ctl-1'])
  })

  it('one that stays away is one record, and its return another', async () => {
    const { registry, clock, statuses, word } = await connected()
    registry.heard('ctl-1', word())
    registry.disconnected(ADDRESS)
    clock.advance(OFFLINE_RECORD_DELAY_MS)
    registry.connected(ADDRESS)
    registry.heard('ctl-1', word())
    expect(await statuses()).toEqual([['ctl-1', 'online', BOOT], ['ctl-1', 'offline', BOOT], ['ctl-1', 'online', BOOT]])
  })

  it('a reboot is a record of its own, and voids what the earlier boot said', async () => {
    const { registry, statuses, word, lost } = await connected()
    registry.heard('ctl-1', word())
    registry.heard('ctl-1', word(uuid(2)))
    expect(await statuses()).toEqual([['ctl-1', 'online', BOOT], ['ctl-1', 'online', uuid(2)]])
    expect(lost).toEqual(['ctl-1'])
  })

  it('silence is offline though the connection stands', async () => {
    const { registry, clock, statuses, word, lost } = await connected()
    registry.heard('ctl-1', word())
    clock.advance(DEVICE_SILENCE_MS_MAX - 1)
    registry.heard('ctl-1', word())
    clock.advance(DEVICE_SILENCE_MS_MAX - 1)
    expect(registry.list()).toMatchObject([{ online: true }])
    clock.advance(1 + OFFLINE_RECORD_DELAY_MS)
    expect(registry.list()).toMatchObject([{ online: false }])
    expect([await statuses(), lost]).toEqual([[['ctl-1', 'online', BOOT], ['ctl-1', 'offline', BOOT]], ['ctl-1']])
  })

  it('a new connection may come before the old one ends', async () => {
    const { registry, word } = await connected()
    registry.heard('ctl-1', word())
    registry.connected(ADDRESS)
    registry.disconnected(ADDRESS)
    expect(registry.list()).toMatchObject([{ online: true }])
    registry.disconnected(ADDRESS)
    expect(registry.list()).toMatchObject([{ online: false }])
  })

  it('a device that is not registered is not listened to', async () => {
    const { registry, statuses, word } = await connected()
    registry.connected({ ...ADDRESS, deviceId: 'ctl-9' })
    registry.heard('ctl-9', word())
    registry.disconnected({ ...ADDRESS, deviceId: 'ctl-9' })
    expect(registry.list().map((device) => device.deviceId)).toEqual(['ctl-1'])
    expect(await statuses()).toEqual([])
  })

  it('a record that the disk refused is written with the next word, and stopping leaves no timer', async () => {
    const store = await openStore()
    let broken = false
    const failing = { ...store, transact: ((work) => (broken ? Promise.reject(new Error('disk on fire')) : store.transact(work))) as typeof store.transact }
    const { registry, clock, statuses, word, log } = await start(failing)
    await registry.register(CONTROLLER)
    broken = true
    registry.heard('ctl-1', word())
    await clock.run(1)
    expect(log.lines).toMatchObject([{ level: 'error', fields: { deviceId: 'ctl-1' } }])
    broken = false
    registry.heard('ctl-1', word())
    registry.disconnected(ADDRESS)
    expect(await statuses()).toEqual([['ctl-1', 'online', BOOT]])
    registry.stop()
    expect(clock.pending()).toBe(0)
  })
})
