import { describe, expect, it } from 'vitest'
import { DEVICE_CONCERNS } from '../../../server/device/device-rules.js'
import { zhCn } from '../../../server/web/kit/words/zh-cn.js'
import { bytesText, historyLabel, updateLabel, uptimeLabel, valuesOf } from '../../../server/web/manager/devices/device-words.js'
import { percentText, picturesOf, spanOf } from '../../../server/web/manager/log/figures/figure-text.js'

const item = (kind: string, content: Record<string, unknown>) => ({ kind, content, atMs: 0, gatewayId: 'g', epoch: 1, seq: 1 })

describe('devices in words', () => {
  it('cover every concern of the server', () => expect(DEVICE_CONCERNS.filter((concern) => !Object.hasOwn(zhCn.device.concern, concern))).toEqual([]))

  it.each([[0, '0 B'], [999, '999 B'], [1_000, '1.00 kB'], [12_400_000, '12.4 MB'], [268_435_456, '268 MB'], [5e15, '5000 TB']])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text))

  it('say how long it runs and how an update stands', () => {
    expect(uptimeLabel(3 * 86_400_000 + 5 * 3_600_000 + 1)).toEqual({ key: 'device.days', values: { days: '3', hours: '5' } })
    expect(updateLabel({ jobId: 'j', version: '2', state: 'failed', reason: 'checksum', atMs: 0 }).values?.['state'])
      .toEqual({ key: 'device.updateState.failed', values: { reason: { key: 'device.updateReason.checksum' } } })
  })

  it.each([
    ['device-status.v2', { status: 'offline' }, 'device.history.device-status'], ['device-info.v1', { revoked: true }, 'device.history.device-info'],
    ['parameter-result.v1', { outcome: 'applied' }, 'device.history.parameter-result'], ['firmware-status.v1', { version: '2', state: 'installed' }, 'device.history.firmware-status'],
    ['device-song.v1', {}, 'device.history.other'],
  ])('%s has its line', (kind, content, key) => expect(historyLabel(item(kind, content)).key).toBe(key))
})

describe('settings as they are typed', () => {
  it('are numbers and truths where they look like it, and text else', () => {
    expect(valuesOf([{ name: ' relay-ms ', value: '4000' }, { name: 'beep', value: 'true' }, { name: 'ratio', value: '-0.5' }, { name: 'code', value: '1e5' }, { name: '', value: 'x' }]))
      .toEqual({ values: { 'relay-ms': 4_000, beep: true, ratio: -0.5, code: '1e5' } })
  })

  it.each([['1x', 'badName'], ['a b', 'badName'], ['x'.repeat(41), 'badName']])('%j is no name', (name, problem) => expect(valuesOf([{ name, value: '1' }])).toEqual({ problem, name }))

  it('do not stand twice', () => expect(valuesOf([{ name: 'a', value: '1' }, { name: 'a', value: '2' }])).toEqual({ problem: 'twiceName', name: 'a' }))
})

describe('figures', () => {
  const way = { way: 'face', granted: 10, failed: 1, refused: 0, failureRate: 1 / 11, attemptsMean: 1.2, waits: 9, waitMedianMs: 914.9, waitP95Ms: 2_001 }
  const figures = {
    fromMs: 0, toMs: 1, warnings: [], hours: [{ hour: 7, granted: 3, refused: 1 }], days: [{ dayStartMs: Date.UTC(2026, 0, 4, 16), granted: 3, refused: 1 }],
    reasons: Array.from({ length: 20 }, (_, n) => ({ reason: `r${n}`, passages: 20 - n })), ways: [way, { ...way, way: 'pin', waits: 0, waitMedianMs: null, waitP95Ms: null }],
  }
  const names = { granted: 'G', refused: 'R', passages: 'P', median: 'M', p95: 'Q', way: (each: string) => each, reason: (each: string) => each }

  it('are pictures with the same numbers; a way without a wait has no bar, and only the most frequent reasons have', () => {
    const { hours, days, waits, reasons } = picturesOf(figures, names)
    expect([hours.categories, hours.series]).toEqual([['07:00'], [{ name: 'G', values: [3] }, { name: 'R', values: [1] }]])
    expect(days.categories).toEqual(['01-05'])
    expect([waits.categories, waits.series.map((each) => each.values)]).toEqual([['face'], [[0.91], [2]]])
    expect(reasons.categories).toHaveLength(12)
  })

  it('cover whole days up to now', () => {
    expect(spanOf('7', 10 * 86_400_000)).toEqual({ fromMs: 4 * 86_400_000, toMs: 10 * 86_400_000 + 1 })
    expect(percentText(0.0357)).toBe('3.6%')
  })
})
