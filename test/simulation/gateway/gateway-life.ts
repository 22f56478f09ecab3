import type { Clock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { silentLogger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { createAccessService } from '../../../gateway/access/access-service.js'
import { createDoorBoard } from '../../../gateway/access/door-board.js'
import { createRosterView } from '../../../gateway/access/roster-view.js'
import { createAlarmService } from '../../../gateway/alarm/alarm-service.js'
import { createFireZones } from '../../../gateway/alarm/fire-zones.js'
import { createRecordWatch } from '../../../gateway/alarm/record-watch.js'
import { watchRecords } from '../../../gateway/alarm/watched-store.js'
import type { GatewayRuntime } from '../../../gateway/app-estate.js'
import { openSync } from '../../../gateway/app-sync.js'
import { loadTerminals } from '../../../gateway/app-terminals.js'
import { createNotices } from '../../../gateway/broker/notices.js'
import { createRouter } from '../../../gateway/broker/router.js'
import { createFramePump } from '../../../gateway/capture/frame-pump.js'
import type { GatewayConfig } from '../../../gateway/config.js'
import { createCommandResultHandler } from '../../../gateway/device/command-result-handler.js'
import { createDeviceClocks } from '../../../gateway/device/controller-clock.js'
import { createDoorPublisher } from '../../../gateway/device/door-publisher.js'
import { createEventHandler } from '../../../gateway/device/event-handler.js'
import { createHeartbeatHandler } from '../../../gateway/device/heartbeat-handler.js'
import { createHelloHandler } from '../../../gateway/device/hello-handler.js'
import type { DevicePublisher } from '../../../gateway/device/ports.js'
import { createDeviceRegistry } from '../../../gateway/device/registry.js'
import type { FaceEngine } from '../../../gateway/face/types.js'
import { type Lifecycle, createLifecycle } from '../../../gateway/lifecycle.js'
import { createOrderHandlers } from '../../../gateway/orders/order-handlers.js'
import { createOrderRunner } from '../../../gateway/orders/order-runner.js'
import { createGatewayStore } from '../../../gateway/store/gateway-store.js'
import type { Connect } from '../../../gateway/store/sqlite.js'
import type { GatewayIdentity, GatewayStore } from '../../../gateway/store/types.js'
import { beginWriting, createEpochKeeper } from '../../../gateway/sync/epoch.js'
import { observeCommits } from '../../../gateway/sync/observe-commits.js'
import { createOrderPoller } from '../../../gateway/sync/order-poller.js'
import { createRetryLoop } from '../../../gateway/sync/retry-loop.js'
import type { ServerClient } from '../../../gateway/sync/server-client.js'
import type { SigningKey } from '../../../gateway/sync/signing-key.js'
import type { Life } from '../engine/life.js'
import type { GatewayEnd } from '../network/virtual-broker.js'
import { MODEL } from './face-engine.js'

export interface GatewayLifeDeps {
  readonly process: { readonly life: Life; readonly clock: Clock; readonly random: RandomSource }
  readonly disk: { readonly path: string; readonly connect: Connect; readonly templateKey: Uint8Array }
  readonly peer: { readonly client: ServerClient; readonly key: SigningKey }
  readonly engine: FaceEngine
  readonly publisher: DevicePublisher
  readonly config: GatewayConfig
  /** False where nobody gives orders. */
  readonly asksForOrders: boolean
}

/** What is open of one life of the gateway. */
export interface OpenGateway extends GatewayEnd {
  readonly store: GatewayStore
  readonly sync: Awaited<ReturnType<typeof openSync>>
  /** Stops as the process does when it is asked to. */
  close(): Promise<boolean>
}

const PRUNE_TIMES = { idleMs: 20_000, coalesceMs: 0, retryMsMin: 5_000, retryMsMax: 60_000 }
const DAY_MS = 86_400_000
const CAMERAS_WAITING_MAX = 8
const NOT_HERE = (): Promise<never> => Promise.reject(new Error('nobody orders this here'))
const UNHEARD = { message: () => undefined, anomaly: () => undefined, personRefused: () => undefined }
const UNSEEN = { decided: () => undefined, commandSent: () => undefined, commandSettled: () => undefined, anomaly: () => undefined }

interface Opening extends GatewayLifeDeps {
  readonly runtime: GatewayRuntime
  readonly parts: Lifecycle
  readonly store: GatewayStore
  readonly identity: GatewayIdentity
}

/** The estate's side: rules, devices, doors, alarms, orders. As `openEstate` and `openCare`, without sockets, certificates and files. */
async function openGates(deps: Opening & { roster: ReturnType<typeof createRosterView>; alarms: ReturnType<typeof createAlarmService>; rosterAgeMs: () => number }) {
  const { store, roster, alarms, publisher, engine, config, identity, runtime, parts, rosterAgeMs } = deps
  const { clock, random, ids, stamp, log } = runtime
  const clocks = createDeviceClocks({ clock })
  const doors = createDoorBoard((controllerId, doorNo, state) => access.onDoor(controllerId, doorNo, state))
  const registry = createDeviceRegistry({ store, clock, stamp, log, lost: [clocks.forget, doors.onLost] })
  const access = createAccessService({
    view: { roster, clocks, doors, rosterAgeMs }, store, publisher: createDoorPublisher({ publisher, estateId: identity.estateId }), policy: config.access,
    runtime: { clock, ids, stamp, log, observer: UNSEEN },
  })
  const pump = createFramePump({
    engine, gates: roster, onOutcome: access.onOutcome, observer: { received: () => undefined, dropped: () => undefined },
    limits: { camerasMax: CAMERAS_WAITING_MAX, frameAgeMsMax: config.access.frameAgeMsMax, admits: () => true }, runtime: { clock, log },
  })
  await parts.open('access', () => access.start(MODEL.modelId), () => access.stop())
  await parts.open('devices', () => registry.start(), () => registry.stop())
  await parts.open('frames', () => pump.start(), () => pump.stop())
  const fire = createFireZones({ store, gates: () => roster.gates(), hands: access, alarms, clock, log })
  await parts.open('fire', () => fire.start(), () => fire.stop())
  const handlers = createOrderHandlers({
    gates: access, alarms, claims: { accept: NOT_HERE }, firmware: { order: NOT_HERE }, revokeDevice: (deviceId) => registry.revoke(deviceId),
  })
  const runner = createOrderRunner({ store, handlers, clock, stamp, log })
  const router = createRouter({
    notices: createNotices({ publisher, clock }), observer: { rejected: () => undefined, undelivered: () => undefined }, log,
    handlers: {
      hello: createHelloHandler({ registry, clocks, care: { connected: () => undefined }, clock }),
      heartbeat: createHeartbeatHandler({ registry, clocks, doors, fire, clock }),
      doorEvent: createEventHandler({ store, gates: roster, doors, fire, publisher, stamp }),
      commandResult: createCommandResultHandler({ commands: access, publisher }),
      cameraFrame: pump.onFrame,
      credential: ({ deviceId }, credential) => access.onCredential(deviceId, credential),
    },
  })
  const openOrders = async (client: ServerClient): Promise<void> => {
    const peer = { client, identity, key: deps.peer.key }
    const poller = createOrderPoller({ peer, runtime: { clock, random, log }, run: runner.run, refuse: runner.refuse, requestTimeoutMs: config.sync.requestTimeoutMs })
    await parts.open('orders', () => poller.start(), () => poller.stop())
  }
  return { registry, fire, router, openOrders }
}

/**
 * Opens one life of a gateway out of its own parts, in the order of its process. Resolves once devices can connect; undefined
 * where it died before.
 */
export async function openGateway(deps: GatewayLifeDeps): Promise<OpenGateway> {
  const { process: { life, clock, random }, disk, engine, config } = deps
  const log = silentLogger
  const ids = createIdSource({ clock, random })
  const runtime: GatewayRuntime = { clock, random, ids, stamp: createStamper({ clock, ids, bootId: ids.uuid() }), log }
  const parts = createLifecycle({ log })
  let committed = (): void => undefined
  const bare = createGatewayStore({ path: disk.path, templateKey: disk.templateKey, clock, random, log, space: { connect: disk.connect } })
  const seen = observeCommits(bare, () => committed())
  await parts.open('store', () => seen.open(), () => seen.close())
  const identity = await seen.identity()
  if (identity === undefined) throw new Error('the disk has no identity')
  const peer = { ...deps.peer, identity }
  const epochs = createEpochKeeper({ peer, store: seen, log })
  await beginWriting({ epochs, store: seen, runtime: { clock, random, log } }, new AbortController().signal)
  const { cursor: rosterCursor } = await seen.roster()
  await seen.transact((tx) => tx.append({
    kind: 'gateway-start.v1', ...runtime.stamp(), version: '0.0.0', modelId: MODEL.modelId, modelDigest: MODEL.digest, rosterCursor, cleanShutdown: seen.wasCleanShutdown(),
  }))
  const alarms = createAlarmService({ store: seen, clock, ids, stamp: runtime.stamp, log })
  await parts.open('alarms', () => alarms.start(), () => alarms.stop())
  const store = watchRecords(seen, createRecordWatch({ alarms, limits: config.alarms, clock }))
  const roster = createRosterView()
  const terminals = await loadTerminals({ config: config.terminals, store, view: roster, observer: UNHEARD, runtime })
  let gatesChanged = (): void => undefined
  const sync = await openSync({ config, store, engine, roster, terminals, followed: () => gatesChanged(), runtime }, { peer, epochs }, MODEL, parts)
  committed = () => sync.sync.committed()
  const gates = await openGates({ ...deps, runtime, parts, store, identity, roster, alarms, rosterAgeMs: sync.rosterAgeMs })
  gatesChanged = () => gates.fire.gatesChanged()
  if (deps.asksForOrders) await gates.openOrders(peer.client)
  const pruning = createRetryLoop({
    clock, random, times: PRUNE_TIMES,
    async round() {
      const beforeMs = Math.max(0, clock.wallMs() - config.store.keepDays * DAY_MS)
      await store.prune({ recordsBeforeMs: beforeMs, claimsBeforeMs: beforeMs })
      return 'idle'
    },
  })
  await parts.open('pruning', () => pruning.start(), () => pruning.stop())
  return { life, admission: gates.registry, connections: gates.registry, route: gates.router, store, sync, close: parts.close }
}
