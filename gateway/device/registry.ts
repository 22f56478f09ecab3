import type { DeviceKind } from '#contract/message-table.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { type Result, err, ok } from '#kernel/result.js'
import { gatewayError } from '../errors.js'
import type { DeviceRow, GatewayStore, StoreTx } from '../store/types.js'
import { NOT_SAID, createInfoLog } from './info-log.js'
import type { DeviceInfoRow } from './care-ports.js'
import type { AdmissionRefusal, DeviceAdmission, DeviceConnections } from './ports.js'
import { type StatusLog, createStatusLog } from './status-log.js'

/** Three heartbeats of the slowest devices (30 s). Silence beyond it is offline, whatever the connection says. */
export const DEVICE_SILENCE_MS_MAX = 90_000

/** What a device says of itself in every hello and heartbeat. */
export interface DeviceWord {
  readonly bootId: string
  readonly wallMs: number
  readonly pendingEvents?: number
}

/** What it says of itself in a hello. */
export interface DeviceIntroduction extends DeviceWord {
  readonly model: string
  readonly firmware: string
  readonly capabilities: readonly string[]
}

export interface DeviceState {
  readonly deviceId: string
  readonly deviceKind: DeviceKind
  readonly revoked: boolean
  readonly online: boolean
  readonly bootId: string | null
  /** As of its last hello, of whichever life of the gateway; null before the first. */
  readonly model: string | null
  readonly firmware: string | null
  readonly capabilities: readonly string[]
  /** The gateway's wall clock at the device's last word; null where it has said none in this life of the gateway. */
  readonly lastSeenAtMs: number | null
  /** The device's wall clock minus the gateway's, at that word. */
  readonly clockOffsetMs: number | null
  /** Events the device still keeps. */
  readonly pendingEvents: number | null
}

/** Told where a device's connection ended, it fell silent, or it started anew: what was known of it is void. */
export type LostListener = (deviceId: string) => void

export interface DeviceRegistry extends DeviceAdmission, DeviceConnections {
  start(): Promise<void>
  stop(): void
  /**
   * A new device, or a new certificate for one: the old certificate is refused from now on. `also` is part of the transaction.
   * @throws GW_DEVICE_EXISTS
   */
  register(device: Omit<DeviceRow, 'revokedAtMs'>, also?: (tx: StoreTx) => Promise<void>): Promise<void>
  /** Durable once it resolves; whoever holds the connection then ends it. @throws GW_DEVICE_UNKNOWN */
  revoke(deviceId: string): Promise<void>
  /** The device said something: it is online, in this boot. Unknown devices are not listened to. */
  heard(deviceId: string, word: DeviceWord): void
  /** As `heard`; what it is and can is recorded where it changed. */
  introduced(deviceId: string, introduction: DeviceIntroduction): void
  /** Kind under which this id is registered, whether it may come or not. */
  kindOf(deviceId: string): DeviceKind | undefined
  list(): readonly DeviceState[]
}

interface Twin {
  row: DeviceRow
  connections: number
  online: boolean
  word: DeviceWord | undefined
  lastSeenAtMs: number | null
  cancelSilence: CancelTimer
}

const twinOf = (row: DeviceRow): Twin => ({ row, connections: 0, online: false, word: undefined, lastSeenAtMs: null, cancelSilence: () => undefined })

const stateOf = ({ row, online, word, lastSeenAtMs }: Twin, info: DeviceInfoRow | undefined): DeviceState => ({
  deviceId: row.deviceId,
  deviceKind: row.deviceKind,
  revoked: row.revokedAtMs !== null,
  online,
  bootId: word?.bootId ?? null,
  model: info === undefined || info.model === NOT_SAID ? null : info.model,
  firmware: info === undefined || info.firmware === NOT_SAID ? null : info.firmware,
  capabilities: info?.capabilities ?? [],
  lastSeenAtMs,
  clockOffsetMs: word === undefined || lastSeenAtMs === null ? null : word.wallMs - lastSeenAtMs,
  pendingEvents: word?.pendingEvents ?? null,
})

function admission(row: DeviceRow | undefined, fingerprint: string): Result<DeviceKind, AdmissionRefusal> {
  if (row === undefined) return err('unknown-device')
  if (row.revokedAtMs !== null) return err('revoked')
  return row.certificateFingerprint === fingerprint ? ok(row.deviceKind) : err('wrong-certificate')
}

