import { expect, it } from 'vitest'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { createAlarmService } from '../../../gateway/alarm/alarm-service.js'
import type { AlarmStore } from '../../../gateway/alarm/ports.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'

it('alarms that wait for a disk are bounded: the newest stay, and are written once it works', { timeout: 60_000 }, async () => {
  const store = await openStore()
  const clock = createVirtualClock()
  const ids = createIdSource({ clock, random: seededRandom(1) })
  let broken = true
  const disk: AlarmStore = { ...store, transact: (work) => (broken ? Promise.reject(new Error('no disk')) : store.transact(work)) }
  const alarms = createAlarmService({ store: disk, clock, ids, stamp: createStamper({ clock, ids, bootId: uuid(1) }), log: createRecordingLog() })
  await alarms.start()
  for (let n = 1; n <= 1_500; n++) {
    alarms.raise({ alarm: 'device-offline', gateId: null, deviceId: `cam-${n}` })
    await settle(1)
  }
  broken = false
  await clock.run(10_000)
  for (let turn = 0; turn < 60; turn++) await store.transact(async () => undefined).then(() => settle())
  const kept = alarms.list().map(({ deviceId }) => deviceId)
  expect([kept.length, kept.includes('cam-1500'), kept.includes('cam-1')]).toEqual([1_000, true, false])
  alarms.stop()
})
