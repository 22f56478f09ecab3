import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { RandomSource } from '#kernel/random.js'
import { gatewayError } from '../errors.js'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32

/** AES-256-GCM under a key that is never in the database. `place` is authenticated: a value moved elsewhere is refused. */
export interface Sealer {
  /** `nonce (12) | ciphertext | tag (16)` */
  seal(place: string, plain: Uint8Array): Buffer
  /** @throws GW_STORE_KEY where the key, the place or a single bit differs */
  open(place: string, sealed: Uint8Array): Buffer
}

/** @throws GW_STORE_KEY where the key has not 32 bytes */
export function createSealer(key: Uint8Array, random: RandomSource): Sealer {
  if (key.length !== KEY_BYTES) throw gatewayError('GW_STORE_KEY', { keyBytes: key.length, keyBytesExpected: KEY_BYTES })
  return {
    seal(place, plain) {
      const nonce = random.bytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(place, sealed) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()])
      } catch (error) {
        throw gatewayError('GW_STORE_KEY', {}, error)
      }
    },
  }
}
