import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { AlarmService } from './alarm/alarm-service.js'
import type { FireZones } from './alarm/fire-zones.js'
import type { DoorBoard } from './access/door-board.js'
import type { GateHands, HandOutcome } from './access/ports.js'
import type { OpenEstate, GatewayRuntime } from './app-estate.js'
import type { OpenSync } from './app-sync.js'
import type { GatewayConfig } from './config.js'
import { COMMAND_LINE } from './desk/action-record.js'
import { type DeskEstate, type DeskStaff, createDesk, createDeskStaff } from './desk/desk.js'
import { createDeskPruning } from './desk/desk-pruning.js'
import { createDeskServer } from './desk/desk-server.js'
import type { OperatorService } from './desk/operator-service.js'
import type { DeskAlarms, DeskDoors, DeskFaces, DeskRoster, DeskUplink, DoorAnswer } from './desk/ports.js'
import { gatewayError } from './errors.js'
import type { FaceEngine } from './face/types.js'
import type { Lifecycle } from './lifecycle.js'
import type { OperatorActions } from './ops/operator-control.js'
import { packageRoot } from './package-root.js'
import type { GatewayStore } from './store/types.js'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** What the desk is in this process: its operators always, its page where the configuration names an address. */
export interface OpenDesk {
  readonly port?: number
  /** For the command line. */
  readonly operators: OperatorActions
  /** Something was appended to the log. */
  committed(): void
  /** Forgets old notes and logins, and visits that have long been over, their names with them. */
  prune(): Promise<void>
}

export interface DeskParts {
  readonly config: GatewayConfig
  readonly store: GatewayStore
  readonly engine: FaceEngine
  readonly sync: OpenSync
  readonly estate: OpenEstate
  readonly runtime: GatewayRuntime
}

/** @throws GW_LISTEN, GW_DESK_PUBLIC_ADDRESS, GW_PKI_* */
export async function openDesk(deps: DeskParts, estateId: string, parts: Lifecycle): Promise<OpenDesk> {
  const staff = createDeskStaff(deps)
  const { config, store, sync, runtime: { clock } } = deps
  const base = {
    operators: operatorActions(staff.operators),
    prune: createDeskPruning({ store, roster: { agree: (items, also) => sync.agree(items, also) }, clock, keepMs: config.desk.noteDays * DAY_MS }),
  }
  const { host } = config.desk
  if (host === null) return { ...base, committed: () => undefined }
  return { ...base, ...(await openPage(deps, estateId, staff, host, parts)) }
}

async function openPage(deps: DeskParts, estateId: string, staff: DeskStaff, host: string, parts: Lifecycle): Promise<{ port: number; committed: () => void }> {
  const { config, store, estate, runtime } = deps
  const { port, hostNames, allowPublic, sessionHours, idleMinutes } = config.desk
  const log = runtime.log.child({ part: 'desk' })
  const desk = await createDesk({
    store, staff, estate: estateOf(deps, estateId), runtime: { ...runtime, log }, times: { lifeMs: sessionHours * HOUR_MS, idleMs: idleMinutes * MINUTE_MS },
    pageFolder: join(packageRoot(), 'dist', 'desk'),
  })
  const tls = await estate.authority.serverTls([...config.mqtt.hostNames, ...hostNames, ...(isWildcard(host) ? machineAddresses() : [host])], 'desk')
  const server = createDeskServer({ app: desk.app, tls, options: { host, port, allowPublic }, machineAddresses, clock: runtime.clock })
  const opened = await parts.open('desk', () => server.start(), () => server.stop())
  return { port: opened.port, committed: desk.committed }
}

const operatorActions = (operators: OperatorService): OperatorActions => ({
  list: operators.list,
  create: (operator) => operators.create(COMMAND_LINE, operator),
  async disable({ loginName, erase }) {
    const held = (await operators.list()).find((each) => each.loginName === loginName)
    if (held === undefined) throw gatewayError('GW_DESK_NOT_FOUND', { field: 'loginName' })
    await operators.disable(COMMAND_LINE, held.operatorRef, { erase })
  },
})

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'
const machineAddresses = (): string[] => Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address.split('%')[0] as string))

