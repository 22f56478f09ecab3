import type { DeliveryResult } from './message-port.js'

/** Answers of Alibaba Cloud's SMS service (Dysmsapi 2017-05-25), as its list of error codes explains them. */

const MINUTE_MS = 60_000
/** The account is stopped or not allowed: people must do something, and no message goes until then. */
const ACCOUNT = ['isv.AMOUNT_NOT_ENOUGH', 'isv.OUT_OF_SERVICE', 'isv.ACCOUNT_ABNORMAL', 'isv.DAY_LIMIT_CONTROL', 'isv.MONTH_LIMIT_CONTROL', 'isp.RAM_PERMISSION_DENY']
const KEYS = ['SignatureDoesNotMatch', 'InvalidAccessKeyId.NotFound', 'InvalidAccessKeyId.Inactive', 'InvalidTimeStamp.Expired', 'Forbidden.RAM']
/** Limits of one phone number: one a minute, five an hour, ten a day. */
const OF_NUMBER = ['isv.BUSINESS_LIMIT_CONTROL']
const LATER = ['isp.SYSTEM_ERROR', 'ServiceUnavailable', 'InternalError', 'SignatureNonceUsed']

/** What a refusal means. A code that is not listed is about this message, and for good. */
export function resultOfRefusal(code: string, message: string): DeliveryResult {
  const problem = `${code}: ${message}`.slice(0, 200)
  if (code.startsWith('Throttling')) return { outcome: 'not-sent', problem, holdMs: MINUTE_MS }
  if (ACCOUNT.includes(code) || KEYS.includes(code)) return { outcome: 'not-sent', problem, holdMs: 10 * MINUTE_MS }
  if (OF_NUMBER.includes(code) || LATER.includes(code)) return { outcome: 'not-sent', problem }
  return { outcome: 'refused', problem }
}
