import { createHash } from 'node:crypto'

/**
 * The 财政电子票据 platform's envelope (博思 standard interface, `api/standard/METHOD`), as merchants' published code speaks it: what is
 * asked and answered is JSON in base64, named `data`; `sign` is the upper-case MD5 of all parameters and the key, in this order.
 */
export interface BosssoftAccount {
  readonly region: string
  readonly deptCode: string
  readonly appId: string
  readonly key: string
}
const VERSION = '1.0'

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64')

function signOf({ region, deptCode, appId, key }: BosssoftAccount, data: string, noise: string): string {
  const text = `region=${region}&deptcode=${deptCode}&appid=${appId}&data=${data}&noise=${noise}&key=${key}&version=${VERSION}`
  return createHash('md5').update(text, 'utf8').digest('hex').toUpperCase()
}

/** The body of a request. @param noise never used twice */
export function requestBody(account: BosssoftAccount, content: object, noise: string): string {
  const { region, deptCode: deptcode, appId: appid } = account
  const data = base64(content)
  return JSON.stringify({ region, deptcode, appid, data, noise, version: VERSION, sign: signOf(account, data, noise) })
}

/** Of an answer: `S0000` with fields, or another code and what went wrong in words. */
export type BosssoftAnswer =
  | { readonly code: 'S0000'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly code: string; readonly problem: string }

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
const unpacked = (text: unknown): string => (typeof text === 'string' ? Buffer.from(text, 'base64').toString('utf8') : '')

/**
 * Reads an answer. That it is signed as the request is, over its own `data` and `noise`, is an assumption of ours: the platform's
 * description is not public.
 * @returns undefined where it is not the platform's
 */
export function readAnswer(account: BosssoftAccount, body: string): BosssoftAnswer | undefined {
  const envelope = parsed(body)
  if (!isRecord(envelope)) return undefined
  const { data, noise, sign } = envelope
  if (typeof data !== 'string' || typeof noise !== 'string' || sign !== signOf(account, data, noise)) return undefined
  const inner = parsed(unpacked(data))
  if (!isRecord(inner) || typeof inner['result'] !== 'string') return undefined
  const message = unpacked(inner['message'])
  if (inner['result'] !== 'S0000') return { code: inner['result'], problem: message }
  const fields = parsed(message)
  return isRecord(fields) ? { code: 'S0000', fields } : undefined
}
