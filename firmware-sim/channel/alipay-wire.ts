import { type KeyObject, createSign, createVerify } from 'node:crypto'

/** What is signed: non-empty parameters by name, `k=v` joined by `&`. */
const content = (parameters: Record<string, string>, without: readonly string[]): string =>
  Object.entries(parameters).filter(([name, value]) => value !== '' && !without.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`).join('&')

export const verifyRequest = (parameters: Record<string, string>, merchantKey: KeyObject): boolean =>
  parameters['sign_type'] === 'RSA2' && createVerify('RSA-SHA256').update(content(parameters, ['sign'])).verify(merchantKey, parameters['sign'] ?? '', 'base64')

/** Answer of one method: its value is signed as the characters that are sent, with escaped slashes as Alipay writes them. */
export function signedAnswer(method: string, value: object, key: KeyObject): string {
  const text = JSON.stringify(value).replaceAll('/', '\\/')
  const sign = createSign('RSA-SHA256').update(text, 'utf8').sign(key, 'base64')
  return `{"${method.replaceAll('.', '_')}_response":${text},"sign":"${sign}"}`
}

/** A notify's form, signed without `sign` and `sign_type`. */
export function signedForm(parameters: Record<string, string>, key: KeyObject): string {
  const sign = createSign('RSA-SHA256').update(content(parameters, ['sign', 'sign_type']), 'utf8').sign(key, 'base64')
  return new URLSearchParams({ ...parameters, sign_type: 'RSA2', sign }).toString()
}

export const yuan = (fen: number): string => (fen / 100).toFixed(2)
