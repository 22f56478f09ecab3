import { describe, expect, it } from 'vitest'
import type { RecordBody, RecordOf } from '#contract/sync-records.js'
import type { PassageV2 } from '#contract/passage-record.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { createAlarmService } from '../../../gateway/alarm/alarm-service.js'
import { createRecordWatch } from '../../../gateway/alarm/record-watch.js'
import { watchRecords } from '../../../gateway/alarm/watched-store.js'
import { gatewayError } from '../../../gateway/errors.js'
import type { GatewayStore } from '../../../gateway/store/types.js'
import { stampOf, uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { START_WALL_MS, createVirtualClock, settle } from '../../support/virtual-clock.js'

const OPERATOR = uuid(1, 0x0d)
const LIMITS = { unknownCount: 3, unknownSeconds: 600, refusalCount: 3, refusalSeconds: 600, keypadCount: 5, keypadSeconds: 300 }
const OFFLINE = { alarm: 'device-offline', gateId: null, deviceId: 'ctl-1' } as const

async function start(given?: GatewayStore) {
  const bare = given ?? await openStore()
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const ids = createIdSource({ clock, random: seededRandom(1) })
  const stamp = createStamper({ clock, ids, bootId: uuid(1, 0xb) })
  let failure: Error | undefined
  const disk: GatewayStore = { ...bare, transact: (work) => (failure === undefined ? bare.transact(work) : Promise.reject(failure)) }
  const alarms = createAlarmService({ store: disk, clock, ids, stamp, log })
  await alarms.start()
  const store = watchRecords(disk, createRecordWatch({ alarms, limits: LIMITS, clock }))
  const written = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      await bare.transact(async () => undefined)
      await settle()
    }
  }
  const records = async (): Promise<RecordBody[]> => {
    await written()
    return (await bare.recordsAfter(1, 0, 1_000)).map(({ payload }) => JSON.parse(payload) as RecordBody)
  }
  /** Alarm records as `kind state place`, and nothing else of them. */
  const said = async (): Promise<string[]> => (await records()).flatMap((record) => (record.kind === 'alarm.v1'
    ? [[record.alarm, record.state, record.gateId ?? record.deviceId ?? 'gateway', ...(record.operatorRef === null ? [] : ['by hand'])].join(' ')] : []))
  return { bare, store, alarms, clock, log, records, said, written, breakDisk: (error?: Error) => void (failure = error) }
}

const doorEvent = (number: number, type: RecordOf<'door-event.v1'>['type'], change: Partial<RecordOf<'door-event.v1'>> = {}): RecordBody => ({
  kind: 'door-event.v1', ...stampOf(number), eventId: uuid(number), gateId: 'gate-1', deviceId: 'ctl-1', deviceBootId: uuid(1), doorNo: 1, type,
  deviceWallMs: START_WALL_MS, live: true, ...change,
})
const passage = (number: number, change: Partial<PassageV2> = {}): PassageV2 => ({
  kind: 'passage.v2', ...stampOf(number), passageId: uuid(number, 7), gateId: 'gate-1', deviceId: 'cam-1', seenId: null, way: 'face', direction: 'in', result: 'refused',
  reason: 'not-recognised', remarks: [], personRef: null, permitId: null, credentialId: null, visitId: null, operatorRef: null, override: null, score: null, margin: null,
  threshold: null, liveness: null, gallerySize: null, modelId: null, ageMs: null, waitMs: null, attempts: 1, timings: {}, ...change,
})
const append = (rig: Awaited<ReturnType<typeof start>>, ...bodies: RecordBody[]): Promise<void> => rig.store.transact(async (tx) => {
  for (const body of bodies) await tx.append(body)
})

