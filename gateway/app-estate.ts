import { join } from 'node:path'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { createAccessService } from './access/access-service.js'
import { type DoorBoard, createDoorBoard } from './access/door-board.js'
import type { GateHands } from './access/ports.js'
import type { RosterView } from './access/roster-view.js'
import type { AlarmService } from './alarm/alarm-service.js'
import type { FireZones } from './alarm/fire-zones.js'
import { createEmbeddedBroker } from './broker/broker.js'
import { createFramePump } from './capture/frame-pump.js'
import { type CareDeps, type DeviceCare, openCare } from './app-care.js'
import type { Terminals } from './app-terminals.js'
import type { GatewayConfig } from './config.js'
import { type CertificateAuthority, createCertificateAuthority } from './device/certificate-authority.js'
import { createCommandResultHandler } from './device/command-result-handler.js'
import { createDeviceClocks } from './device/controller-clock.js'
import { createDoorPublisher } from './device/door-publisher.js'
import type { CaredDevice } from './device/device-list.js'
import { createEventHandler } from './device/event-handler.js'
import { createHeartbeatHandler } from './device/heartbeat-handler.js'
import { createHelloHandler } from './device/hello-handler.js'
import { type DeviceRegistry, createDeviceRegistry } from './device/registry.js'
import type { FaceEngine, FaceModelInfo } from './face/types.js'
import type { Lifecycle } from './lifecycle.js'
import type { GatewayMetrics } from './ops/metrics.js'
import type { GatewayStore } from './store/types.js'

/** Cameras whose newest frame may wait at a time: 64 MiB at most. An estate has fewer. */
const CAMERAS_WAITING_MAX = 64

/** What every part of the process runs on. */
export interface GatewayRuntime {
  readonly clock: Clock
  readonly random: RandomSource
  readonly ids: IdSource
  readonly stamp: Stamper
  readonly log: Logger
}

/** The estate's gates, open. */
export interface OpenEstate {
  readonly mqttPort: number
  /** Of terminals without TLS; null where none is listened at. */
  readonly terminalPort: number | null
  readonly authority: CertificateAuthority
  readonly registry: DeviceRegistry
  readonly care: DeviceCare
  readonly alarms: AlarmService
  readonly fire: FireZones
  readonly hands: GateHands
  readonly doors: DoorBoard
  /** Where devices show their claim codes. */
  readonly claimPort: number
  devices(): readonly CaredDevice[]
  isOnline(deviceId: string): boolean
  /** Ends this device's connection, if it has one. */
  disconnect(deviceId: string): void
  connectedCount(): number
}

export interface EstateDeps {
  readonly config: GatewayConfig
  readonly store: GatewayStore
  readonly engine: FaceEngine
  readonly roster: RosterView
  readonly terminals: Terminals
  readonly care: Pick<CareDeps, 'alarms' | 'peer'>
  readonly metrics: GatewayMetrics
  readonly runtime: GatewayRuntime
}

/**
 * From camera frames to doors: everything between the broker and the log, opened from the inside out, the broker last.
 * @throws GW_LISTEN where the port is taken, GW_PKI_* where the estate's authority cannot be used
 */
export async function openEstate(deps: EstateDeps, estateId: string, model: FaceModelInfo, parts: Lifecycle): Promise<OpenEstate> {
  const { config, store, engine, roster, metrics, runtime } = deps
  const { clock, random, ids, stamp, log } = runtime
  const authority = createCertificateAuthority({
    folder: join(config.dataDir, 'pki'), estateId, deviceValidityDays: config.mqtt.deviceCertificateDays, clock, random,
  })
  await authority.open()
  const { host, port, hostNames, connectionsMax } = config.mqtt
  const { loginOverTls, plainHost, plainPort } = config.terminals
  const plain = plainHost === null ? null : { host: plainHost, port: plainPort }
  const transport = createEmbeddedBroker({
    options: {
      estateId, host, port, connectionsMax, tls: await authority.serverTls(hostNames),
      ...(loginOverTls || plain !== null ? { logins: { overTls: loginOverTls, plain } } : {}),
    },
    observer: metrics.transport, clock, log: log.child({ part: 'broker' }),
  })
  const { publisher } = transport
  const clocks = createDeviceClocks({ clock })
  const doors = createDoorBoard((controllerId, doorNo, state) => access.onDoor(controllerId, doorNo, state))
  const registry = createDeviceRegistry({ store, clock, stamp, log: log.child({ part: 'device' }), lost: [clocks.forget, doors.onLost, (deviceId) => care.lost(deviceId)] })
  const access = createAccessService({
    view: { roster, clocks, doors }, store, publisher: createDoorPublisher({ publisher, estateId }), policy: config.access,
    runtime: { clock, ids, stamp, log: log.child({ part: 'access' }), observer: metrics.access },
  })
  const pump = createFramePump({
    engine, gates: roster, onOutcome: access.onOutcome, observer: metrics.frames,
    limits: { camerasMax: CAMERAS_WAITING_MAX, frameAgeMsMax: config.access.frameAgeMsMax },
    runtime: { clock, log: log.child({ part: 'capture' }) },
  })

  await parts.open('access', () => access.start(model.modelId), () => access.stop())
  await parts.open('devices', () => registry.start(), () => registry.stop())
  await parts.open('frames', () => pump.start(), () => pump.stop())
  const links = { publisher, roster, hands: access, registry, disconnect: transport.disconnect }
  const care = await openCare({ config, store, ...deps.care, authority, runtime }, links, parts)
  const terminals = await deps.terminals.open(transport.terminalPublisher, parts)
  const { port: mqttPort, plainPort: terminalPort } = await parts.open('broker', () => transport.start({
    admission: registry,
    connections: registry,
    terminals: terminals.side,
    handlers: {
      hello: createHelloHandler({ registry, clocks, care, clock }),
      heartbeat: createHeartbeatHandler({ registry, clocks, doors, fire: care.fire, clock }),
      doorEvent: createEventHandler({ store, gates: roster, doors, fire: care.fire, publisher, stamp }),
      commandResult: createCommandResultHandler({ commands: access, publisher }),
      cameraFrame: pump.onFrame,
      ...care.handlers,
      credential: ({ deviceId }, credential) => access.onCredential(deviceId, credential),
    },
  }), () => transport.stop())
  const { claimPort } = await care.serve(mqttPort, parts)
  return {
    mqttPort, terminalPort, claimPort, authority, registry, care, alarms: deps.care.alarms, fire: care.fire, hands: access, doors, devices: care.devices,
    isOnline: (deviceId) => registry.list().some((device) => device.deviceId === deviceId && device.online),
    disconnect: transport.disconnect, connectedCount: transport.connectedCount,
  }
}
