import type { OPERATOR_ACTIONS } from '#contract/desk-records.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { OpenEstate } from './app-estate.js'
import type { CareActions } from './ops/device-control.js'
import type { GatewayStore } from './store/types.js'

/** Whoever may use this machine's command line; records name no other for it. */
export const INSTALLER_REF = '00000000-0000-7000-8000-000000000000'

/** Writes down what was done at the command line. */
export type RecordAction = (action: (typeof OPERATOR_ACTIONS)[number], subject: string, outcome: 'done' | 'refused') => Promise<void>

export const createActionRecorder = (deps: { store: Pick<GatewayStore, 'transact'>; stamp: Stamper }): RecordAction => async (action, subject, outcome) => {
  await deps.store.transact((tx) => tx.append({
    kind: 'operator-action.v1', ...deps.stamp(), operatorRef: INSTALLER_REF, role: 'installer', action, subject, reason: null, outcome,
  }))
}

/** Devices, alarms and fire, as the command line asks for them; what changes something is a record. */
export function createCareActions({ care, alarms, fire, claimPort }: OpenEstate, record: RecordAction): CareActions {
  return {
    devices: () => care.devices(),
    async giveCode(deviceKind, deviceId) {
      const given = await care.claims.giveOut({ deviceKind, deviceId })
      await record('device-claim', deviceId, 'done')
      return { ...given, claimPort }
    },
    alarms: () => alarms.list(),
    async moveAlarm({ alarmId, state }) {
      const outcome = await alarms.move({ alarmId, state, operatorRef: INSTALLER_REF })
      await record(state === 'cleared' ? 'alarm-clear' : 'alarm-acknowledge', alarmId, outcome)
      return outcome
    },
    zones: () => fire.list(),
    async resetZone(zoneId) {
      const outcome = await fire.reset(zoneId, INSTALLER_REF)
      await record('fire-reset', zoneId, outcome)
      return outcome
    },
  }
}
