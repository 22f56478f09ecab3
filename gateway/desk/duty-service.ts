import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import { gatewayError } from '../errors.js'
import type { ActionRecorder, Operator } from './action-record.js'
import type { DeskAlarms, DeskNoteRow, DeskRoster, DeskStore } from './ports.js'

/** Notes in one answer: some days of shifts. */
const NOTES_MAX = 30

export interface DutyService {
  /** Notes of hand-over, newest first. */
  notes(): Promise<readonly DeskNoteRow[]>
  /** Leaves a note to the next shift. The record says only that it happened. */
  handOver(by: Operator, text: string): Promise<{ readonly noteId: string }>
  /** Somebody looks after it, or it is over. `refused` where it is no more, or its cause still stands. */
  moveAlarm(by: Operator, alarmId: string, state: 'acknowledged' | 'cleared'): Promise<{ readonly outcome: 'done' | 'refused' }>
  /** A lost card or phone. @throws GW_DESK_NOT_FOUND */
  blockCredential(by: Operator, credentialId: string): Promise<void>
}

/** What a shift does beside doors and people. */
export function createDutyService(deps: {
  alarms: DeskAlarms; roster: DeskRoster; store: DeskStore; clock: Clock; ids: IdSource; recorder: ActionRecorder
}): DutyService {
  const { alarms, roster, store, recorder } = deps
  return {
    notes: () => store.deskNotes(NOTES_MAX),
    async handOver(by, text) {
      const noteId = deps.ids.uuid()
      await store.transact(async (tx) => {
        await tx.putDeskNote({ noteId, operatorRef: by.operatorRef, writtenAtMs: deps.clock.wallMs(), passageId: null, text })
        await tx.append(recorder(by, 'shift-hand-over'))
      })
      return { noteId }
    },
    async moveAlarm(by, alarmId, state) {
      const outcome = await alarms.move({ alarmId, state, operatorRef: by.operatorRef })
      await store.transact((tx) => tx.append(recorder(by, state === 'acknowledged' ? 'alarm-acknowledge' : 'alarm-clear', { subject: alarmId, outcome })))
      return { outcome }
    },
    async blockCredential(by, credentialId) {
      if (!(await roster.block({ credentialId, operatorRef: by.operatorRef }))) throw gatewayError('GW_DESK_NOT_FOUND', { field: 'credentialId' })
      await store.transact((tx) => tx.append(recorder(by, 'credential-block', { subject: credentialId })))
    },
  }
}
