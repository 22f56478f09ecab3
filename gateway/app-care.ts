import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { HelloV1 } from '#contract/device-messages.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { GateHands } from './access/ports.js'
import type { RosterView } from './access/roster-view.js'
import { type AlarmService, createAlarmService } from './alarm/alarm-service.js'
import { createDeviceWatch } from './alarm/device-watch.js'
import { createDiskWatch } from './alarm/disk-watch.js'
import { type FireZones, createFireZones } from './alarm/fire-zones.js'
import { createRecordWatch } from './alarm/record-watch.js'
import { createRosterWatch } from './alarm/roster-watch.js'
import type { WatchedDevice } from './alarm/watch-rules.js'
import { watchRecords } from './alarm/watched-store.js'
import type { GatewayRuntime } from './app-estate.js'
import type { GatewayConfig } from './config.js'
import { createCareHandlers } from './device/care-handlers.js'
import type { CertificateAuthority } from './device/certificate-authority.js'
import { createClaimServer } from './device/claim-server.js'
import { type ClaimService, createClaimService } from './device/claim-service.js'
import { type CaredDevice, listDevices } from './device/device-list.js'
import { type FirmwareService, type FirmwareSource, createFirmwareService } from './device/firmware-service.js'
import { createHealthLog } from './device/health-log.js'
import { createOneTimeFiles } from './device/one-time-files.js'
import { createParameterService } from './device/parameter-service.js'
import type { DevicePublisher } from './device/ports.js'
import type { DeviceRegistry } from './device/registry.js'
import type { Lifecycle } from './lifecycle.js'
import { createOrderHandlers } from './orders/order-handlers.js'
import { createOrderRunner } from './orders/order-runner.js'
import type { SpaceGuard } from './store/space-guard.js'
import type { GatewayStore, RosterSnapshot } from './store/types.js'
import { createOrderPoller } from './sync/order-poller.js'
import { describeCallError, isTransient } from './sync/server-client.js'
import type { SyncPeer } from './sync/sync-peer.js'

const MEGABYTE = 1_000_000

/** Alarms, and the store through which everything that may become one is written. */
export async function openAlarms(
  deps: { config: GatewayConfig; store: GatewayStore; space: SpaceGuard; runtime: GatewayRuntime }, parts: Lifecycle,
): Promise<{ alarms: AlarmService; store: GatewayStore }> {
  const { config: { alarms: limits }, store, space, runtime: { clock, ids, stamp } } = deps
  const log = deps.runtime.log.child({ part: 'alarm' })
  const alarms = createAlarmService({ store, clock, ids, stamp, log })
  await parts.open('alarms', () => alarms.start(), () => alarms.stop())
  const disk = createDiskWatch({
    freeBytes: () => store.freeBytes(), space: () => space.status(), alarms, freeBytesMin: limits.diskFreeMbMin * MEGABYTE, clock, log,
  })
  await parts.open('disk watch', () => disk.start(), () => disk.stop())
  return { alarms, store: watchRecords(store, createRecordWatch({ alarms, limits, clock })) }
}

export interface CareDeps {
  readonly config: GatewayConfig
  /** The one that raises alarms. */
  readonly store: GatewayStore
  readonly alarms: AlarmService
  readonly peer: SyncPeer
  readonly authority: CertificateAuthority
  readonly runtime: GatewayRuntime
}

/** What the estate has for it; each is asked for when it is needed, and there before the first device is. */
export interface CareLinks {
  readonly publisher: DevicePublisher
  readonly roster: RosterView
  /** Since everything that the server had was here. */
  readonly rosterAgeMs: () => number
  readonly hands: GateHands
  readonly registry: DeviceRegistry
  disconnect(deviceId: string): void
  /** Refuses a device or a terminal from now on. @throws GW_DEVICE_UNKNOWN */
  revoke(deviceId: string): Promise<void>
  /** Face terminals of other makers: they are missed like any other device. */
  terminals(): ReadonlyArray<Omit<WatchedDevice, 'deviceId'> & { readonly terminalId: string }>
}

/** The care of all devices, open for messages. */
export interface DeviceCare {
  readonly fire: FireZones
  readonly claims: ClaimService
  readonly handlers: ReturnType<typeof createCareHandlers>
  /** A device said hello. */
  connected(address: DeviceAddress, hello: Pick<HelloV1, 'firmware'>): void
  lost(deviceId: string): void
  /** It has a new certificate, and may be another device. */
  replaced(deviceId: string): void
  devices(): readonly CaredDevice[]
  follow(roster: RosterSnapshot): void
  /** After devices can connect: claims, orders of the server, and the watch over who stays away. @throws GW_LISTEN */
  serve(mqttPort: number, parts: Lifecycle): Promise<{ readonly claimPort: number }>
}

/** The name that devices know this machine by: the first configured, else the address it listens at. */
function ownName({ host, hostNames }: GatewayConfig['mqtt']): string {
  if (hostNames[0] !== undefined) return hostNames[0]
  if (host !== '0.0.0.0' && host !== '::') return host
  const outward = Object.values(networkInterfaces()).flatMap((each) => each ?? []).find(({ internal, family }) => !internal && family === 'IPv4')
  return outward?.address ?? 'localhost'
}

