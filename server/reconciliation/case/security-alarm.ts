import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../../audit/change.js'
import type { CaseRecord } from './case-repository.js'

/** Somebody made us believe in a payment that the channel never had. */
export type SecurityAlarm = (one: CaseRecord) => Promise<void>

/** Into the audit log, which nobody changes, and the log at its error level, which whoever runs the server is called by. */
export const createSecurityAlarm = ({ change, log }: { readonly change: RunChange; readonly log: Logger }): SecurityAlarm => async (one) => {
  const { caseId, orderNo, transactionId, channel, estateId, riskFen } = one
  log.error({ alarm: 'payment-forged', caseId, orderNo, channel }, 'a payment was taken back that the channel never had: find out who told of it')
  await change(null, (now) => now.audit({ action: 'security.payment-forged', subject: `order:${orderNo}`, estateId, after: { caseId, channel, transactionId, fen: riskFen } }))
}
