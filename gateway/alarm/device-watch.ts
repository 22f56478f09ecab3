import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { AlarmService } from './alarm-service.js'
import { type WatchLimits, type WatchedDevice, judgeDevice } from './watch-rules.js'

/** How often the devices are looked at. */
export const LOOK_MS = 5_000

export interface DeviceWatch {
  start(): void
  stop(): void
}

/**
 * Misses devices that stay away and doubts clocks that are wrong. A device that never came in this life of the gateway is
 * missed too, counted from the start.
 */
export function createDeviceWatch(deps: {
  devices: () => readonly WatchedDevice[]; alarms: Pick<AlarmService, 'raise' | 'clear' | 'list'>; limits: WatchLimits; clock: Clock
}): DeviceWatch {
  const { devices, alarms, limits, clock } = deps
  const awaySinceMs = new Map<string, number>()
  let cancel: CancelTimer = () => undefined

  const look = (): void => {
    const nowMs = clock.monoMs()
    const standing = alarms.list().filter(({ phase }) => phase.kind === 'open' && phase.active)
    for (const device of devices()) {
      if (device.online) awaySinceMs.delete(device.deviceId)
      else if (!awaySinceMs.has(device.deviceId)) awaySinceMs.set(device.deviceId, nowMs)
      const awayMs = nowMs - (awaySinceMs.get(device.deviceId) ?? nowMs)
      const stands = new Set(standing.filter(({ deviceId }) => deviceId === device.deviceId).map(({ alarm }) => alarm))
      for (const { kind, ...news } of judgeDevice(device, awayMs, limits, stands)) {
        if (kind === 'raise') alarms.raise(news)
        else alarms.clear(news)
      }
    }
    cancel = clock.after(LOOK_MS, look)
  }
  return { start: look, stop: () => cancel() }
}