const firmwareSource = ({ client, identity }: SyncPeer): FirmwareSource => ({
  async fetch(jobId, path, bytesMax) {
    const got = await client.firmware(identity.credential, jobId, path, bytesMax)
    return got.ok ? got : { ok: false, error: { transient: isTransient(got.error), message: describeCallError(got.error) } }
  },
})

/** Opens everything that must be there before the first device is. */
export async function openCare(deps: CareDeps, links: CareLinks, parts: Lifecycle): Promise<DeviceCare> {
  const { config, store, alarms, peer, authority, runtime } = deps
  const { clock, random, stamp } = runtime
  const log = runtime.log.child({ part: 'care' })
  const name = ownName(config.mqtt)
  const tls = await authority.serverTls([...config.mqtt.hostNames, name])
  const files = createOneTimeFiles({ host: config.mqtt.host, urlHost: name, port: config.devices.filesPort, tls, clock, random, log })
  const health = createHealthLog({ store, clock, stamp, log })
  const parameters = createParameterService({ store, publisher: links.publisher, clock, stamp, log })
  const firmware = createFirmwareService({
    folder: join(config.dataDir, 'firmware'), store, source: firmwareSource(peer), files, publisher: links.publisher,
    runtime: { clock, stamp, log, isKnown: (deviceId) => links.registry.kindOf(deviceId) !== undefined },
  })
  const fire = createFireZones({
    store, gates: () => links.roster.gates(), hands: links.hands, alarms, clock, log: runtime.log.child({ part: 'fire' }),
  })
  await parts.open('device files', () => files.start(), () => files.stop())
  await parts.open('parameters', () => parameters.start(), () => parameters.stop())
  await parts.open('firmware', () => firmware.start(), () => undefined)
  await parts.open('fire', () => fire.start(), () => fire.stop())
  const replaced = (deviceId: string): void => {
    parameters.forget(deviceId)
    links.disconnect(deviceId)
  }
  const known = {
    register: links.registry.register,
    kindOf: (deviceId: string) => (links.terminals().some(({ terminalId }) => terminalId === deviceId) ? 'terminal' as const : links.registry.kindOf(deviceId)),
  }
  const claims = createClaimService({ authority, registry: known, store, disconnect: replaced, clock, random })
  const devices = (): CaredDevice[] => listDevices({ registry: links.registry, health, parameters, firmware })
  return {
    fire, claims, devices, replaced,
    handlers: createCareHandlers({ health, parameters, firmware }),
    connected(address, hello) {
      parameters.connected(address)
      firmware.connected(address, hello.firmware).catch((error: unknown) => log.error({ err: error, deviceId: address.deviceId }, 'a firmware job could not be moved on'))
    },
    lost(deviceId) {
      parameters.lost(deviceId)
      firmware.lost(deviceId)
    },
    follow({ deviceSettings }) {
      parameters.replace(deviceSettings)
      fire.gatesChanged()
    },
    async serve(mqttPort, opened) {
      const watch = createDeviceWatch({
        devices: () => [...devices(), ...links.terminals().map(({ terminalId, ...terminal }) => ({ ...terminal, deviceId: terminalId }))], alarms, clock,
        limits: { offlineMs: config.alarms.offlineSeconds * 1_000, clockOffsetMsMax: config.alarms.clockOffsetMsMax },
      })
      await opened.open('device watch', () => watch.start(), () => watch.stop())
      const rosterWatch = createRosterWatch({ ageMs: links.rosterAgeMs, alarms, oldHours: config.access.rosterOldHours, clock })
      await opened.open('roster watch', () => rosterWatch.start(), () => rosterWatch.stop())
      await openOrders(deps, links, { claims, firmware }, opened)
      const server = createClaimServer({ host: config.mqtt.host, port: config.devices.claimPort, tls, claims, mqttPort: () => mqttPort, log })
      const { port: claimPort } = await opened.open('claims', () => server.start(), () => server.stop())
      return { claimPort }
    },
  }
}

/** The server's orders, from the long poll to the parts that carry them out. */
async function openOrders(
  { config, store, alarms, peer, runtime }: CareDeps, { hands, revoke }: CareLinks,
  care: { claims: ClaimService; firmware: FirmwareService }, parts: Lifecycle,
): Promise<void> {
  const { clock, random, stamp } = runtime
  const log = runtime.log.child({ part: 'orders' })
  const handlers = createOrderHandlers({ gates: hands, alarms, ...care, revokeDevice: revoke })
  const runner = createOrderRunner({ store, handlers, clock, stamp, log })
  const { requestTimeoutMs } = config.sync
  const poller = createOrderPoller({ peer, runtime: { clock, random, log }, ...runner, requestTimeoutMs })
  await parts.open('orders', () => poller.start(), () => poller.stop())
}

