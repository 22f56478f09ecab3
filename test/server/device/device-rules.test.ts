import { describe, expect, it } from 'vitest'
import { type DeviceRecord, type DeviceRegisters, concernsOf, withDeviceRecord } from '../../../server/device/device-rules.js'
import { stampOf, uuid } from '../../support/factories.js'
import { deviceHealth, deviceInfo } from '../sync/record-samples.js'

const place = (seq: number) => ({ gatewayId: uuid(1, 0x9), epoch: 1, seq })
const status = (clockOffsetMs: number | null): DeviceRecord => ({
  place: place(1), body: { kind: 'device-status.v2', ...stampOf(1), deviceId: 'ctl-1', deviceKind: 'controller', status: 'online', deviceBootId: null, clockOffsetMs },
})
const settings = (outcome: 'applied' | 'refused'): DeviceRecord => ({
  place: place(1), body: { kind: 'parameter-result.v1', ...stampOf(1), deviceId: 'ctl-1', parameterSetId: uuid(1), outcome, problems: [] },
})
const firmware = (state: 'installed' | 'failed'): DeviceRecord => ({
  place: place(1), body: { kind: 'firmware-status.v1', ...stampOf(1), deviceId: 'ctl-1', jobId: uuid(1), version: '2', state, reason: state === 'failed' ? 'checksum' : null },
})
const after = (...records: DeviceRecord[]): DeviceRegisters => records.reduce<DeviceRegisters>(withDeviceRecord, {})

describe('what there is to look at of a device', () => {
  it.each<[string, DeviceRecord[], 'online' | 'offline' | 'unknown', string[]]>([
    ['nothing', [status(0), { place: place(1), body: deviceHealth(1) }, settings('applied'), firmware('installed')], 'online', []],
    ['nothing is known', [], 'unknown', []],
    ['it is away', [], 'offline', ['offline']],
    ['a fault', [{ place: place(1), body: deviceHealth(1, { faults: ['lens-covered'] }) }], 'online', ['fault']],
    ['a clock that is off as far as the standard allows', [status(-10_000)], 'online', []],
    ['a clock that is off further', [status(-10_001)], 'online', ['clock']],
    ['a clock that was not measured', [status(null)], 'online', []],
    ['settings that it would not take', [settings('refused')], 'online', ['settings-refused']],
    ['an update that failed', [firmware('failed')], 'online', ['firmware-failed']],
    ['it was shut out: that it is away is what was wanted', [{ place: place(1), body: deviceInfo(1, { revoked: true }) }], 'offline', ['revoked']],
  ])('%s', (_name, records, condition, concerns) => expect(concernsOf(after(...records), condition)).toEqual(concerns))

  it('is what the latest record says, in whatever order they come', () => {
    const [older, newer] = [{ place: place(3), body: deviceHealth(3, { faults: ['lens-covered'] }) }, { place: place(7), body: deviceHealth(7) }]
    expect(after(newer, older)).toEqual(after(older, newer))
    expect(concernsOf(after(newer, older), 'online')).toEqual([])
  })
})