describe('alarms', () => {
  it('a forced door: raised in the transaction of its event, cleared by a person only, and only once the door is shut', async () => {
    const rig = await start()
    await append(rig, doorEvent(1, 'forced'))
    expect((await rig.records()).map(({ kind }) => kind)).toEqual(['door-event.v1', 'alarm.v1'])
    const [alarm] = rig.alarms.list()
    expect(alarm).toMatchObject({ alarm: 'forced', gateId: 'gate-1', deviceId: 'ctl-1', detail: 'door 1', raisedAtMs: START_WALL_MS })
    const move = (state: 'acknowledged' | 'cleared') => rig.alarms.move({ alarmId: alarm?.alarmId ?? '', state, operatorRef: OPERATOR })
    expect(await move('cleared')).toBe('refused')
    expect(await move('acknowledged')).toBe('done')
    expect(await move('acknowledged')).toBe('refused')
    await append(rig, doorEvent(2, 'forced-cleared'))
    await rig.written()
    expect(rig.alarms.list()).toHaveLength(1)
    expect(await move('cleared')).toBe('done')
    expect(rig.alarms.list()).toEqual([])
    expect(await move('cleared')).toBe('refused')
    expect(await rig.said()).toEqual(['forced raised gate-1', 'forced acknowledged gate-1 by hand', 'forced cleared gate-1 by hand'])
    const steps = (await rig.records()).filter((record) => record.kind === 'alarm.v1')
    expect(new Set(steps.map((step) => step.kind === 'alarm.v1' && step.alarmId)).size).toBe(1)
  })

  it('a door held open clears itself, stays until somebody saw it, and is another alarm the next time', async () => {
    const rig = await start()
    await append(rig, doorEvent(1, 'held-open'), doorEvent(2, 'held-open-cleared'))
    await rig.written()
    expect(rig.alarms.list()).toMatchObject([{ alarm: 'held-open', phase: { kind: 'cleared' } }])
    await append(rig, doorEvent(3, 'held-open'))
    await rig.written()
    expect(rig.alarms.list()).toMatchObject([{ alarm: 'held-open', phase: { kind: 'open', active: true } }])
    expect(await rig.said()).toEqual(['held-open raised gate-1', 'held-open cleared gate-1', 'held-open raised gate-1'])
  })

  it('one cover and one fire input are one alarm, however many doors say so; a second gate is a second alarm', async () => {
    const rig = await start()
    await append(rig, ...[1, 2, 3, 4].flatMap((doorNo) => [doorEvent(doorNo, 'tamper', { doorNo }), doorEvent(10 + doorNo, 'fire', { doorNo })]))
    await append(rig, doorEvent(21, 'forced'), doorEvent(22, 'forced', { gateId: 'gate-2', doorNo: 2 }))
    expect(await rig.said()).toEqual(['tamper raised ctl-1', 'fire raised ctl-1', 'forced raised gate-1', 'forced raised gate-2'])
  })

  it('what a device kept through an outage is told as late', async () => {
    const rig = await start()
    await append(rig, doorEvent(1, 'forced', { live: false }))
    await rig.written()
    expect(rig.alarms.list()).toMatchObject([{ detail: 'door 1, told late' }])
  })

  it('too many strangers at one gate within the time, not across gates and not over a longer time', async () => {
    const rig = await start()
    await append(rig, passage(1), passage(2, { gateId: 'gate-2' }), passage(3, { reason: 'poor-quality' }))
    rig.clock.advance(599_000)
    await append(rig, passage(4))
    rig.clock.advance(2_000)
    await append(rig, passage(5))
    expect(await rig.said()).toEqual([])
    await append(rig, passage(6), passage(7))
    expect(await rig.said()).toEqual(['repeated-unknown raised gate-1'])
    expect(rig.alarms.list()).toMatchObject([{ passageId: uuid(6, 7), deviceId: null, personRef: null }])
  })

  it('the same person refused again and again; a device that is late is no refusal of a person', async () => {
    const rig = await start()
    const personRef = uuid(1, 0xa)
    for (let i = 1; i <= 3; i++) await append(rig, passage(i, { reason: 'controller-offline', personRef }))
    await append(rig, passage(4, { reason: 'outside-schedule', personRef }), passage(5, { reason: 'no-permit', personRef: uuid(2, 0xa) }), passage(6, { reason: 'no-permit', personRef }))
    expect(await rig.said()).toEqual([])
    await append(rig, passage(7, { reason: 'anti-passback', personRef }))
    await rig.written()
    expect(rig.alarms.list()).toMatchObject([{ alarm: 'repeated-refusal', gateId: 'gate-1', personRef }])
  })

  it('PINs tried at one keypad', async () => {
    const rig = await start()
    for (let i = 1; i <= 4; i++) await append(rig, passage(i, { way: 'pin', deviceId: 'pad-1', reason: i % 2 === 0 ? 'wrong-pin' : 'unknown-credential' }))
    expect(await rig.said()).toEqual([])
    await append(rig, passage(5, { way: 'pin', deviceId: 'pad-1', reason: 'locked-out' }))
    await rig.written()
    expect(rig.alarms.list()).toMatchObject([{ alarm: 'keypad-guessing', gateId: 'gate-1', deviceId: 'pad-1' }])
  })

  it('duress: a passage that was granted', async () => {
    const rig = await start()
    await append(rig, passage(1, { result: 'granted', reason: null, remarks: ['duress'], personRef: uuid(1, 0xa) }))
    await rig.written()
    expect(rig.alarms.list()).toMatchObject([{ alarm: 'duress', passageId: uuid(1, 7), personRef: uuid(1, 0xa) }])
  })

  it('state survives a restart', async () => {
    const first = await start()
    await append(first, doorEvent(1, 'fire'))
    await first.written()
    first.alarms.stop()
    const second = await start(first.bare)
    expect(second.alarms.list()).toEqual(first.alarms.list())
    expect(second.alarms.list()).toHaveLength(1)
    await append(second, doorEvent(2, 'fire'))
    expect(await second.said()).toEqual(['fire raised ctl-1'])
  })

  it('an event that is not committed raises nothing', async () => {
    const rig = await start()
    await expect(rig.store.transact(async (tx) => {
      await tx.append(doorEvent(1, 'forced'))
      throw new Error('undone')
    })).rejects.toThrow('undone')
    expect([await rig.records(), rig.alarms.list()]).toEqual([[], []])
  })

  it('what comes while the disk fails is told once it works again, with the failure itself, each once', async () => {
    const rig = await start()
    rig.breakDisk(gatewayError('GW_STORE_FULL'))
    rig.alarms.raise({ ...OFFLINE, detail: 'away for 120 s' })
    rig.alarms.raise({ ...OFFLINE, detail: 'away for 125 s' })
    await expect(append(rig, passage(1))).rejects.toMatchObject({ code: 'GW_STORE_FULL' })
    await expect(append(rig, passage(1))).rejects.toMatchObject({ code: 'GW_STORE_FULL' })
    await rig.clock.run(20_000)
    expect(await rig.said()).toEqual([])
    rig.breakDisk()
    await rig.clock.run(5_000)
    expect(await rig.said()).toEqual(['device-offline raised ctl-1', 'store-failed raised gateway'])
    await append(rig, passage(1))
    expect((await rig.said()).slice(2)).toEqual(['store-failed cleared gateway'])
  })

  it('a controller that lost its power forgets what was wrong: the closed door and its new start tell the end', async () => {
    const rig = await start()
    await append(rig, doorEvent(1, 'forced'), doorEvent(2, 'tamper'))
    await rig.written()
    await append(rig, doorEvent(3, 'power-on'), doorEvent(4, 'closed', { gateId: 'gate-2', doorNo: 2 }))
    await rig.written()
    expect(rig.alarms.list().map(({ alarm, phase }) => `${alarm} ${phase.kind === 'open' && phase.active}`).sort()).toEqual(['forced true', 'tamper false'])
    await append(rig, doorEvent(5, 'closed'))
    await rig.written()
    for (const { alarmId } of rig.alarms.list()) expect(await rig.alarms.move({ alarmId, state: 'cleared', operatorRef: OPERATOR })).toBe('done')
  })

  it('of a device that was revoked can be cleared, whatever it said last', async () => {
    const rig = await start()
    await append(rig, doorEvent(1, 'fire'), doorEvent(2, 'held-open'))
    rig.alarms.raise(OFFLINE)
    await rig.written()
    await append(rig, {
      kind: 'device-info.v1', ...stampOf(3), deviceId: 'ctl-1', deviceKind: 'controller', model: 'm', firmware: 'f', capabilities: [], certificateFingerprint: null, revoked: true,
    })
    await rig.written()
    expect(rig.alarms.list().map(({ alarm, phase }) => `${alarm} ${phase.kind === 'open' ? phase.active : 'cleared'}`).sort()).toEqual(['device-offline cleared', 'fire false', 'held-open cleared'])
  })

  it('a device that is back, or may come no more, is missed no more', async () => {
    const rig = await start()
    rig.alarms.raise(OFFLINE)
    await rig.written()
    await append(rig, { kind: 'device-status.v2', ...stampOf(1), deviceId: 'ctl-1', deviceKind: 'controller', status: 'online', deviceBootId: uuid(1), clockOffsetMs: 0 })
    expect(await rig.said()).toEqual(['device-offline raised ctl-1', 'device-offline cleared ctl-1'])
  })

  it('faults of a device, as its health says', async () => {
    const rig = await start()
    const health = (number: number, faults: string[]): RecordBody => ({
      kind: 'device-health.v1', ...stampOf(number), deviceId: 'cam-1', uptimeMs: 1, temperatureC: null, supplyVolts: null, memoryFreeBytes: null, storageFreeBytes: null, signalDbm: null, faults,
    })
    await append(rig, health(1, []), health(2, ['lens-covered', 'x'.repeat(64)]))
    await rig.written()
    expect(rig.alarms.list()).toMatchObject([{ alarm: 'device-fault', detail: `lens-covered, ${'x'.repeat(50)}` }])
    await append(rig, health(3, []))
    expect(await rig.said()).toEqual(['device-fault raised cam-1', 'device-fault cleared cam-1'])
  })
})
