import type { DeskAlarm, DeskAlarms, DeskDevice, DeskDoors, DeskRoster, DeskUplink } from './ports.js'

/** One gate as its tile shows it. */
export interface BoardGate {
  readonly gateId: string
  readonly name: string
  readonly zoneId: string
  readonly online: boolean
  readonly door: ReturnType<DeskDoors['state']>['door']['kind']
  readonly released: boolean
  readonly mode: ReturnType<DeskDoors['state']>['mode']
  readonly modeCause: ReturnType<DeskDoors['state']>['modeCause']
}

/** All that the desk's one screen shows beside passages. */
export interface Board {
  readonly gates: readonly BoardGate[]
  readonly alarms: ReadonlyArray<DeskAlarm & { readonly gateName: string | null }>
  readonly devices: ReadonlyArray<DeskDevice & { readonly gateName: string | null }>
  readonly uplink: DeskUplink
}

export interface BoardDeps {
  readonly doors: DeskDoors
  readonly roster: DeskRoster
  readonly alarms: DeskAlarms
  readonly devices: () => readonly DeskDevice[]
  readonly uplink: () => Promise<DeskUplink>
}

const collator = new Intl.Collator('zh-CN', { numeric: true })
const byName = (one: { readonly name: string }, other: { readonly name: string }): number => collator.compare(one.name, other.name)

/** Reads the board as it is now. */
export function createBoard({ doors, roster, alarms, devices, uplink }: BoardDeps): () => Promise<Board> {
  return async () => {
    const gates = roster.gates()
    const names = new Map(gates.map((gate) => [gate.gateId, gate.name]))
    const gateOfDevice = new Map(gates.flatMap((gate) => [gate.controllerId, ...gate.devices].map((deviceId) => [deviceId, gate.name])))
    return {
      gates: gates.map(({ gateId, name, zoneId }): BoardGate => {
        const { door, online, mode, modeCause } = doors.state(gateId)
        return { gateId, name, zoneId, online, door: door.kind, released: door.kind === 'released' || ('relay' in door && door.relay === 'released'), mode, modeCause }
      }).sort(byName),
      alarms: alarms.list().map((alarm) => ({ ...alarm, gateName: alarm.gateId === null ? null : names.get(alarm.gateId) ?? alarm.gateId })),
      devices: devices().filter((device) => !device.revoked).map((device) => ({ ...device, gateName: gateOfDevice.get(device.deviceId) ?? null })),
      uplink: await uplink(),
    }
  }
}
