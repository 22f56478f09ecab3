import { join } from 'node:path'
import type { Clock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { createRosterView } from './access/roster-view.js'
import { type RecordAction, createActionRecorder, createCareActions } from './app-care-control.js'
import { type Backups, awaitRevocations, openBackups } from './app-backup.js'
import { openAlarms } from './app-care.js'
import { type OpenDesk, openDesk } from './app-desk.js'
import { type EstateDeps, type GatewayRuntime, type OpenEstate, openEstate } from './app-estate.js'
import { openStore } from './app-store.js'
import { type Claimed, type OpenSync, claimGateway, openSync } from './app-sync.js'
import { type Terminals, loadTerminals } from './app-terminals.js'
import type { GatewayConfig } from './config.js'
import { COMMAND_LINE } from './desk/action-record.js'
import { gatewayError } from './errors.js'
import { createFaceEngine } from './face/worker-pool.js'
import type { FaceModelInfo, SplitFaceEngine } from './face/types.js'
import { type Lifecycle, createLifecycle } from './lifecycle.js'
import { type ControlActions, createControlServer } from './ops/control-server.js'
import type { GatewayState, GatewayStatus } from './ops/gateway-status.js'
import { createHealthServer } from './ops/health-server.js'
import { type GatewayMetrics, createGatewayMetrics } from './ops/metrics.js'
import type { TerminalActions } from './ops/terminal-control.js'
import { packageRoot, packageVersion } from './package-root.js'
import type { SpaceGuard } from './store/space-guard.js'
import type { GatewayStore } from './store/types.js'
import { observeCommits } from './sync/observe-commits.js'
import { createRetryLoop } from './sync/retry-loop.js'

export interface GatewayDeps {
  readonly config: GatewayConfig
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
}

export interface Gateway {
  /**
   * Opens everything, the doors' broker last. A gateway that the server does not know yet waits for it, nothing open.
   * @returns the open ports; undefined where it was told to stop before
   * @throws AppError; everything that was opened is closed again
   */
  start(): Promise<{ readonly mqttPort: number; readonly claimPort: number; readonly opsPort: number; readonly terminalPort?: number; readonly deskPort?: number } | undefined>
  /** Begins a clean stop, now or as soon as the start lets go. */
  requestStop(): void
  /** Resolves when all is closed after a `requestStop`; true where every part closed well. */
  stopped(): Promise<boolean>
}

const DAY_MS = 86_400_000
const PRUNE_TIMES = { idleMs: 6 * 3_600_000, coalesceMs: 0, retryMsMin: 60_000, retryMsMax: 3_600_000 }

/** What has been opened so far; each is set once. */
interface Opened {
  state: GatewayState
  opsPort: number | null
  store?: GatewayStore
  space?: SpaceGuard
  engine?: SplitFaceEngine
  model?: FaceModelInfo
  claimed?: Claimed
  terminals?: Terminals
  sync?: OpenSync
  estate?: OpenEstate
  desk?: OpenDesk
  backups?: Backups
}

/** The gateway's process: the one place that sees every folder. Starts nothing by itself. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { config, clock, random, log } = deps
  const ids = createIdSource({ clock, random })
  const bootId = ids.uuid()
  const runtime: GatewayRuntime = { clock, random, ids, stamp: createStamper({ clock, ids, bootId }), log }
  const parts = createLifecycle({ log })
  const stopping = new AbortController()
  const opened: Opened = { state: 'starting', opsPort: null }
  const life = { bootId, startedAtMs: clock.wallMs(), version: packageVersion() }
  const metrics = createGatewayMetrics()
  let starting: Promise<unknown> = Promise.resolve()

  const requestStop = (): void => {
    opened.state = 'stopping'
    stopping.abort()
  }
  const status = (): Promise<GatewayStatus> => readStatus(opened, config, life)

  const openAll = async (): ReturnType<Gateway['start']> => {
    const { store: bare, space } = await openStore(deps, parts)
    const store = observeCommits(bare, () => {
      opened.sync?.sync.committed()
      opened.desk?.committed()
    })
    Object.assign(opened, { store, space })
    await parts.open('metrics', () => metrics.start(), () => metrics.stop())
    const actions = controlActions(opened, status, requestStop, createActionRecorder({ store, stamp: runtime.stamp }))
    const opsPort = await openOperations({ config, status, metrics, log, actions }, parts)
    opened.opsPort = opsPort
    const engine = createEngine(deps)
    const model = await parts.open('face', () => engine.start(), () => engine.stop())
    Object.assign(opened, { engine, model })

    if ((await store.identity()) === undefined && opened.state === 'starting') opened.state = 'unclaimed'
    const claimed = await claimGateway({ config, store, runtime }, stopping.signal)
    if (claimed === undefined || stopping.signal.aborted) return undefined
    opened.claimed = claimed
    await recordStart(store, runtime, life.version, model)
    const estate = await openGates(opened, { config, engine, store, space, metrics, runtime, signal: stopping.signal }, claimed, model, parts)
    opened.backups = await openBackups({ config, store, alarms: estate.alarms, runtime, version: life.version }, parts)
    const pruning = createPruning(deps, store, async () => opened.desk?.prune())
    await parts.open('pruning', () => pruning.start(), () => pruning.stop())
    if (stopping.signal.aborted) return undefined
    opened.state = 'open'
    const { mqttPort, claimPort, terminalPort } = estate
    const deskPort = opened.desk?.port
    return { mqttPort, claimPort, opsPort, ...(terminalPort === null ? {} : { terminalPort }), ...(deskPort === undefined ? {} : { deskPort }) }
  }

  return {
    async start() {
      const opening = openAll()
      starting = opening.catch(() => undefined)
      try {
        return await opening
      } catch (error) {
        opened.state = 'stopping'
        await parts.close()
        throw error
      }
    },
    requestStop,
    async stopped() {
      if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }))
      await starting
      return parts.close()
    },
  }
}

/** What operators and monitors ask, from the first moment on. @returns the port of health and metrics */
async function openOperations(
  deps: Pick<GatewayDeps, 'config' | 'log'> & { status: () => Promise<GatewayStatus>; metrics: GatewayMetrics; actions: ControlActions }, parts: Lifecycle,
): Promise<number> {
  const { config, status, metrics, actions, log } = deps
  const control = createControlServer({ dataDir: config.dataDir, actions, log: log.child({ part: 'control' }) })
  await parts.open('control', () => control.start(), () => control.stop())
  const health = createHealthServer({ ...config.ops, status, metrics, log: log.child({ part: 'health' }) })
  const { port } = await parts.open('health', () => health.start(), () => health.stop())
  return port
}

type GatesDeps = Omit<EstateDeps, 'roster' | 'rosterAgeMs' | 'terminals' | 'care' | 'admitFrame'> & { readonly space: SpaceGuard; readonly signal: AbortSignal }

/** Everything between the roster and the doors, alarms first: what is opened after them may raise one. */
async function openGates(
  opened: Opened, deps: GatesDeps, claimed: Claimed, model: FaceModelInfo, parts: Lifecycle,
): Promise<OpenEstate> {
  const { config, runtime, metrics } = deps
  const roster = createRosterView()
  const { alarms, store } = await openAlarms(deps, parts)
  const terminals = await loadTerminals({ config: config.terminals, store, view: roster, observer: metrics.terminals, runtime })
  opened.terminals = terminals
  const sync = await openSync({ ...deps, store, roster, terminals, followed: (next) => opened.estate?.care.follow(next) }, claimed, model, parts)
  opened.sync = sync
  await awaitRevocations({ ...deps, store, sync: sync.sync }, deps.signal)
  const { peer } = claimed
  const { admitFrame } = deps.space
  const estate = await openEstate({
    ...deps, store, roster, rosterAgeMs: sync.rosterAgeMs, terminals, care: { alarms, peer }, admitFrame,
  }, peer.identity.estateId, model, parts)
  opened.estate = estate
  estate.care.follow(sync.roster())
  opened.desk = await openDesk({ ...deps, store, sync, estate }, peer.identity.estateId, parts)
  return estate
}

function createEngine({ config, clock, log }: GatewayDeps): SplitFaceEngine {
  const { manifestFile, workers, remotes: _, ...thresholds } = config.face
  const settings = Object.fromEntries(Object.entries(thresholds).filter(([, value]) => value !== null))
  return createFaceEngine({
    manifestPath: manifestFile ?? join(packageRoot(), 'models', 'manifest.json'), settings, workers,
    clock, log: log.child({ part: 'face' }),
  })
}

async function recordStart(store: GatewayStore, { stamp }: GatewayRuntime, version: string, model: FaceModelInfo): Promise<void> {
  const { cursor: rosterCursor } = await store.roster()
  await store.transact((tx) => tx.append({
    kind: 'gateway-start.v1', ...stamp(), version, modelId: model.modelId, modelDigest: model.digest, rosterCursor,
    cleanShutdown: store.wasCleanShutdown(),
  }))
}

/** Forgets what the server has, after the days that the configuration keeps it. */
function createPruning({ config, clock, random, log }: GatewayDeps, store: GatewayStore, pruneDesk: () => Promise<void>) {
  return createRetryLoop({
    clock, random, times: PRUNE_TIMES,
    async round() {
      const beforeMs = Math.max(0, clock.wallMs() - config.store.keepDays * DAY_MS)
      const rows = await store.prune({ recordsBeforeMs: beforeMs, claimsBeforeMs: beforeMs })
      if (rows > 0) log.info({ rows }, 'old rows were removed')
      await pruneDesk()
      return 'idle'
    },
  })
}

function controlActions(opened: Opened, status: () => Promise<GatewayStatus>, stop: () => void, record: RecordAction): ControlActions {
  const ready = () => {
    const { state, estate, sync, terminals, desk, backups } = opened
    if (state !== 'open' || estate === undefined || sync === undefined || terminals === undefined || desk === undefined || backups === undefined) {
      throw gatewayError('GW_CONTROL_NOT_READY', { state })
    }
    return { estate, terminals, operators: desk.operators, enrolment: sync.enrolment, backups }
  }
  const terminalActions = (): TerminalActions => {
    const { estate, terminals } = ready()
    const actions = terminals.actions((deviceId) => estate.authority.issueDevice({ deviceKind: 'terminal', deviceId }), estate.disconnect)
    return {
      ...actions,
      async issue(request) {
        const held = estate.registry.list().find((device) => device.deviceId === request.id)
        if (held !== undefined) throw gatewayError('GW_DEVICE_EXISTS', { deviceId: request.id, deviceKind: held.deviceKind })
        return actions.issue(request)
      },
    }
  }
  return {
    status,
    stop,
    terminals: terminalActions,
    backup: async () => ready().backups.take(),
    brokerFiles: async (folder) => ready().estate.brokerFiles(folder),
    care: () => createCareActions(ready().estate, record),
    operators: () => ready().operators,
    takings: () => {
      const { payments } = ready().estate
      return { today: payments.today, count: () => payments.closeNow(COMMAND_LINE.operatorRef) }
    },
    async issueDevice(deviceKind, deviceId) {
      const { estate, terminals } = ready()
      if (terminals.isTerminal(deviceId)) throw gatewayError('GW_DEVICE_EXISTS', { deviceId, deviceKind: 'terminal' })
      const certificate = await estate.authority.issueDevice({ deviceKind, deviceId })
      await estate.registry.register({ deviceId, deviceKind, certificateFingerprint: certificate.fingerprint }, (tx) => tx.dropParameterResult(deviceId))
      estate.care.replaced(deviceId)
      await record('device-claim', deviceId, 'done')
      return certificate
    },
    async revokeDevice(deviceId) {
      const { estate, terminals } = ready()
      if (terminals.isTerminal(deviceId)) return terminalActions().revoke(deviceId)
      await estate.registry.revoke(deviceId)
      estate.disconnect(deviceId)
      await record('device-revoke', deviceId, 'done')
    },
    enrol: async (personRef, photos, options) => ready().enrolment.enrol(personRef, photos, options),
  }
}

async function readStatus(
  opened: Opened, config: GatewayConfig, life: Pick<GatewayStatus, 'bootId' | 'startedAtMs' | 'version'>,
): Promise<GatewayStatus> {
  const { state, opsPort, store, space, engine, model, claimed, sync, estate, backups } = opened
  const head = store?.head()
  const roster = sync?.roster()
  const { workers } = config.face
  return {
    state, ...life, opsPort,
    gatewayId: claimed?.peer.identity.gatewayId ?? null,
    estateId: claimed?.peer.identity.estateId ?? null,
    mqttPort: estate?.mqttPort ?? null,
    log: store === undefined || head === undefined ? null
      : { epoch: head.epoch, seq: head.seq, backlogRecords: await store.backlog() },
    space: space?.status() ?? null,
    roster: roster === undefined || sync === undefined ? null
      : { cursor: roster.cursor, persons: roster.persons.length, gates: roster.gates.length, ageMs: Math.round(sync.rosterAgeMs()) },
    face: engine === undefined || model === undefined ? null
      : { ...engine.status(), modelId: model.modelId, workers, galleryPersons: engine.size(), remotes: estate?.remoteFaces.status() ?? [] },
    devicesConnected: estate?.connectedCount() ?? 0,
    sync: sync?.sync.status() ?? null,
    backup: backups?.status() ?? null,
  }
}
