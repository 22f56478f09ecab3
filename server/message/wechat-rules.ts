import { createHash, timingSafeEqual } from 'node:crypto'
import type { DeliveryResult } from './message-port.js'

/** Answers and events of a WeChat official account (公众号), as its list of return codes explains them. */

const MINUTE_MS = 60_000
/** The token is none any more: a new one, and the same again. */
export const TOKEN_OVER: readonly number[] = [40_001, 40_014, 42_001]
/** Called too often: by the minute, or for the day. */
const OVER_MINUTE = 45_011
const OVER_DAY = 45_009
const BUSY = -1

/** What a refusal means. Codes that are not listed are about this message or person, and for good. */
export function resultOfError(code: number, message: string): DeliveryResult {
  const problem = `${code}: ${message}`.slice(0, 200)
  if (TOKEN_OVER.includes(code)) return { outcome: 'not-sent', problem, holdMs: MINUTE_MS }
  if (code === BUSY) return { outcome: 'not-sent', problem }
  if (code === OVER_MINUTE) return { outcome: 'not-sent', problem, holdMs: MINUTE_MS }
  if (code === OVER_DAY) return { outcome: 'not-sent', problem, holdMs: 60 * MINUTE_MS }
  return { outcome: 'refused', problem }
}

/** SHA-1 over token, timestamp and nonce in the order of their bytes: who sends knows the token. */
export function isFromWechat(token: string, query: { readonly signature: string; readonly timestamp: string; readonly nonce: string }): boolean {
  const expected = createHash('sha1').update([token, query.timestamp, query.nonce].sort().join('')).digest('hex')
  const [a, b] = [Buffer.from(expected), Buffer.from(query.signature)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const field = (xml: string, name: string): string | undefined => {
  const match = new RegExp(`<${name}>(?:<!\\[CDATA\\[([^\\]]{0,256})\\]\\]>|([^<]{0,256}))</${name}>`).exec(xml)
  return match === null ? undefined : match[1] ?? match[2]
}

/** What the event TEMPLATESENDJOBFINISH says of a message; undefined for every other event. */
export function newsIn(xml: string): { receipt: string; problem: string | null; atMs: number } | undefined {
  const [event, receipt, status, seconds] = ['Event', 'MsgID', 'Status', 'CreateTime'].map((name) => field(xml, name))
  if (event !== 'TEMPLATESENDJOBFINISH' || receipt === undefined || !/^\d{1,20}$/.test(receipt) || status === undefined || !/^\d{1,10}$/.test(seconds ?? '')) return undefined
  return { receipt, problem: status === 'success' ? null : status.slice(0, 100), atMs: Number(seconds) * 1_000 }
}
