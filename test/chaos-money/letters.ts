import type { Letter } from '../../firmware-sim/channel/notify-letters.js'
import type { RandomSource } from '../../gateway/kernel/random.js'
import type { NotifyRequest } from '../../server/payment/channel/channel-port.js'

const below = (random: RandomSource, count: number): number => Math.floor(random.float() * count)

export const requestOf = ({ headers, body }: Letter): NotifyRequest => ({ headers, body: Buffer.from(body) })

const SIGNED = ['wechatpay-serial', 'wechatpay-timestamp', 'wechatpay-nonce', 'wechatpay-signature'] as const

function flipText(text: string, random: RandomSource): string {
  const bytes = Buffer.from(text, 'latin1')
  const at = below(random, bytes.length)
  bytes.writeUInt8((bytes.readUInt8(at) ^ (1 << below(random, 7))) & 0x7f, at)
  return bytes.toString('latin1')
}

/** What a letter says, whatever its spelling: a flipped bit may turn `%2F` into `%2f` or fall into base64's unused bits. */
function sense({ headers, body }: NotifyRequest): string {
  const signature = Buffer.from(String(headers['wechatpay-signature'] ?? ''), 'base64').toString('hex')
  if (headers['wechatpay-serial'] !== undefined) return JSON.stringify([SIGNED.slice(0, 3).map((name) => headers[name]), signature, body.toString('hex')])
  const { sign = '', ...form } = Object.fromEntries(new URLSearchParams(body.toString('utf8')))
  return JSON.stringify([Object.entries(form).filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1)), Buffer.from(sign, 'base64').toString('hex')])
}

/**
 * The letter with one bit turned, in its body or in a header that is signed or says by what; or with its signature made by nobody.
 * @returns undefined where it says the same as before
 */
export function forged(letter: Letter, random: RandomSource): NotifyRequest | undefined {
  const real = requestOf(letter)
  const where = below(random, 4)
  if (where === 0) {
    const headers = Object.fromEntries(Object.entries(real.headers).filter(([name]) => name !== 'wechatpay-signature'))
    return { headers, body: Buffer.from(letter.body.replace(/(^|&)sign=[^&]*/, '')) }
  }
  const name = SIGNED[below(random, SIGNED.length)] ?? 'wechatpay-nonce'
  const value = real.headers[name]
  const body = Buffer.from(real.body)
  if (where === 1 && typeof value === 'string') return different(real, { headers: { ...real.headers, [name]: flipText(value, random) }, body })
  const at = below(random, body.length)
  body.writeUInt8(body.readUInt8(at) ^ (1 << below(random, 8)), at)
  return different(real, { headers: real.headers, body })
}

const different = (real: NotifyRequest, changed: NotifyRequest): NotifyRequest | undefined => (sense(real) === sense(changed) ? undefined : changed)
