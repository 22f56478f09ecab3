import type { DoorMode } from '#contract/device-messages.js'
import type { OverrideReason } from '#contract/passage-record.js'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import { gatewayError } from '../errors.js'
import type { ActionRecorder, Operator } from './action-record.js'
import type { DeskDoors, DeskRoster, DeskStore, DoorAnswer } from './ports.js'

export interface GateService {
  /**
   * Opens once, by hand, with a reason. Resolves with the controller's own answer: until then nothing counts as open.
   * @param remark free text for people; kept in an erasable table, never in the record
   * @throws GW_DESK_NOT_FOUND
   */
  open(by: Operator, gateId: string, how: { readonly reason: OverrideReason; readonly remark: string }): Promise<DoorAnswer>
  /** Holds open, holds locked, or lets go. @throws GW_DESK_NOT_FOUND */
  setMode(by: Operator, gateId: string, how: { readonly mode: DoorMode; readonly reason: OverrideReason }): Promise<DoorAnswer>
  /** After a fire, once every input of the zone was reset by hand. @throws GW_DESK_NOT_FOUND */
  resetZone(by: Operator, zoneId: string): Promise<DoorAnswer>
}

/** Doors moved by hand. Who did it and why is a record each time, whether it was done or refused. */
export function createGateService(deps: {
  doors: DeskDoors; roster: DeskRoster; store: DeskStore; clock: Clock; ids: IdSource; recorder: ActionRecorder
}): GateService {
  const { doors, roster, store, clock, ids, recorder } = deps

  const known = (gateId: string): void => {
    if (!roster.gates().some((gate) => gate.gateId === gateId)) throw gatewayError('GW_DESK_NOT_FOUND', { field: 'gateId' })
  }
  const outcomeOf = (answer: DoorAnswer) => (answer.outcome === 'executed' ? 'done' : 'refused')

  return {
    async open(by, gateId, { reason, remark }) {
      known(gateId)
      const answer = await doors.open({ gateId, operatorRef: by.operatorRef, override: reason })
      const { passageId } = answer
      await store.transact(async (tx) => {
        await tx.append(recorder(by, 'open-door', { subject: gateId, reason, outcome: outcomeOf(answer) }))
        if (remark === '' || passageId === null) return
        await tx.putDeskNote({ noteId: ids.uuid(), operatorRef: by.operatorRef, writtenAtMs: clock.wallMs(), passageId, text: remark })
      })
      return answer
    },
    async setMode(by, gateId, { mode, reason }) {
      known(gateId)
      const answer = await doors.setMode({ gateId, operatorRef: by.operatorRef, mode, reason })
      await store.transact((tx) => tx.append(recorder(by, 'door-mode', { subject: gateId, reason, outcome: outcomeOf(answer) })))
      return answer
    },
    async resetZone(by, zoneId) {
      if (!roster.gates().some((gate) => gate.zoneId === zoneId)) throw gatewayError('GW_DESK_NOT_FOUND', { field: 'zoneId' })
      const answer = await doors.resetZone({ zoneId, operatorRef: by.operatorRef })
      await store.transact((tx) => tx.append(recorder(by, 'fire-reset', { subject: zoneId, reason: answer.reason, outcome: outcomeOf(answer) })))
      return answer
    },
  }
}
