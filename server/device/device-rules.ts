import type { RecordOf } from '#contract/sync-records.js'
import { type PlacedRecord, type Register, later } from '../sync/record-place.js'

/** Records that say something of one device. */
export const DEVICE_RECORDS = ['device-status.v2', 'device-info.v1', 'device-health.v1', 'parameter-result.v1', 'firmware-status.v1'] as const
export type DeviceRecordKind = (typeof DEVICE_RECORDS)[number]
export type DeviceRecord = { [Kind in DeviceRecordKind]: PlacedRecord<Kind> }[DeviceRecordKind]

type Content<Kind extends DeviceRecordKind> = Omit<RecordOf<Kind>, 'kind' | 'recordId' | 'occurredAtMs' | 'monoMs' | 'bootId' | 'deviceId'>

/** What is known of a device: each kind of record as it came last. */
export interface DeviceRegisters {
  readonly status?: Register<Content<'device-status.v2'>>
  readonly info?: Register<Content<'device-info.v1'>>
  readonly health?: Register<Content<'device-health.v1'>>
  readonly parameters?: Register<Content<'parameter-result.v1'>>
  readonly firmware?: Register<Content<'firmware-status.v1'>>
}

const NAMES: Readonly<Record<DeviceRecordKind, keyof DeviceRegisters>> = {
  'device-status.v2': 'status', 'device-info.v1': 'info', 'device-health.v1': 'health', 'parameter-result.v1': 'parameters', 'firmware-status.v1': 'firmware',
}

/** A record's fields beside those that every record has. */
export function contentOf<Kind extends DeviceRecordKind>(body: RecordOf<Kind>): Content<Kind> {
  const { kind: _kind, recordId: _recordId, occurredAtMs: _at, monoMs: _mono, bootId: _boot, deviceId: _device, ...content } = body as RecordOf<Kind> & Record<string, unknown>
  return content as unknown as Content<Kind>
}

/** The registers after one more record, whatever the order in which records are taken. */
export function withDeviceRecord(known: DeviceRegisters, { place, body }: DeviceRecord): DeviceRegisters {
  const name = NAMES[body.kind]
  const said = { ...place, atMs: body.occurredAtMs, value: contentOf<typeof body.kind>(body) }
  return { ...known, [name]: later(known[name] as typeof said | undefined, said) }
}

/** When a device was last spoken of, by its gateway's clock; null where it never was. */
export function heardAtMs(registers: DeviceRegisters): number | null {
  const times = Object.values(registers as Readonly<Record<string, Register<unknown>>>).map((register) => register.atMs)
  return times.length === 0 ? null : Math.max(...times)
}

/** GB 50396-2007 §5.1.2: clocks other than the master's are off by less than 10 s. */
export const CLOCK_OFFSET_MS_MAX = 10_000

export const DEVICE_CONCERNS = ['revoked', 'offline', 'fault', 'clock', 'settings-refused', 'firmware-failed'] as const
/** Why somebody should look at a device. */
export type DeviceConcern = (typeof DEVICE_CONCERNS)[number]

export function concernsOf({ status, info, health, parameters, firmware }: DeviceRegisters, condition: 'online' | 'offline' | 'unknown'): DeviceConcern[] {
  const offsetMs = status?.value.clockOffsetMs ?? null
  const found: Readonly<Record<DeviceConcern, boolean>> = {
    revoked: info?.value.revoked === true,
    offline: condition === 'offline',
    fault: (health?.value.faults.length ?? 0) > 0,
    clock: offsetMs !== null && Math.abs(offsetMs) > CLOCK_OFFSET_MS_MAX,
    'settings-refused': parameters?.value.outcome === 'refused',
    'firmware-failed': firmware?.value.state === 'failed',
  }
  // Somebody shut it out: that it is away is what was wanted.
  return DEVICE_CONCERNS.filter((concern) => found[concern] && !(concern === 'offline' && found.revoked))
}
