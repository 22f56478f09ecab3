import type { KeyObject } from 'node:crypto'
import { rsaSign, rsaVerify } from './wechat-signature.js'

export type Parameters = Readonly<Record<string, string>>

/** Non-empty parameters sorted by name, `k=v` joined by `&`, values as they are (支付宝 开放平台签名). */
const contentOf = (parameters: Parameters, leftOut: readonly string[]): string =>
  Object.keys(parameters).filter((name) => parameters[name] !== '' && !leftOut.includes(name)).sort().map((name) => `${name}=${parameters[name]}`).join('&')

/** RSA2 over all parameters but `sign`. */
export const signParameters = (parameters: Parameters, key: KeyObject): string => rsaSign(contentOf(parameters, ['sign']), key)

/** A notify is signed without `sign` and `sign_type` (验签 V2). RSA2 only: `RSA` is SHA-1 and refused. */
export const verifyNotify = (parameters: Parameters, key: KeyObject): boolean =>
  parameters['sign_type'] === 'RSA2' && parameters['sign'] !== undefined && rsaVerify(contentOf(parameters, ['sign', 'sign_type']), parameters['sign'], key)

/** Where the value that begins at `from` ends, in JSON text: after its last brace. -1 where it never does. */
function endOfObject(text: string, from: number): number {
  let depth = 0
  let inText = false
  for (let at = from; at < text.length; at += 1) {
    const char = text[at]
    if (inText) {
      if (char === '\\') at += 1
      else if (char === '"') inText = false
    } else if (char === '"') inText = true
    else if (char === '{') depth += 1
    else if (char === '}' && (depth -= 1) === 0) return at + 1
  }
  return -1
}

/** The exact characters that the answer's signature is over: parsing and writing them again would break it. */
export function signedPart(text: string, name: string): string | undefined {
  const begin = text.indexOf(`"${name}"`)
  const open = begin < 0 ? -1 : text.indexOf('{', begin)
  if (open < 0 || !/^\s*:\s*$/.test(text.slice(begin + name.length + 2, open))) return undefined
  const end = endOfObject(text, open)
  return end < 0 ? undefined : text.slice(open, end)
}
