import type { ParameterValues } from '#contract/device-care-messages.js'
import type { DoorStatusV1 } from '#contract/device-messages.js'
import type { CancelTimer } from '#kernel/clock.js'
import { faultyLink, recurring } from '../faults.js'
import { type DeviceClient, type Incoming, createDeviceClient } from './device-client.js'
import { type DeviceFirmware, createDeviceFirmware } from './device-firmware.js'
import { type DeviceHealth, createDeviceHealth } from './device-health.js'
import { type DeviceLife, createDeviceLife } from './device-life.js'
import { type ParameterRules, createDeviceParameters } from './device-parameters.js'
import { type DeviceSettings, type DeviceWorld, count } from './device.js'

/** What a kind of device adds to the common part. */
export interface DeviceHooks {
  /** Said hello: everything else may follow. */
  connected(): void
  disconnected(): void
  received(message: Incoming): void
  /** A new life has begun; there is no connection. */
  rebooted(): void
  /** The settings are these now; those that are not named are as delivered. They outlive a power cut. */
  configured?(values: ParameterValues): void
  doors(): DoorStatusV1[]
  pendingEvents(): number
}

/** Identity, clock, connection, hello and heartbeat of any device, and the faults that any device has. */
export interface DeviceCore {
  readonly life: DeviceLife
  readonly client: Pick<DeviceClient, 'send' | 'isConnected' | 'drop'>
  readonly health: Pick<DeviceHealth, 'set'>
  /** Version that it runs. */
  firmware(): string
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
  /** Settings that it has. */
  readonly parameters?: ParameterRules
  readonly hooks: DeviceHooks
}

const MODEL = 'se-sim'
/** Health goes with every so many heartbeats. */
const HEALTH_BEATS = 5

/** What the gateway asks of any device beside its kind's own work: settings and firmware. */
function createCare({ settings, parameters = {}, hooks, world: { random } }: DeviceCoreDeps, firmware: DeviceFirmware, client: Pick<DeviceClient, 'send'>) {
  const held = createDeviceParameters(parameters)
  return {
    rebooted: () => hooks.configured?.(held.values()),
    received(message: Incoming): void {
      if (message.kind === 'firmwareOffer') firmware.offered(message.payload)
      if (message.kind !== 'parameters' || random.float() < settings.faults.deaf) return
      const result = held.apply(message.payload)
      if (result.outcome === 'applied') hooks.configured?.(held.values())
      client.send('parameterResult', result)
    },
  }
}

/** Heartbeats of one connection, some with the device's health. */
function createHeart({ world: { clock }, settings, hooks }: DeviceCoreDeps, parts: { life: DeviceLife; health: DeviceHealth; client: Pick<DeviceClient, 'send'> }) {
  const { life, health, client } = parts
  let cancel: CancelTimer | undefined
  let beats = 0
  const beat = (): void => {
    cancel?.()
    client.send('heartbeat', { v: 1, ...life.stamp(), doors: hooks.doors(), pendingEvents: hooks.pendingEvents() })
    if (beats++ % HEALTH_BEATS === 0) client.send('health', health.message())
    cancel = clock.after(settings.heartbeatMs, beat)
  }
  return {
    start(): void {
      beats = 0
      beat()
    },
    stop: (): void => cancel?.(),
  }
}

/** @see DeviceCore */
export function createDeviceCore(deps: DeviceCoreDeps): DeviceCore {
  const { world, settings, capabilities, hooks } = deps
  const { clock, random, log } = world
  const life = createDeviceLife({ clock, ids: world.ids, wallSkewMs: settings.faults.skewMs, driftPpm: settings.faults.driftPpm })
  const notices: Record<string, number> = {}
  const times = { connected: 0, rebooted: 0 }

  const health = createDeviceHealth({ life, faults: settings.faults, clock, random, changed: () => client.send('health', health.message()) })
  const client: DeviceClient = createDeviceClient({
    address: settings.address, access: settings.access, clock, random,
    link: faultyLink(settings.faults, random, clock),
    events: {
      connected() {
        times.connected += 1
        client.send('hello', { v: 1, ...life.stamp(), model: MODEL, firmware: firmware.version(), capabilities: [...capabilities] })
        heart.start()
        firmware.connected()
        hooks.connected()
      },
      disconnected() {
        heart.stop()
        hooks.disconnected()
      },
      received(message) {
        if (message.kind === 'deviceNotice') {
          count(notices, message.payload.code)
          log.warn({ about: message.payload.about, code: message.payload.code, detail: message.payload.detail }, 'gateway notice')
        }
        care.received(message)
        hooks.received(message)
      },
      troubled: (reason) => log.warn({ reason }, 'connection trouble'),
    },
  })
  const reboot = (): void => {
    times.rebooted += 1
    life.reboot()
    client.drop()
    log.info({ bootId: life.bootId() }, 'rebooted')
    hooks.rebooted()
    care.rebooted()
  }
  const firmware = createDeviceFirmware({
    model: MODEL, ca: settings.access.ca, badShare: settings.faults.firmware, tell: (status) => void client.send('firmwareStatus', status), restart: reboot, world,
  })
  const care = createCare(deps, firmware, client)
  const heart = createHeart(deps, { life, health, client })
  const parts = [
    recurring(settings.faults.dropSeconds, random, clock, () => client.drop()),
    recurring(settings.faults.rebootSeconds, random, clock, reboot),
    health,
  ]
  return {
    life, client, reboot, health,
    firmware: firmware.version,
    start() {
      client.start()
      for (const part of parts) part.start()
    },
    async stop() {
      for (const part of parts) part.stop()
      firmware.stop()
      heart.stop()
      await client.stop()
    },
    connects: () => times.connected,
    reboots: () => times.rebooted,
    notices: () => notices,
  }
}
