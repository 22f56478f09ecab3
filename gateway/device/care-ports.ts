import type { ParameterResultV1 } from '#contract/device-care-messages.js'
import type { DeviceKind } from '#contract/message-table.js'
import type { RecordBody, RecordOf } from '#contract/sync-records.js'

/** What a device said of itself in its last hello; the log has the same. */
export interface DeviceInfoRow {
  readonly deviceId: string
  readonly model: string
  readonly firmware: string
  readonly capabilities: readonly string[]
  readonly certificateFingerprint: string | null
  readonly revoked: boolean
}

/** A claim code that was given out; there is one a device, and a new one voids the old. */
export interface ClaimCodeRow {
  readonly deviceId: string
  readonly deviceKind: DeviceKind
  /** SHA-256 of the code's text, hex. The text itself is known to whoever gave it out, and to the installer. */
  readonly codeSha256: string
  /** Wall clock. */
  readonly expiresAtMs: number
  /** SHA-256 of the public key that it was used with, hex; null before. The same key may ask again for a lost answer. */
  readonly usedKeySha256: string | null
}

/** What a device last said of a set of parameters. */
export interface ParameterResultRow extends Pick<ParameterResultV1, 'parameterSetId' | 'outcome' | 'problems'> {
  readonly deviceId: string
}

/** `fetching`: the file is on its way from the server; `ready`: it is here, the device has not taken it yet. */
export const FIRMWARE_STAGES = ['fetching', 'ready', 'downloading', 'verified', 'installing', 'installed', 'failed'] as const
export type FirmwareStage = (typeof FIRMWARE_STAGES)[number]

export interface FirmwareJobRow {
  readonly jobId: string
  readonly deviceId: string
  readonly version: string
  readonly bytes: number
  readonly sha256: string
  readonly stage: FirmwareStage
  /** Wall clock of the order. */
  readonly orderedAtMs: number
}

export interface CareTx {
  putDeviceInfo(info: DeviceInfoRow): Promise<void>
  putClaimCode(code: ClaimCodeRow): Promise<void>
  findClaimCode(deviceId: string): Promise<ClaimCodeRow | undefined>
  putParameterResult(result: ParameterResultRow): Promise<void>
  /** Of a device that has a new certificate: it may be another one. */
  dropParameterResult(deviceId: string): Promise<void>
  putFirmwareJob(job: FirmwareJobRow): Promise<void>
}

export interface CareReads {
  deviceInfos(): Promise<readonly DeviceInfoRow[]>
  parameterResults(): Promise<readonly ParameterResultRow[]>
  /** Newest last. */
  firmwareJobs(): Promise<readonly FirmwareJobRow[]>
}

/** What the care of devices needs of the store. */
export interface CareStore extends CareReads {
  transact<T>(work: (tx: CareTx & { append(body: RecordBody): Promise<unknown> }) => Promise<T>): Promise<T>
}

/** How a device is, as its last health message said. */
export type DeviceHealth = Pick<
  RecordOf<'device-health.v1'>, 'uptimeMs' | 'temperatureC' | 'supplyVolts' | 'memoryFreeBytes' | 'storageFreeBytes' | 'signalDbm' | 'faults'
>
