import type { HealthV1 } from '#contract/device-care-messages.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { type FaultProfile, recurring } from '../faults.js'
import type { DeviceLife } from './device-life.js'

/** What breaks in devices of every kind. */
const BREAKABLE = ['battery-low', 'fan-stopped', 'storage-failing', 'supply-unsteady'] as const
const MEND_MS = 30_000

/** How a device is: a few readings, and what is wrong with it. */
export interface DeviceHealth {
  start(): void
  stop(): void
  /** From now on something is wrong, or no more; told at once. */
  set(fault: string, isWrong: boolean): void
  message(): HealthV1
}

/** @param deps.changed called when a fault came or went */
export function createDeviceHealth(deps: { life: DeviceLife; faults: FaultProfile; clock: Clock; random: RandomSource; changed: () => void }): DeviceHealth {
  const { life, clock, random } = deps
  const wrong = new Set<string>()
  const mending = new Set<CancelTimer>()

  const set = (fault: string, isWrong: boolean): void => {
    if (wrong.has(fault) === isWrong) return
    if (isWrong) wrong.add(fault)
    else wrong.delete(fault)
    deps.changed()
  }
  const breaking = recurring(deps.faults.brokenSeconds, random, clock, () => {
    const fault = BREAKABLE[Math.floor(random.float() * BREAKABLE.length)] ?? BREAKABLE[0]
    set(fault, true)
    if (random.float() < deps.faults.stuck) return
    const cancel = clock.after(MEND_MS, () => {
      mending.delete(cancel)
      set(fault, false)
    })
    mending.add(cancel)
  })
  return {
    start: () => breaking.start(),
    stop() {
      breaking.stop()
      for (const cancel of mending) cancel()
    },
    set,
    message() {
      const { bootId, monoMs } = life.stamp()
      return {
        v: 1, bootId, monoMs, uptimeMs: monoMs, temperatureC: Math.round((38 + random.float() * 6) * 10) / 10,
        supplyVolts: wrong.has('supply-unsteady') ? 9.4 : 12.1, memoryFreeBytes: 96_000_000 + Math.floor(random.float() * 4_000_000),
        storageFreeBytes: wrong.has('storage-failing') ? 0 : 1_200_000_000, signalDbm: null, faults: [...wrong].sort(),
      }
    },
  }
}
