import type { AlarmKind } from '#contract/alarm-records.js'
import type { AlarmNews } from './ports.js'

/** What is known of a device that should be there. */
export interface WatchedDevice {
  readonly deviceId: string
  readonly online: boolean
  readonly revoked: boolean
  /** The device's wall clock minus the gateway's, milliseconds. */
  readonly clockOffsetMs: number | null
}

export interface WatchLimits {
  readonly offlineMs: number
  readonly clockOffsetMsMax: number
}

export type WatchVerdict = AlarmNews & { readonly kind: 'raise' | 'clear' }

/** A clock that is put right is within half of the bound: one at the bound does not raise and clear by turns. */
const RIGHT_SHARE = 0.5

/** @param stands alarms of this device whose cause stands */
export function judgeDevice(device: WatchedDevice, awayMs: number, limits: WatchLimits, stands: ReadonlySet<AlarmKind>): WatchVerdict[] {
  const { deviceId, online, revoked, clockOffsetMs } = device
  const verdicts: WatchVerdict[] = []
  const judge = (alarm: AlarmKind, is: boolean, isOver: boolean, detail: string): void => {
    if (is && !stands.has(alarm)) verdicts.push({ kind: 'raise', alarm, gateId: null, deviceId, detail })
    if (isOver && stands.has(alarm)) verdicts.push({ kind: 'clear', alarm, gateId: null, deviceId })
  }
  judge('device-offline', !online && !revoked && awayMs >= limits.offlineMs, online || revoked, `away for ${Math.round(awayMs / 1_000)} s`)
  const offMs = Math.abs(clockOffsetMs ?? 0)
  judge('clock-suspect', online && offMs > limits.clockOffsetMsMax, revoked || (online && clockOffsetMs !== null && offMs <= limits.clockOffsetMsMax * RIGHT_SHARE),
    `offset ${((clockOffsetMs ?? 0) / 1_000).toFixed(1)} s`)
  return verdicts
}

/** Free space has to grow by a fifth beyond the bound before a disk is no longer low. */
const FREED_SHARE = 1.2

/** @returns what to do about `disk-low`, or undefined */
export function judgeDisk(freeBytes: number, freeBytesMin: number, stands: boolean): 'raise' | 'clear' | undefined {
  if (!stands && freeBytes < freeBytesMin) return 'raise'
  return stands && freeBytes >= freeBytesMin * FREED_SHARE ? 'clear' : undefined
}
