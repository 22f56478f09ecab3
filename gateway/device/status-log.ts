import type { RecordOf } from '#contract/sync-records.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { GatewayStore } from '../store/types.js'
import type { DeviceState } from './registry.js'

/** A device that is back in the same boot within this time was never away: no two records for one dropped connection. */
export const OFFLINE_RECORD_DELAY_MS = 5_000

/** Turns a device's comings and goings into records, one for each change. */
export interface StatusLog {
  online(device: DeviceState): void
  offline(device: DeviceState): void
  stop(): void
}

export function createStatusLog(deps: { store: Pick<GatewayStore, 'transact'>; clock: Clock; stamp: Stamper; log: Logger }): StatusLog {
  const { store, clock, stamp, log } = deps
  /** What the log says of each device: its boot where online, null where offline. */
  const recorded = new Map<string, string | null>()
  const waiting = new Map<string, CancelTimer>()

  const record = (device: DeviceState, status: 'online' | 'offline'): void => {
    const { deviceId, deviceKind, bootId, clockOffsetMs } = device
    recorded.set(deviceId, status === 'online' ? bootId : null)
    const body: RecordOf<'device-status.v2'> = { kind: 'device-status.v2', ...stamp(), deviceId, deviceKind, status, deviceBootId: bootId, clockOffsetMs }
    store.transact((tx) => tx.append(body)).catch((error: unknown) => {
      // The next word of the device, or its next silence, tries again.
      recorded.delete(deviceId)
      log.error({ deviceId, status, err: error }, 'a change of a device could not be recorded')
    })
  }
  const cancel = (deviceId: string): void => {
    waiting.get(deviceId)?.()
    waiting.delete(deviceId)
  }

  return {
    online(device) {
      cancel(device.deviceId)
      if (recorded.get(device.deviceId) !== device.bootId) record(device, 'online')
    },
    offline(device) {
      cancel(device.deviceId)
      waiting.set(device.deviceId, clock.after(OFFLINE_RECORD_DELAY_MS, () => {
        waiting.delete(device.deviceId)
        record(device, 'offline')
      }))
    },
    stop() {
      for (const deviceId of [...waiting.keys()]) cancel(deviceId)
    },
  }
}
