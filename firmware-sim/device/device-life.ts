import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'

/** What a device knows of time: a life begins at power-on with a new boot id and a monotonic clock at 0. */
export interface DeviceLife {
  bootId(): string
  /** Milliseconds since power-on. */
  monoMs(): number
  /** The device's own wall clock, which may be wrong. */
  wallMs(): number
  /** The three together, as most messages carry them. */
  stamp(): { bootId: string; monoMs: number; wallMs: number }
  reboot(): void
}

/**
 * @param deps.wallSkewMs how far the device's wall clock is ahead of the true one at the start; negative behind
 * @param deps.driftPpm how much faster it runs, millionths
 */
export function createDeviceLife(deps: { clock: Clock; ids: IdSource; wallSkewMs: number; driftPpm?: number }): DeviceLife {
  const { driftPpm = 0 } = deps
  const startedMs = deps.clock.monoMs()
  let bootId = deps.ids.uuid()
  let poweredOnMs = deps.clock.monoMs()
  const monoMs = (): number => Math.max(0, deps.clock.monoMs() - poweredOnMs)
  const wallMs = (): number => Math.max(0, Math.round(deps.clock.wallMs() + deps.wallSkewMs + (deps.clock.monoMs() - startedMs) * driftPpm / 1e6))
  return {
    bootId: () => bootId,
    monoMs,
    wallMs,
    stamp: () => ({ bootId, monoMs: monoMs(), wallMs: wallMs() }),
    reboot() {
      bootId = deps.ids.uuid()
      poweredOnMs = deps.clock.monoMs()
    },
  }
}
