import { createExclusive } from '#kernel/exclusive.js'
import { gatewayError } from '../errors.js'
import type { StoreTx } from './types.js'

/**
 * Hands `work` the operations of one transaction: they run one after another whatever the work awaits, all of them
 * are waited for, and none can be used once the work has ended.
 */
export async function runWork<T>(operations: StoreTx, work: (tx: StoreTx) => Promise<T>): Promise<T> {
  const inTurn = createExclusive()
  const started: Array<Promise<unknown>> = []
  let over = false

  const guarded = <Args extends unknown[], R>(operation: (...args: Args) => Promise<R>) => (...args: Args): Promise<R> => {
    if (over) return Promise.reject(gatewayError('GW_STORE_TX_OVER'))
    const running = inTurn(() => operation(...args))
    // Whoever forgot to await it must not crash the process: the failure is raised below instead.
    running.catch(() => undefined)
    started.push(running)
    return running
  }
  const tx: StoreTx = {
    append: guarded(operations.append),
    claimDeviceEvent: guarded(operations.claimDeviceEvent),
    putCommand: guarded(operations.putCommand),
    findCommand: guarded(operations.findCommand),
    moveCommand: guarded(operations.moveCommand),
    putPerson: guarded(operations.putPerson),
    deletePerson: guarded(operations.deletePerson),
    putConsent: guarded(operations.putConsent),
    deleteConsent: guarded(operations.deleteConsent),
    putPermit: guarded(operations.putPermit),
    deletePermit: guarded(operations.deletePermit),
    putGate: guarded(operations.putGate),
    deleteGate: guarded(operations.deleteGate),
    setRosterCursor: guarded(operations.setRosterCursor),
    putTemplates: guarded(operations.putTemplates),
    putLookAlikes: guarded(operations.putLookAlikes),
    deleteTemplates: guarded(operations.deleteTemplates),
    saveTerminal: guarded(operations.saveTerminal),
    saveTerminalRecords: guarded(operations.saveTerminalRecords),
    putTerminalPerson: guarded(operations.putTerminalPerson),
    dropTerminalPerson: guarded(operations.dropTerminalPerson),
    putTerminalPhoto: guarded(operations.putTerminalPhoto),
    deleteTerminalPhoto: guarded(operations.deleteTerminalPhoto),
    saveDevice: guarded(operations.saveDevice),
    putDeviceInfo: guarded(operations.putDeviceInfo),
    putClaimCode: guarded(operations.putClaimCode),
    findClaimCode: guarded(operations.findClaimCode),
    putParameterResult: guarded(operations.putParameterResult),
    dropParameterResult: guarded(operations.dropParameterResult),
    putFirmwareJob: guarded(operations.putFirmwareJob),
    findAlarm: guarded(operations.findAlarm),
    findAlarmById: guarded(operations.findAlarmById),
    putAlarm: guarded(operations.putAlarm),
    dropAlarm: guarded(operations.dropAlarm),
    putFireInput: guarded(operations.putFireInput),
    dropFireInputs: guarded(operations.dropFireInputs),
    beginOrder: guarded(operations.beginOrder),
    finishOrder: guarded(operations.finishOrder),
    putOperator: guarded(operations.putOperator),
    putDeskSession: guarded(operations.putDeskSession),
    touchDeskSession: guarded(operations.touchDeskSession),
    endDeskSessions: guarded(operations.endDeskSessions),
    putDeskNote: guarded(operations.putDeskNote),
    putDeskHold: guarded(operations.putDeskHold),
    dropDeskHold: guarded(operations.dropDeskHold),
    pruneDesk: guarded(operations.pruneDesk),
  }
  try {
    const value = await work(tx)
    over = true
    await Promise.all(started)
    return value
  } finally {
    over = true
    await Promise.allSettled(started)
  }
}
