import type { DoorEventV1, HeartbeatV1 } from '#contract/device-messages.js'
import type { GateV2 } from '#contract/sync-roster.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { GateHands } from '../access/ports.js'
import type { AlarmService } from './alarm-service.js'
import { type ZoneInput, type ZoneState, fireMachine } from './fire-machine.js'
import type { AlarmReads, FireInputRow, FireTx } from './ports.js'

/** A disk that did not take the state of a zone is asked again. */
const STORE_RETRY_MS = 5_000
const CALM: ZoneState = { kind: 'calm' }

/** A zone that is released, and by whom. */
export interface ReleasedZone {
  readonly zoneId: string
  readonly inputs: readonly FireInputRow[]
  /** True where every input was reset by hand: a person may reset the zone. */
  readonly mayReset: boolean
}

/**
 * Carries fire from the door whose controller has released it to all doors of its zone. It believes what a device says over
 * its own certificate's connection, and nothing else.
 */
export interface FireZones {
  start(): Promise<void>
  stop(): void
  /**
   * Before anything is stored: the doors are told at once and the disk after. It is the one exception to commit first,
   * because what it opens is a way out: a record that is missing does less harm than a door that is shut.
   */
  onEvent(deviceId: string, event: Pick<DoorEventV1, 'type' | 'live' | 'bootId' | 'monoMs'>): void
  /** The controller's own word in a heartbeat: an event may have been lost or not sent yet. */
  onStatus(deviceId: string, heartbeat: Pick<HeartbeatV1, 'bootId' | 'monoMs' | 'doors'>): void
  /** The gates changed: a new door in a released zone is opened too. */
  gatesChanged(): void
  /** `refused` where the zone is calm or an input of it still says fire. @throws whatever the store throws; the doors stay open then */
  reset(zoneId: string, operatorRef: string): Promise<'done' | 'refused'>
  list(): readonly ReleasedZone[]
}

export interface FireZonesDeps {
  readonly store: Pick<AlarmReads, 'fireInputs'> & { transact<T>(work: (tx: FireTx) => Promise<T>): Promise<T> }
  readonly gates: () => readonly GateV2[]
  readonly hands: Pick<GateHands, 'setDoorMode'>
  readonly alarms: Pick<AlarmService, 'list' | 'move'>
  readonly clock: Clock
  readonly log: Logger
}

