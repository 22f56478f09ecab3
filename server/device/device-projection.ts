import type { Projector } from '../sync/projector.js'
import * as devices from './device-repository.js'
import { DEVICE_RECORDS, type DeviceRecord, type DeviceRegisters, withDeviceRecord } from './device-rules.js'

const KINDS: ReadonlySet<string> = new Set(DEVICE_RECORDS)

/** What devices are, how they are, and what became of their settings and firmware. */
export const deviceProjector: Projector = {
  async project(tx, origin, records) {
    const said = records.filter((record): record is DeviceRecord => KINDS.has(record.body.kind))
    if (said.length === 0) return
    await devices.insertHistory(tx, origin, said)
    const known: Map<string, DeviceRegisters> = await devices.registersOf(tx, origin.estateId, [...new Set(said.map((record) => record.body.deviceId))])
    for (const record of said) known.set(record.body.deviceId, withDeviceRecord(known.get(record.body.deviceId) ?? {}, record))
    await devices.saveRegisters(tx, origin.estateId, known)
  },
}