function estateOf({ store, engine, sync, estate }: DeskParts, estateId: string): DeskEstate {
  return {
    estateId,
    doors: doorsOf(sync, estate),
    alarms: alarmsOf(estate.alarms),
    devices: () => [
      ...estate.devices().map(({ deviceId, deviceKind, online, revoked, lastSeenAtMs, firmware, clockOffsetMs, faults }) =>
        ({ deviceId, deviceKind, online, revoked, lastSeenAtMs, firmware, clockOffsetMs, faults })),
      ...estate.terminals().map(({ terminalId: deviceId, online, revoked, lastSeenAtMs, clockOffsetMs }) =>
        ({ deviceId, deviceKind: 'terminal' as const, online, revoked, lastSeenAtMs, firmware: null, clockOffsetMs, faults: [] })),
    ],
    roster: rosterOf(sync, estate.hands),
    faces: facesOf(engine, sync),
    takings: { today: estate.payments.today, count: estate.payments.closeNow },
    uplink: () => uplinkOf(store, sync),
  }
}

const answerOf = ({ outcome, reason, passageId }: HandOutcome): DoorAnswer => ({ outcome, reason, passageId })

function doorsOf(sync: OpenSync, { hands, doors, fire, isOnline }: { hands: GateHands; doors: DoorBoard; fire: FireZones; isOnline(deviceId: string): boolean }): DeskDoors {
  return {
    state(gateId) {
      const gate = sync.roster().gates.find((each) => each.gateId === gateId)
      const held = hands.doorModes().find((each) => each.gateId === gateId)
      return {
        door: gate === undefined ? { kind: 'unknown' } : doors.state(gate.controllerId, gate.doorNo), online: gate !== undefined && isOnline(gate.controllerId),
        mode: held?.mode ?? 'normal', modeCause: held?.cause ?? null,
      }
    },
    open: async ({ gateId, operatorRef, override }) => answerOf(await hands.openByHand({ gateId, way: 'guard', operatorRef, override })),
    setMode: async ({ gateId, operatorRef, mode }) => answerOf(await hands.setDoorMode({ gateId, mode, cause: 'operator', operatorRef })),
    async resetZone({ zoneId, operatorRef }) {
      const done = (await fire.reset(zoneId, operatorRef)) === 'done'
      return { outcome: done ? 'executed' : 'refused', reason: done ? null : 'fire-input', passageId: null }
    },
  }
}

const alarmsOf = (alarms: AlarmService): DeskAlarms => ({
  list: () => alarms.list().map(({ alarmId, alarm, phase, gateId, deviceId, personRef, raisedAtMs, detail }) => ({
    alarmId, alarm, gateId, deviceId, personRef, raisedAtMs, detail,
    state: phase.kind === 'open' && phase.acknowledged ? 'acknowledged' : 'raised', over: phase.kind === 'cleared' || !phase.active,
    mayClear: phase.kind === 'open' && !phase.active,
  })),
  move: (order) => alarms.move(order),
})

function rosterOf(sync: OpenSync, hands: GateHands): DeskRoster {
  return {
    persons: () => sync.roster().persons,
    gates: () => sync.roster().gates.map(({ devices, ...gate }) => ({ ...gate, devices: devices.map(({ deviceId }) => deviceId) })),
    consents: () => sync.roster().consents,
    permits: () => sync.roster().permits,
    visits: () => sync.roster().visits,
    credentials: () => sync.roster().credentials.map(({ secret, ...credential }) => ({ ...credential, kind: secret.kind })),
    agree: (items, also) => sync.agree(items, also),
    block: (block) => hands.blockCredential(block),
  }
}

const facesOf = (engine: FaceEngine, sync: OpenSync): DeskFaces => ({
  look: (photo) => engine.embed(photo),
  enrol: (personRef, photos, options) => sync.enrolment.enrol(personRef, photos, options),
  isEnrolled: (personRef) => sync.isEnrolled(personRef),
})

/** How the records get on, and since when the oldest of those that wait is there. */
async function uplinkOf(store: GatewayStore, { sync }: OpenSync): Promise<DeskUplink> {
  const { upload, roster } = sync.status()
  const position = await store.uploadPosition()
  const [oldest] = position === undefined ? [] : await store.recordsAfter(position.epoch, position.ackedSeq, 1)
  const waitingSinceMs = oldest === undefined ? null : (JSON.parse(oldest.payload) as { occurredAtMs: number }).occurredAtMs
  const contacts = [upload.lastContactAtMs, roster.lastContactAtMs].flatMap((each) => each ?? [])
  return {
    lastContactAtMs: contacts.length === 0 ? null : Math.max(...contacts), problem: roster.problem ?? upload.problem,
    waiting: await store.backlog(), waitingSinceMs,
  }
}
