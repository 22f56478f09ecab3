import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPacketFramer } from '../../../gateway/broker/packet-framer.js'

/** A packet of `type` with `length` bytes after its head. */
function packet(type: number, length: number): Buffer {
  const head = [type << 4]
  let rest = length
  do {
    head.push((rest % 128) | (rest >= 128 ? 0x80 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.concat([Buffer.from(head), Buffer.alloc(length, type)])
}

const HELLO = packet(1, 12)

function takeAll(framer: ReturnType<typeof createPacketFramer>): Array<Buffer | string> {
  const out: Array<Buffer | string> = []
  for (;;) {
    const taken = framer.take()
    if (!taken.ok) return [...out, taken.error]
    if (taken.value === undefined) return out
    out.push(taken.value)
  }
}

describe('packet framer', () => {
  it('gives the same packets back however the network cuts them', () => {
    const someLength = fc.oneof(fc.nat(5), fc.nat(300), fc.constantFrom(127, 128, 16_383, 16_384))
    fc.assert(fc.property(fc.array(fc.record({ type: fc.integer({ min: 1, max: 14 }), length: someLength }), { maxLength: 12 }), fc.array(fc.nat(40_000)), (shapes, cuts) => {
      const packets = [packet(1, 12), ...shapes.map(({ type, length }) => packet(type, length))]
      const stream = Buffer.concat(packets)
      const places = [0, ...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length]
      const framer = createPacketFramer(20_000)
      framer.allowPublish(20_000)
      const seen = places.slice(1).flatMap((end, i) => {
        framer.append(stream.subarray(places[i], end))
        return takeAll(framer)
      })
      expect(seen.map(String)).toEqual(packets.map(String))
    }), { numRuns: 200 })
  })

  it('copies a packet that came in parts into a buffer of exactly its size', () => {
    const framer = createPacketFramer(4_096)
    const whole = packet(1, 1_000)
    let taken: Buffer | undefined
    for (const byte of whole) {
      framer.append(Buffer.from([byte]))
      const one = framer.take()
      taken = one.ok ? one.value : undefined
    }
    expect(taken).toEqual(whole)
    expect(taken?.buffer.byteLength).toBe(whole.length)
  })

  it.each<[string, number[], string]>([
    ['a PUBLISH of 200 MB', [0x30, 0x80, 0x84, 0xaf, 0x5f], 'packet-too-large'],
    ['the largest length there is', [0x30, 0xff, 0xff, 0xff, 0x7f], 'packet-too-large'],
    ['a CONNECT of 4 096 bytes and a head', [0x10, 0x80, 0x20], 'packet-too-large'],
    ['a SUBSCRIBE above the limit of control packets', [0x82, 0x80, 0x40], 'packet-too-large'],
    ['a length of five bytes', [0x30, 0x80, 0x80, 0x80, 0x80, 0x01], 'malformed-length'],
  ])('refuses %s by its head alone', (_, head, fault) => {
    const framer = createPacketFramer(4_096)
    framer.allowPublish(100_000)
    framer.append(HELLO)
    expect(takeAll(framer)).toEqual([HELLO])
    framer.append(Buffer.from(head))
    expect(takeAll(framer)).toEqual([fault])
  })

  it('takes no larger PUBLISH than a control packet before the sender is known', () => {
    const framer = createPacketFramer(100)
    framer.append(Buffer.concat([HELLO, packet(3, 98), packet(3, 99)]))
    expect(takeAll(framer)).toEqual([HELLO, packet(3, 98), 'packet-too-large'])
    const admitted = createPacketFramer(100)
    admitted.allowPublish(1_000)
    admitted.append(Buffer.concat([HELLO, packet(3, 997), packet(3, 998)]))
    expect(takeAll(admitted)).toEqual([HELLO, packet(3, 997), 'packet-too-large'])
  })

  it.each(['GET / HTTP/1.1', '\u0000', '0\u0000'])('refuses %j as a first packet: CONNECT comes first', (text) => {
    const framer = createPacketFramer(4_096)
    framer.append(Buffer.from(text.padEnd(2)))
    expect(takeAll(framer)).toEqual(['not-connect'])
  })
})
