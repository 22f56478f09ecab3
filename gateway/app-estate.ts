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
import { createFramePump } from './capture/frame-pump.js'
import { openTransport, renderBrokerFiles } from './app-broker.js'
import { type CareDeps, type CareLinks, type DeviceCare, openCare } from './app-care.js'
import { type OpenPayments, openPayments } from './app-payment.js'
import { openRemoteFaces, remoteFaceHandlers } from './app-remote-faces.js'
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
import type { FaceModelInfo, SplitFaceEngine } from './face/types.js'
import type { RemoteFaces } from './face-host/remote-faces.js'
import type { Lifecycle } from './lifecycle.js'
import type { RenderBrokerFiles } from './ops/broker-control.js'
import type { GatewayMetrics } from './ops/metrics.js'
import type { TerminalReport } from './ops/terminal-control.js'
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
  /** Days of payments, as this gateway counts them. */
  readonly payments: OpenPayments['close']
  /** Face workers in other processes. */
  readonly remoteFaces: RemoteFaces
  /** Where devices show their claim codes. */
  readonly claimPort: number
  devices(): readonly CaredDevice[]
  /** Face terminals of other makers. */
  terminals(): readonly TerminalReport[]
  isOnline(deviceId: string): boolean
  /** Ends this device's connection, if it has one. */
  disconnect(deviceId: string): void
  connectedCount(): number
  readonly brokerFiles: RenderBrokerFiles
}

export interface EstateDeps {
  readonly config: GatewayConfig
  readonly store: GatewayStore
  readonly engine: SplitFaceEngine
  readonly roster: RosterView
  readonly rosterAgeMs: () => number
  readonly terminals: Terminals
  readonly care: Pick<CareDeps, 'alarms' | 'peer'>
  /** False where a frame must not be looked at, for want of space. */
  readonly admitFrame: () => boolean
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
  const transport = await openTransport(deps, estateId, authority)
  const { publisher } = transport
  const clocks = createDeviceClocks({ clock })
  const doors = createDoorBoard((controllerId, doorNo, state) => access.onDoor(controllerId, doorNo, state))
  const remoteFaces = openRemoteFaces(deps, estateId, model, publisher)
  const registry = createDeviceRegistry({
    store, clock, stamp, log: log.child({ part: 'device' }), lost: [clocks.forget, doors.onLost, remoteFaces.lost, (deviceId) => care.lost(deviceId)],
  })
  const access = createAccessService({
    view: { roster, rosterAgeMs: deps.rosterAgeMs, clocks, doors }, store, publisher: createDoorPublisher({ publisher, estateId }), policy: config.access,
    runtime: { clock, ids, stamp, log: log.child({ part: 'access' }), observer: metrics.access },
  })
  const pump = createFramePump({
    engine: { analyse: engine.analyse, workers: engine.workers, laneOf: remoteFaces.laneOf }, gates: roster, onOutcome: access.onOutcome, observer: metrics.frames,
    limits: { camerasMax: CAMERAS_WAITING_MAX, frameAgeMsMax: config.access.frameAgeMsMax, admits: deps.admitFrame },
    runtime: { clock, log: log.child({ part: 'capture' }) },
  })

  await parts.open('access', () => access.start(model.modelId), () => access.stop())
  await parts.open('devices', () => registry.start(), () => registry.stop())
  await parts.open('frames', () => pump.start(), () => pump.stop())
  // Closed before it: nothing that is away is waited for.
  await parts.open('face workers', () => undefined, () => remoteFaces.stop())
  const terminalActions = deps.terminals.actions((deviceId) => authority.issueDevice({ deviceKind: 'terminal', deviceId }), transport.disconnect)
  const links: CareLinks = {
    publisher, roster, rosterAgeMs: deps.rosterAgeMs, hands: access, registry, disconnect: transport.disconnect, terminals: terminalActions.list,
    async revoke(deviceId) {
      if (deps.terminals.isTerminal(deviceId)) return terminalActions.revoke(deviceId)
      await registry.revoke(deviceId)
      transport.disconnect(deviceId)
    },
  }
  const care = await openCare({ config, store, ...deps.care, authority, runtime }, links, parts)
  const hasTills = (): boolean => registry.list().some(({ deviceKind, revoked }) => deviceKind === 'till' && !revoked)
  const payments = await openPayments({ store, peer: deps.care.peer, publisher, hasTills, runtime }, parts)
  const terminals = await deps.terminals.open(transport.terminalPublisher, ({ gateId, personRef: holder, direction, atMs }) =>
    access.onCrossed(gateId, { holder, direction, atMs }), parts)
  const { port: mqttPort, plainPort: terminalPort } = await parts.open('broker', () => transport.start({
    admission: registry,
    connections: registry,
    terminals: terminals.side,
    handlers: {
      ...remoteFaceHandlers(remoteFaces, {
        hello: createHelloHandler({ registry, clocks, care, clock }), heartbeat: createHeartbeatHandler({ registry, clocks, doors, fire: care.fire, clock }),
      }),
      doorEvent: createEventHandler({ store, gates: roster, doors, fire: care.fire, publisher, stamp }),
      commandResult: createCommandResultHandler({ commands: access, publisher }),
      cameraFrame: pump.onFrame,
      ...care.handlers,
      ...payments.handlers,
      credential: ({ deviceId }, credential) => access.onCredential(deviceId, credential),
    },
  }), () => transport.stop())
  const { claimPort } = await care.serve(mqttPort, parts)
  return {
    mqttPort, terminalPort, claimPort, authority, registry, care, remoteFaces, alarms: deps.care.alarms, fire: care.fire, hands: access, doors, payments: payments.close,
    devices: care.devices, terminals: terminalActions.list,
    isOnline: (deviceId) => registry.list().some((device) => device.deviceId === deviceId && device.online),
    disconnect: transport.disconnect, connectedCount: transport.connectedCount,
    brokerFiles: (folder) => renderBrokerFiles(config, { estateId, authority, revoked: registry.list().filter(({ revoked }) => revoked).map(({ deviceId }) => deviceId) }, folder),
  }
}
