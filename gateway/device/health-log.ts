import type { HealthV1 } from '#contract/device-care-messages.js'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { GatewayStore } from '../store/types.js'
import type { DeviceHealth } from './care-ports.js'

/** A device whose faults are the same is written down this often at most. */
export const HEALTH_RECORD_MS = 300_000
/** Changes of its faults that are written at once within that time; a fault that comes and goes all the time is one of the next. */
export const FAULT_RECORDS_MAX = 12

/** How the devices are. */
export interface HealthLog {
  heard(deviceId: string, health: HealthV1): void
  /** As last said in this life of the gateway. */
  of(deviceId: string): DeviceHealth | undefined
}

interface Known {
  health: DeviceHealth
  /** As the log says. */
  recorded: readonly string[] | undefined
  windowStartMs: number
  records: number
}

const healthOf = ({ uptimeMs, temperatureC, supplyVolts, memoryFreeBytes, storageFreeBytes, signalDbm, faults }: HealthV1): DeviceHealth =>
  ({ uptimeMs, temperatureC, supplyVolts, memoryFreeBytes, storageFreeBytes, signalDbm, faults: [...new Set(faults)].sort() })

export function createHealthLog(deps: { store: Pick<GatewayStore, 'transact'>; clock: Clock; stamp: Stamper; log: Logger }): HealthLog {
  const { store, clock, stamp, log } = deps
  const devices = new Map<string, Known>()

  const mayRecord = (known: Known): boolean => {
    const nowMs = clock.monoMs()
    const isNewWindow = nowMs - known.windowStartMs >= HEALTH_RECORD_MS
    const isChange = known.recorded === undefined || known.recorded.join('\n') !== known.health.faults.join('\n')
    if (!isNewWindow && !(isChange && known.records < FAULT_RECORDS_MAX)) return false
    if (isNewWindow) Object.assign(known, { windowStartMs: nowMs, records: 0 })
    known.records += 1
    return true
  }
  return {
    heard(deviceId, said) {
      const health = healthOf(said)
      const known: Known = devices.get(deviceId) ?? { health, recorded: undefined, windowStartMs: -Infinity, records: 0 }
      known.health = health
      devices.set(deviceId, known)
      if (!mayRecord(known)) return
      known.recorded = health.faults
      store.transact((tx) => tx.append({ kind: 'device-health.v1', ...stamp(), deviceId, ...health })).catch((error: unknown) => {
        // The next word of the device tries again.
        known.recorded = undefined
        log.error({ deviceId, err: error }, 'the health of a device could not be recorded')
      })
    },
    of: (deviceId) => devices.get(deviceId)?.health,
  }
}
