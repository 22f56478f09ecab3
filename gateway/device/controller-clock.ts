import type { Clock } from '#kernel/clock.js'
import type { ControllerClock, DeviceClocks, DeviceMoment } from '../access/ports.js'

/**
 * How much slower than the gateway's a device's clock may run: 1 in 1 000. Quartz stays within 1 in 10 000 over any
 * weather; the rest is margin, and costs 1 ms of a command's validity per second since the heartbeat.
 */
export const CLOCK_DRIFT_MAX = 0.001
/** Recent statements of one boot that are compared: the one that travelled fastest is the best. */
const READINGS_MAX = 8

/** What one message said. */
interface Reading {
  readonly deviceMonoMs: number
  /** The gateway's monotonic clock at its receipt: later than when it was said, by an unknown time. */
  readonly receivedMonoMs: number
}

interface Life {
  readonly bootId: string
  readings: readonly Reading[]
}

/** Clocks of all devices by their boot, from what their hellos and heartbeats say. */
export interface DeviceClockTable extends DeviceClocks {
  hear(deviceId: string, statement: { bootId: string; monoMs: number }, receivedMonoMs: number): void
  /** The connection ended: what was said before it says nothing about now. */
  forget(deviceId: string): void
}

/**
 * What the device's clock shows at `atMs` of the gateway's at least: it has gone on since the message was sent, at
 * no less than `1 - CLOCK_DRIFT_MAX`, and the message was sent before it was received.
 */
function atLeast({ deviceMonoMs, receivedMonoMs }: Reading, atMs: number): number {
  const sinceMs = atMs - receivedMonoMs
  return deviceMonoMs + sinceMs * (sinceMs >= 0 ? 1 - CLOCK_DRIFT_MAX : 1 + CLOCK_DRIFT_MAX)
}

const best = (readings: readonly Reading[], atMs: number): number => Math.max(...readings.map((reading) => atLeast(reading, atMs)))

export function createDeviceClocks(deps: { clock: Clock }): DeviceClockTable {
  const lives = new Map<string, Life>()
  return {
    hear(deviceId, { bootId, monoMs }, receivedMonoMs) {
      const reading: Reading = { deviceMonoMs: monoMs, receivedMonoMs }
      const life = lives.get(deviceId)
      const before = life?.bootId === bootId ? life.readings : []
      // A monotonic clock that went back is broken: nothing older counts, and the lower word is the safe one.
      const wentBack = before.some((earlier) => earlier.deviceMonoMs > monoMs)
      lives.set(deviceId, { bootId, readings: wentBack ? [reading] : [...before, reading].slice(-READINGS_MAX) })
    },
    forget: (deviceId) => void lives.delete(deviceId),
    controllerClock(controllerId): ControllerClock | undefined {
      const life = lives.get(controllerId)
      if (life === undefined) return undefined
      return { bootId: life.bootId, monoMs: Math.max(0, best(life.readings, deps.clock.monoMs())) }
    },
    lagMs({ deviceId, bootId, monoMs, receivedMonoMs }: DeviceMoment) {
      const life = lives.get(deviceId)
      if (life?.bootId !== bootId) return 0
      return Math.max(0, best(life.readings, receivedMonoMs) - monoMs)
    },
  }
}
