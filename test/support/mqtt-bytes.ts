/** A variable byte integer. @see MQTT-3.1.1 §2.2.3 */
export function lengthBytes(length: number): Buffer {
  const digits: number[] = []
  for (let rest = length; ;) {
    const digit = rest % 128
    rest = Math.floor(rest / 128)
    digits.push(rest > 0 ? digit | 0x80 : digit)
    if (rest === 0) return Buffer.from(digits)
  }
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

/** A packet of this first byte. */
export const packetBytes = (head: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([head]), lengthBytes(body.length), body])
}

/** Bytes of a CONNECT as a device of the table sends it. @see MQTT-3.1.1 §3.1 */
export function connectBytes(clientId: string, keepaliveSeconds = 30): Buffer {
  return packetBytes(0x10, text('MQTT'), Buffer.from([4, 2, keepaliveSeconds >> 8, keepaliveSeconds & 0xff]), text(clientId))
}

/** A PUBLISH of QoS 0; `retained`, one that shall be kept. */
export const publishBytes = (topic: string, payload: Buffer, retained = false): Buffer => packetBytes(retained ? 0x31 : 0x30, text(topic), payload)

/** A PUBLISH of QoS 1. */
export const sureBytes = (topic: string, payload: Buffer, packetId: number): Buffer =>
  packetBytes(0x32, text(topic), Buffer.from([packetId >> 8, packetId & 0xff]), payload)

/** A SUBSCRIBE of QoS 1 to each. */
export const subscribeBytes = (topics: readonly string[], packetId: number): Buffer =>
  packetBytes(0x82, Buffer.from([packetId >> 8, packetId & 0xff]), ...topics.flatMap((topic) => [text(topic), Buffer.from([1])]))