export function createFireZones(deps: FireZonesDeps): FireZones {
  const { store, gates, hands, alarms, clock, log } = deps
  const zones = new Map<string, Extract<ZoneState, { kind: 'released' }>>()
  const sinceMs = new Map<string, number>()
  /** When each controller said fire last, on its own clock: a heartbeat from before it says nothing about it. */
  const saidFire = new Map<string, { bootId: string; monoMs: number }>()
  /** Doors that were told in this life of the gateway. */
  const told = new Set<string>()
  let cancelRetry: CancelTimer = () => undefined
  let stopped = false

  const tellDoors = (zoneId: string, mode: 'kept-open' | 'normal'): void => {
    for (const { gateId } of gates().filter((gate) => gate.zoneId === zoneId)) {
      if (mode === 'kept-open' && told.has(gateId)) continue
      if (mode === 'kept-open') told.add(gateId)
      else told.delete(gateId)
      // Repeated until the controller answers, over restarts and reconnects; its outcome is a record of the access rules.
      void hands.setDoorMode({ gateId, mode, cause: 'fire-zone', operatorRef: null })
    }
  }
  const rowsOf = (zoneId: string): FireInputRow[] => [...(zones.get(zoneId)?.inputs ?? [])].map(([deviceId, state]) =>
    ({ zoneId, deviceId, state, sinceMs: sinceMs.get(`${zoneId} ${deviceId}`) ?? clock.wallMs() }))
  const save = (): void => {
    cancelRetry()
    const rows = [...zones.keys()].flatMap(rowsOf)
    store.transact(async (tx) => {
      for (const row of rows) await tx.putFireInput(row)
    }).catch((error: unknown) => {
      if (stopped) return
      log.error({ err: error }, 'the state of a fire zone could not be stored; the doors are told all the same')
      cancelRetry = clock.after(STORE_RETRY_MS, save)
    })
  }
  const move = (deviceId: string, kind: Exclude<ZoneInput['kind'], 'zone-reset'>): void => {
    const zoneIds = new Set(gates().filter((gate) => gate.controllerId === deviceId).map((gate) => gate.zoneId))
    // A controller that was given another zone meanwhile still has to be reset in the one that it released.
    for (const [zoneId, { inputs }] of zones) if (kind === 'input-reset' && inputs.has(deviceId)) zoneIds.add(zoneId)
    for (const zoneId of zoneIds) {
      const moved = fireMachine(zones.get(zoneId) ?? CALM, { kind, deviceId })
      if (moved === undefined || moved.state.kind === 'calm') continue
      zones.set(zoneId, moved.state)
      if (kind === 'fire') sinceMs.set(`${zoneId} ${deviceId}`, clock.wallMs())
      for (const { mode } of moved.effects) tellDoors(zoneId, mode)
      log.warn({ zoneId, deviceId, said: kind }, kind === 'fire' ? 'fire: the zone is released' : 'a fire input was reset by hand')
      save()
    }
  }

  return {
    async start() {
      for (const { zoneId, deviceId, state, sinceMs: atMs } of await store.fireInputs()) {
        zones.set(zoneId, { kind: 'released', inputs: new Map(zones.get(zoneId)?.inputs).set(deviceId, state) })
        sinceMs.set(`${zoneId} ${deviceId}`, atMs)
      }
      for (const zoneId of zones.keys()) tellDoors(zoneId, 'kept-open')
    },
    stop() {
      stopped = true
      cancelRetry()
    },
    onEvent(deviceId, { type, live, bootId, monoMs }) {
      // One that was kept tells of before: whether it burns now the heartbeats say, the first of them ahead of what was kept.
      if (!live) return
      if (type === 'fire-reset') return move(deviceId, 'input-reset')
      if (type !== 'fire') return
      saidFire.set(deviceId, { bootId, monoMs })
      move(deviceId, 'fire')
    },
    onStatus(deviceId, { bootId, monoMs, doors }) {
      if (doors.some(({ fire }) => fire)) return move(deviceId, 'fire')
      const said = saidFire.get(deviceId)
      if (zones.size > 0 && doors.length > 0 && !(said?.bootId === bootId && monoMs <= said.monoMs)) move(deviceId, 'input-reset')
    },
    gatesChanged() {
      for (const zoneId of zones.keys()) tellDoors(zoneId, 'kept-open')
    },
    async reset(zoneId, operatorRef) {
      const zone = zones.get(zoneId)
      if (zone === undefined || fireMachine(zone, { kind: 'zone-reset' }) === undefined) return 'refused'
      await store.transact((tx) => tx.dropFireInputs(zoneId))
      // A fire that began while the disk wrote stands.
      if (fireMachine(zones.get(zoneId) ?? CALM, { kind: 'zone-reset' }) === undefined) {
        save()
        return 'refused'
      }
      zones.delete(zoneId)
      log.warn({ zoneId, operatorRef }, 'a fire zone was reset by hand')
      tellDoors(zoneId, 'normal')
      for (const { alarmId, alarm, deviceId } of alarms.list()) {
        if (alarm === 'fire' && deviceId !== null && zone.inputs.has(deviceId)) await alarms.move({ alarmId, state: 'cleared', operatorRef })
      }
      return 'done'
    },
    list: () => [...zones.keys()].map((zoneId) => {
      const inputs = rowsOf(zoneId)
      return { zoneId, inputs, mayReset: inputs.every(({ state }) => state === 'reset') }
    }),
  }
}
