import { describe, expect, it } from 'vitest'
import type { AlarmPlace, AlarmRow } from '../../../gateway/alarm/ports.js'
import { createDeviceWatch } from '../../../gateway/alarm/device-watch.js'
import { DISK_LOOK_MS, createDiskWatch } from '../../../gateway/alarm/disk-watch.js'
import type { WatchedDevice } from '../../../gateway/alarm/watch-rules.js'
import { uuid } from '../../support/factories.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

/** An alarm list that takes everything at once, and what was said to it. */
function board() {
  const said: string[] = []
  let rows: AlarmRow[] = []
  const text = ({ alarm, deviceId }: AlarmPlace): string => [alarm, deviceId].filter((part) => part !== null).join(' ')
  return {
    said,
    alarms: {
      raise(news: AlarmPlace & { detail?: string | null }) {
        said.push(`raise ${text(news)}: ${news.detail ?? ''}`)
        rows.push({ ...news, alarmId: uuid(rows.length), phase: { kind: 'open', active: true, acknowledged: false }, passageId: null, personRef: null, detail: null, raisedAtMs: 0 })
      },
      clear(place: AlarmPlace & { detail?: string | null }) {
        said.push(`clear ${text(place)}${place.detail === undefined ? '' : `: ${place.detail}`}`)
        rows = rows.filter((row) => row.alarm !== place.alarm || row.deviceId !== place.deviceId)
      },
      list: () => rows,
    },
  }
}
const LIMITS = { offlineMs: 120_000, clockOffsetMsMax: 10_000 }
const device = (change: Partial<WatchedDevice> = {}): WatchedDevice => ({ deviceId: 'cam-1', online: true, revoked: false, clockOffsetMs: 100, ...change })

describe('devices', () => {
  function watch(...devices: WatchedDevice[]) {
    const clock = createVirtualClock()
    const { said, alarms } = board()
    const now = { devices }
    createDeviceWatch({ devices: () => now.devices, alarms, limits: LIMITS, clock }).start()
    return { clock, said, now }
  }

  it('one that stays away is missed after the time, once, and no more when it is back', () => {
    const rig = watch(device())
    rig.now.devices = [device({ online: false })]
    rig.clock.advance(120_000)
    expect(rig.said).toEqual([])
    rig.clock.advance(10_000)
    expect(rig.said).toEqual(['raise device-offline cam-1: away for 120 s'])
    rig.clock.advance(3_600_000)
    rig.now.devices = [device()]
    rig.clock.advance(5_000)
    expect(rig.said.slice(1)).toEqual(['clear device-offline cam-1'])
  })

  it('one that comes and goes is not missed; one that never came is; a revoked one is not', () => {
    const rig = watch(device({ online: false }), device({ deviceId: 'ctl-1', online: false }), device({ deviceId: 'old', online: false, revoked: true }))
    for (let i = 0; i < 4; i++) {
      rig.clock.advance(60_000)
      rig.now.devices = rig.now.devices.map((one) => (one.deviceId === 'cam-1' ? { ...one, online: true } : one))
      rig.clock.advance(5_000)
      rig.now.devices = rig.now.devices.map((one) => (one.deviceId === 'cam-1' ? { ...one, online: false } : one))
    }
    expect(rig.said).toEqual(['raise device-offline ctl-1: away for 120 s'])
  })

  it.each([[10_001, true], [-41_300, true], [10_000, false], [null, false]])('a clock that is %s ms off: suspect %s', (clockOffsetMs, suspect) => {
    const rig = watch(device({ clockOffsetMs }))
    expect(rig.said).toEqual(suspect ? [`raise clock-suspect cam-1: offset ${(Number(clockOffsetMs) / 1_000).toFixed(1)} s`] : [])
  })

  it('a clock is trusted again within half of the bound', () => {
    const rig = watch(device({ clockOffsetMs: 12_000 }))
    for (const clockOffsetMs of [9_000, 5_001, -5_000]) {
      rig.now.devices = [device({ clockOffsetMs })]
      rig.clock.advance(5_000)
    }
    expect(rig.said.slice(1)).toEqual(['clear clock-suspect cam-1'])
    expect(rig.clock.pending()).toBe(1)
  })
})

describe('the disk', () => {
  it('refused frames are an alarm while they are refused, and its end says how many it came to', async () => {
    const clock = createVirtualClock()
    const { said, alarms } = board()
    let space = { refusesFrames: false, framesRefused: 3 }
    const watch = createDiskWatch({ freeBytes: async () => 90_000_000, space: () => space, alarms, freeBytesMin: 1, clock, log: createRecordingLog() })
    watch.start()
    await clock.run(DISK_LOOK_MS)
    space = { refusesFrames: true, framesRefused: 3 }
    await clock.run(DISK_LOOK_MS)
    space = { refusesFrames: true, framesRefused: 4_000 }
    await clock.run(DISK_LOOK_MS)
    space = { refusesFrames: false, framesRefused: 4_103 }
    await clock.run(DISK_LOOK_MS * 2)
    watch.stop()
    expect(said).toEqual(['raise frames-refused: 0.09 GB free', 'clear frames-refused: 4100 frames refused'])
  })

  it('is low below the bound, once, and no more a fifth above it; a measurement that fails is no verdict', async () => {
    const clock = createVirtualClock()
    const { said, alarms } = board()
    const log = createRecordingLog()
    let free: number | Error = 2_000_000_000
    const watch = createDiskWatch({
      freeBytes: () => (typeof free === 'number' ? Promise.resolve(free) : Promise.reject(free)),
      space: () => ({ refusesFrames: false, framesRefused: 0 }), alarms, freeBytesMin: 1_000_000_000, clock, log,
    })
    watch.start()
    for (const next of [999_999_999, 500_000_000, new Error('no such file'), 1_100_000_000, 1_200_000_000]) {
      free = next
      await clock.run(DISK_LOOK_MS)
    }
    expect(said).toEqual(['raise disk-low: 1.0 GB free', 'clear disk-low'])
    expect(log.lines).toHaveLength(1)
    watch.stop()
    await clock.run(DISK_LOOK_MS * 3)
    expect(clock.pending()).toBe(0)
  })
})
