import type { DoorStatusV1 } from '#contract/device-messages.js'
import type { CancelTimer } from '#kernel/clock.js'
import { faultyLink, recurring } from '../faults.js'
import { type DeviceClient, type Incoming, createDeviceClient } from './device-client.js'
import { type DeviceLife, createDeviceLife } from './device-life.js'
import { type DeviceSettings, type DeviceWorld, count } from './device.js'

/** What a kind of device adds to the common part. */
export interface DeviceHooks {
  /** Said hello: everything else may follow. */
  connected(): void
  disconnected(): void
  received(message: Incoming): void
  /** A new life has begun; there is no connection. */
  rebooted(): void
  doors(): DoorStatusV1[]
  pendingEvents(): number
}

/** Identity, clock, connection, hello and heartbeat of any device, and the faults that any device has. */
export interface DeviceCore {
  readonly life: DeviceLife
  readonly client: Pick<DeviceClient, 'send' | 'isConnected' | 'drop'>
  start(): void
  stop(): Promise<void>
  /** Power off and on: a new boot id, the monotonic clock at 0, the connection gone. */
  reboot(): void
  connects(): number
  reboots(): number
  /** Notices of the gateway by code. */
  notices(): Readonly<Record<string, number>>
}

export interface DeviceCoreDeps {
  readonly world: DeviceWorld
  readonly settings: DeviceSettings
  readonly capabilities: readonly string[]
  readonly hooks: DeviceHooks
}

const MODEL = 'se-sim'
const FIRMWARE = '1.0.0'

/** @see DeviceCore */
export function createDeviceCore({ world, settings, capabilities, hooks }: DeviceCoreDeps): DeviceCore {
  const { clock, random, log } = world
  const life = createDeviceLife({ clock, ids: world.ids, wallSkewMs: settings.faults.skewMs })
  const notices: Record<string, number> = {}
  let cancelHeartbeat: CancelTimer | undefined
  let connects = 0
  let reboots = 0

  const beat = (): void => {
    cancelHeartbeat?.()
    client.send('heartbeat', { v: 1, ...life.stamp(), doors: hooks.doors(), pendingEvents: hooks.pendingEvents() })
    cancelHeartbeat = clock.after(settings.heartbeatMs, beat)
  }
  const client = createDeviceClient({
    address: settings.address, access: settings.access, clock, random,
    link: faultyLink(settings.faults, random, clock),
    events: {
      connected() {
        connects += 1
        client.send('hello', { v: 1, ...life.stamp(), model: MODEL, firmware: FIRMWARE, capabilities: [...capabilities] })
        beat()
        hooks.connected()
      },
      disconnected() {
        cancelHeartbeat?.()
        hooks.disconnected()
      },
      received(message) {
        if (message.kind === 'deviceNotice') {
          count(notices, message.payload.code)
          log.warn({ about: message.payload.about, code: message.payload.code, detail: message.payload.detail }, 'gateway notice')
        }
        hooks.received(message)
      },
      troubled: (reason) => log.warn({ reason }, 'connection trouble'),
    },
  })
  const reboot = (): void => {
    reboots += 1
    life.reboot()
    client.drop()
    log.info({ bootId: life.bootId() }, 'rebooted')
    hooks.rebooted()
  }
  const faults = [
    recurring(settings.faults.dropSeconds, random, clock, () => client.drop()),
    recurring(settings.faults.rebootSeconds, random, clock, reboot),
  ]
  return {
    life, client, reboot,
    start() {
      client.start()
      for (const fault of faults) fault.start()
    },
    async stop() {
      for (const fault of faults) fault.stop()
      cancelHeartbeat?.()
      await client.stop()
    },
    connects: () => connects,
    reboots: () => reboots,
    notices: () => notices,
  }
}
