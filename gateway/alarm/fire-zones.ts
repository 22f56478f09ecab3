import type { DoorEventV1, HeartbeatV1 } from '#contract/device-messages.js'
import type { GateV2 } from '#contract/sync-roster.js'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { GateHands } from '../access/ports.js'
import type { AlarmService } from './alarm-service.js'
import { createFireBook } from './fire-book.js'
import { type ZoneInput, fireMachine } from './fire-machine.js'
import type { AlarmReads, FireInputRow, FireTx } from './ports.js'

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
  readonly alarms: Pick<AlarmService, 'list' | 'move' | 'clear'>
  readonly clock: Clock
  readonly log: Logger
}

/** Tells the doors of a zone, each once until it is told otherwise. */
function createDoorTeller({ gates, hands }: Pick<FireZonesDeps, 'gates' | 'hands'>): (zoneId: string, mode: 'kept-open' | 'normal') => void {
  /** Doors that were told in this life of the gateway. */
  const told = new Set<string>()
  return (zoneId, mode) => {
    for (const { gateId } of gates().filter((gate) => gate.zoneId === zoneId)) {
      if (mode === 'kept-open' && told.has(gateId)) continue
      if (mode === 'kept-open') told.add(gateId)
      else told.delete(gateId)
      // Repeated until the controller answers, over restarts and reconnects; its outcome is a record of the access rules.
      void hands.setDoorMode({ gateId, mode, cause: 'fire-zone', operatorRef: null })
    }
  }
}

export function createFireZones(deps: FireZonesDeps): FireZones {
  const { gates, alarms, log } = deps
  const book = createFireBook(deps)
  /** When each controller said fire last, on its own clock: a heartbeat from before it says nothing about it. */
  const saidFire = new Map<string, { bootId: string; monoMs: number }>()
  const tellDoors = createDoorTeller(deps)

  const move = (deviceId: string, kind: Exclude<ZoneInput['kind'], 'zone-reset'>): void => {
    const zoneIds = new Set(gates().filter((gate) => gate.controllerId === deviceId).map((gate) => gate.zoneId))
    // A controller that was given another zone meanwhile still has to be reset in the one that it released.
    if (kind === 'input-reset') for (const zoneId of book.released()) zoneIds.add(zoneId)
    for (const zoneId of zoneIds) {
      const moved = fireMachine(book.zone(zoneId), { kind, deviceId })
      if (moved === undefined || moved.state.kind === 'calm') continue
      for (const { mode } of moved.effects) tellDoors(zoneId, mode)
      book.put(zoneId, moved.state)
      log.warn({ zoneId, deviceId, said: kind }, kind === 'fire' ? 'fire: the zone is released' : 'a fire input was reset by hand')
    }
  }

  return {
    async start() {
      await book.load()
      for (const zoneId of book.released()) tellDoors(zoneId, 'kept-open')
    },
    stop: () => book.stop(),
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
      const isOlder = said?.bootId === bootId && monoMs <= said.monoMs
      if (book.released().length > 0 && doors.length > 0 && !isOlder) move(deviceId, 'input-reset')
    },
    gatesChanged() {
      for (const zoneId of book.released()) tellDoors(zoneId, 'kept-open')
    },
    async reset(zoneId, operatorRef) {
      const inputs = book.inputs(zoneId)
      if (fireMachine(book.zone(zoneId), { kind: 'zone-reset' }) === undefined) return 'refused'
      await book.erase(zoneId)
      const now = book.zone(zoneId)
      // A fire that began while the disk wrote stands.
      if (now.kind === 'released' && fireMachine(now, { kind: 'zone-reset' }) === undefined) {
        book.put(zoneId, now)
        return 'refused'
      }
      book.drop(zoneId)
      log.warn({ zoneId, operatorRef }, 'a fire zone was reset by hand')
      tellDoors(zoneId, 'normal')
      for (const { alarmId, alarm, deviceId } of alarms.list()) {
        if (alarm !== 'fire' || !inputs.some((input) => input.deviceId === deviceId)) continue
        // That its input is no longer set may have come by a heartbeat alone.
        alarms.clear({ alarm, gateId: null, deviceId })
        await alarms.move({ alarmId, state: 'cleared', operatorRef })
      }
      return 'done'
    },
    list: () => book.released().map((zoneId) => {
      const inputs = book.inputs(zoneId)
      return { zoneId, inputs, mayReset: inputs.every(({ state }) => state === 'reset') }
    }),
  }
}
