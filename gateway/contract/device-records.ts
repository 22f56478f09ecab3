import { Type, type Static } from 'typebox'
import { FIRMWARE_FAILURES, FIRMWARE_STATES, HealthV1, ParameterResultV1 } from './device-care-messages.js'
import { DOOR_MODES, DOOR_MODE_CAUSES } from './device-messages.js'
import { recordCommon } from './record-common.js'
import { Closed, Nullable, ShortText, Slug, UuidText } from './wire-types.js'

/** Everything that an estate's register of devices knows; `terminal` matches faces by itself and speaks its maker's format. */
export const REGISTER_KINDS = ['camera', 'controller', 'reader', 'till', 'terminal', 'face-worker'] as const
export type RegisterKind = (typeof REGISTER_KINDS)[number]

export const DeviceStatusV2 = Closed({
  kind: Type.Literal('device-status.v2'), ...recordCommon,
  deviceId: Slug, deviceKind: Type.Enum(REGISTER_KINDS),
  status: Type.Union([Type.Literal('online'), Type.Literal('offline')]),
  deviceBootId: Nullable(UuidText),
  /** Device wall clock minus the gateway's at the latest heartbeat, milliseconds. */
  clockOffsetMs: Nullable(Type.Number()),
})
export type DeviceStatusV2 = Static<typeof DeviceStatusV2>

/** What a device is and can; written when it changes. */
export const DeviceInfoV1 = Closed({
  kind: Type.Literal('device-info.v1'), ...recordCommon,
  deviceId: Slug, deviceKind: Type.Enum(REGISTER_KINDS),
  model: ShortText, firmware: ShortText, capabilities: Type.Array(ShortText, { maxItems: 32 }),
  /** SHA-256 of its certificate, hex; null where it logs in without one. */
  certificateFingerprint: Nullable(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  /** True once this gateway lets it in no more. */
  revoked: Type.Boolean(),
})
export type DeviceInfoV1 = Static<typeof DeviceInfoV1>

const { uptimeMs, temperatureC, supplyVolts, memoryFreeBytes, storageFreeBytes, signalDbm, faults } = HealthV1.properties
/** At most one in five minutes a device, and at once when a fault comes or goes. */
export const DeviceHealthV1 = Closed({
  kind: Type.Literal('device-health.v1'), ...recordCommon,
  deviceId: Slug, uptimeMs, temperatureC, supplyVolts, memoryFreeBytes, storageFreeBytes, signalDbm, faults,
})
export type DeviceHealthV1 = Static<typeof DeviceHealthV1>

export const ParameterResultRecordV1 = Closed({
  kind: Type.Literal('parameter-result.v1'), ...recordCommon,
  deviceId: Slug, parameterSetId: UuidText, outcome: ParameterResultV1.properties.outcome, problems: ParameterResultV1.properties.problems,
})

export const FirmwareStatusRecordV1 = Closed({
  kind: Type.Literal('firmware-status.v1'), ...recordCommon,
  deviceId: Slug, jobId: UuidText, version: ShortText,
  state: Type.Enum(['offered', ...FIRMWARE_STATES]), reason: Nullable(Type.Enum(FIRMWARE_FAILURES)),
})

/** A gate is from here on held open or locked, or works as usual again. */
export const DoorModeRecordV1 = Closed({
  kind: Type.Literal('door-mode.v1'), ...recordCommon,
  gateId: Slug, mode: Type.Enum(DOOR_MODES), cause: Type.Enum(DOOR_MODE_CAUSES),
  operatorRef: Nullable(UuidText),
})
export type DoorModeRecordV1 = Static<typeof DoorModeRecordV1>

/** A terminal that matches by itself holds a person's face, or no longer: proof of deletion for the last of them. */
export const TerminalErasureV1 = Closed({
  kind: Type.Literal('terminal-erasure.v1'), ...recordCommon,
  deviceId: Slug, personRef: UuidText, consentId: UuidText, state: Type.Union([Type.Literal('held'), Type.Literal('pending'), Type.Literal('done')]),
})
