import type { Projector } from '../sync/projector.js'
import { ofKind } from '../sync/record-place.js'
import { registersOf, saveRegisters } from './alarm-repository.js'
import { withAlarm } from './alarm-rules.js'

/** Alarms as gateways tell of them. */
export const alarmProjector: Projector = {
  async project(tx, origin, records) {
    const said = ofKind(records, 'alarm.v1')
    if (said.length === 0) return
    const alarms = await registersOf(tx, origin.gatewayId, [...new Set(said.map((record) => record.body.alarmId))])
    for (const record of said) alarms.set(record.body.alarmId, withAlarm(alarms.get(record.body.alarmId) ?? {}, record))
    await saveRegisters(tx, origin, alarms)
  },
}
