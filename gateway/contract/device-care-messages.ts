import { Type, type Static } from 'typebox'
import { Closed, MonoMs, Nullable, Sha256Hex, ShortText, UuidText } from './wire-types.js'

const Bytes = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** How a device is. Sent with every fifth heartbeat or so, and at once when a fault comes or goes; null is not measured. */
export const HealthV1 = Closed({
  v: Type.Literal(1),
  bootId: UuidText,
  monoMs: MonoMs,
  uptimeMs: MonoMs,
  temperatureC: Nullable(Type.Number({ minimum: -60, maximum: 200 })),
  supplyVolts: Nullable(Type.Number({ minimum: 0, maximum: 400 })),
  memoryFreeBytes: Nullable(Bytes),
  storageFreeBytes: Nullable(Bytes),
  signalDbm: Nullable(Type.Number({ minimum: -130, maximum: 20 })),
  /** Names of what is wrong now: `lens-covered`, `battery-low`, `reader-jammed`… */
  faults: Type.Array(ShortText, { maxItems: 8 }),
})
export type HealthV1 = Static<typeof HealthV1>

export const ParameterValue = Type.Union([Type.String({ maxLength: 48 }), Type.Number(), Type.Boolean()])
/** A setting's name and its value. */
export const ParameterValues = Type.Record(Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9-]{0,31}$' }), ParameterValue, { maxProperties: 16, additionalProperties: false })
export type ParameterValues = Static<typeof ParameterValues>

/** All of a device's settings that are not as delivered; the same set again is no change. Sent again after each connect. */
export const ParametersV1 = Closed({ v: Type.Literal(1), parameterSetId: UuidText, values: ParameterValues })
export type ParametersV1 = Static<typeof ParametersV1>

/** What became of each setting; a set is applied whole or not at all. */
export const ParameterResultV1 = Closed({
  v: Type.Literal(1),
  parameterSetId: UuidText,
  outcome: Type.Union([Type.Literal('applied'), Type.Literal('refused')]),
  /** Names of the settings that were refused, with the reason. */
  problems: Type.Array(Closed({ name: ShortText, problem: ShortText }), { maxItems: 16 }),
})
export type ParameterResultV1 = Static<typeof ParameterResultV1>

/** A device fetches the file, compares length and SHA-256 before it installs, and restarts into it. */
export const FirmwareOfferV1 = Closed({
  v: Type.Literal(1),
  jobId: UuidText,
  version: ShortText,
  bytes: Type.Integer({ minimum: 1, maximum: 268_435_456 }),
  sha256: Sha256Hex,
  /** One-time link on the gateway's own address. */
  url: Type.String({ minLength: 8, maxLength: 300 }),
})
export type FirmwareOfferV1 = Static<typeof FirmwareOfferV1>

export const FIRMWARE_STATES = ['downloading', 'verified', 'installing', 'installed', 'failed'] as const
export const FIRMWARE_FAILURES = ['download', 'length', 'checksum', 'not-for-this-model', 'install', 'rolled-back'] as const
export const FirmwareStatusV1 = Closed({
  v: Type.Literal(1),
  jobId: UuidText,
  state: Type.Enum(FIRMWARE_STATES),
  reason: Nullable(Type.Enum(FIRMWARE_FAILURES)),
})
export type FirmwareStatusV1 = Static<typeof FirmwareStatusV1>