/** Who is there: from connections, words and silence. */
function createPresence(deps: { twins: ReadonlyMap<string, Twin>; clock: Clock; lost: readonly LostListener[]; statusLog: StatusLog; state: (twin: Twin) => DeviceState }) {
  const { twins, clock, lost, statusLog, state } = deps

  const goOffline = (twin: Twin): void => {
    twin.cancelSilence()
    if (!twin.online) return
    twin.online = false
    for (const tell of lost) tell(twin.row.deviceId)
    statusLog.offline(state(twin))
  }
  return {
    connected({ deviceId }: DeviceAddress): void {
      const twin = twins.get(deviceId)
      if (twin !== undefined) twin.connections++
    },
    disconnected({ deviceId }: DeviceAddress): void {
      const twin = twins.get(deviceId)
      if (twin === undefined) return
      twin.connections = Math.max(0, twin.connections - 1)
      // A device that connects anew may be in before its old connection is out.
      if (twin.connections === 0) goOffline(twin)
    },
    heard(deviceId: string, word: DeviceWord): void {
      const twin = twins.get(deviceId)
      if (twin === undefined) return
      if (twin.online && twin.word?.bootId !== word.bootId) for (const tell of lost) tell(deviceId)
      twin.word = { ...(twin.word?.bootId === word.bootId ? twin.word : {}), ...word }
      twin.lastSeenAtMs = clock.wallMs()
      twin.online = true
      twin.cancelSilence()
      twin.cancelSilence = clock.after(DEVICE_SILENCE_MS_MAX, () => goOffline(twin))
      statusLog.online(state(twin))
    },
  }
}

/** Who the estate's devices are, and which of them are there. Every change between online and offline is a record. */
export function createDeviceRegistry(deps: {
  store: GatewayStore; clock: Clock; stamp: Stamper; log: Logger; lost: readonly LostListener[]
}): DeviceRegistry {
  const { store, clock, lost } = deps
  const twins = new Map<string, Twin>()
  const statusLog = createStatusLog(deps)
  const infos = createInfoLog(deps)
  const state = (twin: Twin): DeviceState => stateOf(twin, infos.of(twin.row.deviceId))
  const presence = createPresence({ twins, clock, lost, statusLog, state })

  const save = async (row: DeviceRow, also?: (tx: StoreTx) => Promise<void>): Promise<void> => {
    await infos.save(row, also)
    const twin = twins.get(row.deviceId)
    if (twin === undefined) twins.set(row.deviceId, twinOf(row))
    else twin.row = row
  }

  return {
    ...presence,
    async start() {
      await infos.start()
      for (const row of await store.devices()) twins.set(row.deviceId, twinOf(row))
    },
    stop() {
      for (const twin of twins.values()) twin.cancelSilence()
      statusLog.stop()
    },
    async register(device, also) {
      const held = twins.get(device.deviceId)?.row
      if (held !== undefined && held.deviceKind !== device.deviceKind) {
        throw gatewayError('GW_DEVICE_EXISTS', { deviceId: device.deviceId, deviceKind: held.deviceKind })
      }
      await save({ ...device, revokedAtMs: null }, also)
    },
    async revoke(deviceId) {
      const row = twins.get(deviceId)?.row
      if (row === undefined) throw gatewayError('GW_DEVICE_UNKNOWN', { deviceId })
      await save({ ...row, revokedAtMs: row.revokedAtMs ?? clock.wallMs() })
    },
    admit: (deviceId, fingerprint) => admission(twins.get(deviceId)?.row, fingerprint),
    admitVouched(deviceId) {
      const row = twins.get(deviceId)?.row
      return admission(row, row?.certificateFingerprint ?? '')
    },
    introduced(deviceId, { model, firmware, capabilities, ...word }) {
      const twin = twins.get(deviceId)
      if (twin === undefined) return
      presence.heard(deviceId, word)
      infos.heard(twin.row, { model, firmware, capabilities: [...capabilities] })
    },
    kindOf: (deviceId) => twins.get(deviceId)?.row.deviceKind,
    list: () => [...twins.values()].map(state),
  }
}
