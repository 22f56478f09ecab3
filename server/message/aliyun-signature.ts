import { createHash, createHmac } from 'node:crypto'

/** ACS3-HMAC-SHA256, the V3 signature of Alibaba Cloud's OpenAPI, for RPC calls: parameters in the query, an empty body. */

const ALGORITHM = 'ACS3-HMAC-SHA256'
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
/** RFC 3986: what `encodeURIComponent` leaves is encoded too. */
const encoded = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

export interface AliyunCall {
  readonly host: string
  readonly action: string
  readonly version: string
  readonly params: Readonly<Record<string, string>>
  /** `2023-10-26T10:22:32Z` */
  readonly date: string
  readonly nonce: string
}

/** @returns the query and the headers of the signed call, POST to `/` */
export function signedCall(call: AliyunCall, key: { readonly id: string; readonly secret: string }): { query: string; headers: Record<string, string> } {
  const query = Object.keys(call.params).sort().map((name) => `${encoded(name)}=${encoded(call.params[name] ?? '')}`).join('&')
  const headers: Record<string, string> = {
    'host': call.host, 'x-acs-action': call.action, 'x-acs-content-sha256': sha256(''), 'x-acs-date': call.date, 'x-acs-signature-nonce': call.nonce, 'x-acs-version': call.version,
  }
  const names = Object.keys(headers).sort()
  const canonical = ['POST', '/', query, ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'), sha256('')].join('\n')
  const signature = createHmac('sha256', key.secret).update(`${ALGORITHM}\n${sha256(canonical)}`).digest('hex')
  return { query, headers: { ...headers, authorization: `${ALGORITHM} Credential=${key.id},SignedHeaders=${names.join(';')},Signature=${signature}` } }
}
