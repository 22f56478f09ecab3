import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const hex = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')
const AUTHORIZATION = /^ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/
/** As the service counts: a quarter of an hour either way. */
const SPAN_MS = 15 * 60_000

/** The query as the service writes it for itself, from what the names and values are. */
function canonicalQuery(query: URLSearchParams): string {
  const escape = (text: string): string => [...Buffer.from(text, 'utf8')]
    .map((byte) => (/[A-Za-z0-9\-_.~]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('')
  return [...query].map(([name, value]): [string, string] => [escape(name), escape(value)]).sort(([a], [b]) => (a < b ? -1 : 1)).map((pair) => pair.join('=')).join('&')
}

/**
 * Checks a signed call as Alibaba Cloud's page on its V3 signature says.
 * @returns the error code that the service answers with, or undefined where the signature holds
 */
export function aliyunRefusal(
  call: { headers: IncomingHttpHeaders; query: URLSearchParams; body: string }, key: { id: string; secret: string }, nowMs: number,
): 'SignatureDoesNotMatch' | 'InvalidAccessKeyId.NotFound' | 'InvalidTimeStamp.Expired' | undefined {
  const [, id, names = '', signature = ''] = AUTHORIZATION.exec(call.headers.authorization ?? '') ?? []
  if (id !== key.id) return 'InvalidAccessKeyId.NotFound'
  const value = (name: string): string => String(call.headers[name] ?? '').trim()
  if (!(Math.abs(Date.parse(value('x-acs-date')) - nowMs) <= SPAN_MS)) return 'InvalidTimeStamp.Expired'
  const must = ['host', 'x-acs-action', 'x-acs-content-sha256', 'x-acs-date', 'x-acs-signature-nonce', 'x-acs-version']
  const listed = names.split(';')
  if (must.some((name) => !listed.includes(name)) || value('x-acs-content-sha256') !== hex(call.body)) return 'SignatureDoesNotMatch'
  const canonical = `POST\n/\n${canonicalQuery(call.query)}\n${listed.map((name) => `${name}:${value(name)}\n`).join('')}\n${names}\n${value('x-acs-content-sha256')}`
  const expected = createHmac('sha256', key.secret).update(`ACS3-HMAC-SHA256\n${hex(canonical)}`, 'utf8').digest()
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? undefined : 'SignatureDoesNotMatch'
}
