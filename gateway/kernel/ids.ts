import type { Clock } from './clock.js'
import type { RandomSource } from './random.js'

/** A UUID string in lower case, hyphenated. */
export type Uuid = string
/** Pseudonym of a person: the only name chained records and face code know. */
export type PersonRef = string

export interface IdSource {
  /** A new UUIDv7: sortable by creation time, 74 random bits. */
  uuid(): Uuid
}

/** @see RFC 9562 §5.7 */
export function createIdSource(deps: { clock: Clock; random: RandomSource }): IdSource {
  return {
    uuid() {
      const bytes = deps.random.bytes(16)
      const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
      const wallMs = deps.clock.wallMs()
      view.setUint32(0, Math.floor(wallMs / 2 ** 16))
      view.setUint16(4, wallMs % 2 ** 16)
      view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f))
      view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f))
      const hex = Buffer.from(bytes).toString('hex')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
    },
  }
}
