import { type Result, err, ok } from '#kernel/result.js'

/** Why a byte stream cannot be MQTT, or not one that is taken. */
export type FramingFault = 'not-connect' | 'malformed-length' | 'packet-too-large'

const CONNECT = 1
const PUBLISH = 3
const LENGTH_BYTES_MAX = 4

interface PacketHead {
  readonly type: number
  /** Bytes of the whole packet, head included. */
  readonly bytes: number
}

/** Fixed header of a packet, undefined while its bytes are incomplete. @see MQTT-3.1.1 §2.2 */
function readHead(bytes: Uint8Array): PacketHead | 'malformed-length' | undefined {
  let length = 0
  for (let i = 0; i < LENGTH_BYTES_MAX; i++) {
    const digit = bytes[1 + i]
    if (digit === undefined) return undefined
    length += (digit & 0x7f) * 128 ** i
    if ((digit & 0x80) === 0) return { type: (bytes[0] ?? 0) >> 4, bytes: 2 + i + length }
  }
  return 'malformed-length'
}

export interface PacketFramer {
  /** Adds bytes as they came from the network. */
  append(chunk: Buffer): void
  /** The next whole packet, undefined where more bytes are needed, or why there will be none. */
  take(): Result<Buffer | undefined, FramingFault>
  /** Largest PUBLISH, head included; the limit of control packets until it is called. */
  allowPublish(bytesMax: number): void
}

/**
 * Cuts a byte stream into whole MQTT packets, CONNECT first, and judges each by its head. A packet is copied at most once,
 * into a buffer of exactly its size, so that a sender holds no more memory than it may send, however it cuts its bytes.
 */
export function createPacketFramer(controlBytesMax: number): PacketFramer {
  let publishBytesMax = controlBytesMax
  let rest: Buffer = Buffer.alloc(0)
  let greeted = false
  let partial: { readonly packet: Buffer; filled: number } | undefined

  const fill = (): Buffer | undefined => {
    if (partial === undefined) return undefined
    const count = rest.copy(partial.packet, partial.filled)
    partial.filled += count
    rest = rest.subarray(count)
    if (partial.filled < partial.packet.length) return undefined
    const { packet } = partial
    partial = undefined
    return packet
  }

  return {
    append(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    },
    take() {
      if (partial !== undefined) return ok(fill())
      const head = readHead(rest)
      if (head === undefined) return ok(undefined)
      if (head === 'malformed-length') return err('malformed-length')
      // [MQTT-3.1.0-1]
      if (!greeted && head.type !== CONNECT) return err('not-connect')
      greeted = true
      if (head.bytes > (head.type === PUBLISH ? publishBytesMax : controlBytesMax)) return err('packet-too-large')
      if (head.bytes <= rest.length) {
        const packet = rest.subarray(0, head.bytes)
        rest = rest.subarray(head.bytes)
        return ok(packet)
      }
      partial = { packet: Buffer.allocUnsafeSlow(head.bytes), filled: 0 }
      return ok(fill())
    },
    allowPublish(bytesMax) {
      publishBytesMax = bytesMax
    },
  }
}
