import { Type, type Static } from 'typebox'
import { ParameterValues } from '#contract/device-care-messages.js'
import { REGISTER_KINDS } from '#contract/device-records.js'
import { ClaimDeviceOrderV1 } from '#contract/sync-orders.js'
import { Closed, ShortText, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { Note, OrderView } from '../order/schemas.js'
import { DEVICE_CONCERNS, DEVICE_RECORDS } from './device-rules.js'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const words = <Word extends string>(...all: readonly Word[]) => Type.Unsafe<Word>(Type.Union(all.map((word) => Type.Literal(word))))
const NumberOrNull = OrNull(Type.Number())

const Health = Closed({
  atMs: Type.Integer(), uptimeMs: Type.Number(), temperatureC: NumberOrNull, supplyVolts: NumberOrNull, memoryFreeBytes: NumberOrNull, storageFreeBytes: NumberOrNull,
  signalDbm: NumberOrNull, faults: Type.Array(Type.String()),
})
const Settings = Closed({
  parameterSetId: UuidText, values: ParameterValues, setAtMs: Type.Integer(),
  state: words('waiting', 'applied', 'refused'), problems: Type.Array(Closed({ name: Type.String(), problem: Type.String() })),
})
const FirmwareState = Closed({ jobId: UuidText, version: Type.String(), state: Type.String(), reason: OrNull(Type.String()), atMs: Type.Integer() })

/** A device of an estate as its gateway's records tell it. */
export const DeviceView = Closed({
  estateId: Slug, deviceId: Slug, kind: OrNull(words(...REGISTER_KINDS)), gateNames: Type.Array(Type.String()),
  condition: words('online', 'offline', 'unknown'), concerns: Type.Array(words(...DEVICE_CONCERNS)),
  lastSeenMs: OrNull(Type.Integer({ description: 'While it is connected, the gateway\'s latest contact with the server' })),
  clockOffsetMs: OrNull(Type.Number({ description: 'Its clock minus the gateway\'s' })),
  model: OrNull(Type.String()), firmware: OrNull(Type.String()), capabilities: Type.Array(Type.String()), certificateFingerprint: OrNull(Type.String()), revoked: Type.Boolean(),
  health: OrNull(Health), settings: OrNull(Settings), firmwareUpdate: OrNull(FirmwareState),
})
export type DeviceView = Static<typeof DeviceView>

export const DeviceQuery = Closed({ estateId: Type.Optional(Slug) })
export const DeviceList = Closed({ devices: Type.Array(DeviceView) })
export const DeviceParams = Closed({ estateId: Slug, deviceId: Slug })

export const HistoryQuery = Closed({
  health: Type.Optional(Type.Boolean({ description: 'Only how it was; all else without it' })),
  before: Type.Optional(Type.String({ maxLength: 300, description: '`older` of the page before' })),
})
export const HistoryPage = Closed({
  items: Type.Array(Closed({
    kind: words(...DEVICE_RECORDS), atMs: Type.Integer(), gatewayId: UuidText, epoch: Type.Integer(), seq: Type.Integer(), content: Type.Record(Type.String(), Type.Unknown()),
  })),
  older: OrNull(Type.String()),
})
export const HistoryPlace = Closed({ occurredAtMs: WallMs, gatewayId: UuidText, epoch: Type.Integer(), seq: Type.Integer() })

export const SettingsBody = Closed({ values: ParameterValues })
export const ClaimBody = Closed({ deviceId: Slug, deviceKind: ClaimDeviceOrderV1.properties.deviceKind, note: Note })
export const Claimed = Closed({ order: OrderView, claimCode: Type.String({ description: 'Shown once; the device shows it to the gateway within a day' }) })
export const RevokeBody = Closed({ note: Note })

/** A firmware file. */
export const Firmware = Closed({
  firmwareId: UuidText, deviceKind: words(...REGISTER_KINDS), model: ShortText, version: ShortText, bytes: Type.Integer(), sha256: Type.String(), uploadedAtMs: Type.Integer(),
})
export type Firmware = Static<typeof Firmware>
export const FirmwareList = Closed({ files: Type.Array(Firmware) })
export const FirmwareQuery = Closed({ deviceKind: words(...REGISTER_KINDS), model: ShortText, version: ShortText })
export type FirmwareQuery = Static<typeof FirmwareQuery>
export const FirmwareParams = Closed({ firmwareId: UuidText })
export const UpdateBody = Closed({ firmwareId: UuidText, note: Note })
export const JobParams = Closed({ jobId: UuidText })
