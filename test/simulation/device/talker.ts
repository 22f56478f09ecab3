import type { DeviceAddress } from '#contract/topics.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import { createIdSource, type IdSource } from '#kernel/ids.js'
import { type DeviceLife, createDeviceLife } from '../../../firmware-sim/device/device-life.js'
import type { Dice } from '../engine/dice.js'
import { type MachineTime, createLifeClock } from '../engine/life.js'
import type { Timeline } from '../engine/timeline.js'
import type { DeviceEnd, VirtualBroker } from '../network/virtual-broker.js'
import { type Plug, createPlug } from './plugged.js'

const HEARTBEAT_MS = 10_000

export interface DeviceDeps {
  readonly address: DeviceAddress
  readonly broker: VirtualBroker
  readonly timeline: Timeline
  readonly dice: Dice
  readonly machine: MachineTime
  readonly startWallMs: number
}

/** What each kind adds to hello and heartbeats. */
export interface TalkerHooks {
  readonly events: Pick<DeviceEnd, 'connected' | 'disconnected' | 'received'>
  doors(): readonly { doorNo: number; relay: 'locked' | 'released'; contact: 'closed' | 'open' | 'unknown'; fire: boolean }[]
  pendingEvents(): number
  rebooted(): void
}

/** Identity, clocks and connection of a device. */
export interface Talker {
  readonly clock: Clock
  readonly ids: IdSource
  readonly life: DeviceLife
  readonly plug: Plug
  reboot(): void
  /** Without power for so long, then as after `reboot`. */
  powerOff(forMs: number): void
  /** On, where it was off. */
  powerOn(): void
}

export function createTalker(deps: DeviceDeps, hooks: TalkerHooks): Talker {
  const { address, broker, timeline, dice, machine, startWallMs } = deps
  const clock = createLifeClock({ timeline, life: { isAlive: () => true }, machine, startWallMs })
  const ids = createIdSource({ clock, random: dice.random })
  const life = createDeviceLife({ clock, ids, wallSkewMs: 0 })
  let cancelBeat: CancelTimer = () => undefined

  const beat = (): void => {
    cancelBeat()
    broker.send(plug, 'heartbeat', { v: 1, ...life.stamp(), doors: [...hooks.doors()], pendingEvents: hooks.pendingEvents() })
    cancelBeat = clock.after(HEARTBEAT_MS, beat)
  }
  const plug = createPlug({
    address, broker, timeline, dice,
    events: {
      connected() {
        broker.send(plug, 'hello', { v: 1, ...life.stamp(), model: 'simulated', firmware: '1', capabilities: [] })
        beat()
        hooks.events.connected()
      },
      disconnected() {
        cancelBeat()
        hooks.events.disconnected()
      },
      received: hooks.events.received,
    },
  })
  let isOff = true
  const powerOn = (): void => {
    if (!isOff) return
    isOff = false
    life.reboot()
    hooks.rebooted()
    plug.start()
  }
  return {
    clock, ids, life, plug, powerOn,
    reboot() {
      plug.off()
      isOff = true
      powerOn()
    },
    powerOff(forMs) {
      plug.off()
      isOff = true
      timeline.after(forMs, powerOn)
    },
  }
}
