import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage } from '../../gateway/contract/codec.js'
import { decodeFrame, encodeFrame } from '../../gateway/contract/frame-envelope.js'
import { MESSAGES, MESSAGE_KINDS } from '../../gateway/contract/message-table.js'

const uuid = fc.uuid().map((id) => id.toLowerCase())
const header = fc.record({
  v: fc.constant(1 as const), frameId: uuid, bootId: uuid, frameNo: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  capturedMonoMs: fc.double({ min: 0, max: 1e13, noNaN: true }), capturedWallMs: fc.integer({ min: 0, max: 253_402_300_799_999 }), mime: fc.constant('image/jpeg' as const),
})
const picture = fc.uint8Array({ minLength: 1, maxLength: 5_000 })

describe('bytes from the network', () => {
  it.each(MESSAGE_KINDS)('%s: any bytes give a payload or a sentence, never an exception', (kind) => {
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 4_000 }), fc.json().map((text) => Buffer.from(text)), fc.string().map((text) => Buffer.from(text))), (bytes) => {
      const decoded = decodeMessage(kind, bytes)
      if (!decoded.ok) expect(decoded.error).toMatch(/^(\(root\)|\/|frame)/)
    }), { numRuns: 500 })
  })

  it('a frame comes back as it was sent, from any place in a larger buffer', () => {
    fc.assert(fc.property(header, picture, fc.nat(64), (one, image, offset) => {
      const wire = encodeFrame({ header: one, image })
      const pooled = Buffer.alloc(offset + wire.length + 7, 0xaa)
      wire.copy(pooled, offset)
      const decoded = decodeFrame(pooled.subarray(offset, offset + wire.length))
      expect(decoded.ok && [decoded.value.header, Buffer.from(decoded.value.image).equals(image)]).toEqual([JSON.parse(JSON.stringify(one)), true])
    }), { numRuns: 300 })
  })

  it('a frame cut or with a flipped byte is refused, or differs only in its picture or in a value', () => {
    fc.assert(fc.property(header, picture, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, image, place, flip) => {
      const wire = encodeFrame({ header: one, image })
      for (let length = 0; length < wire.length - image.length; length += 17) expect(decodeFrame(wire.subarray(0, length)).ok).toBe(false)
      const at = place % wire.length
      wire.writeUInt8(wire.readUInt8(at) ^ flip, at)
      const decoded = decodeFrame(wire)
      if (decoded.ok) expect(decoded.value.image.length).toBeLessThanOrEqual(wire.length - 4)
    }), { numRuns: 300 })
  })

  it.each(MESSAGE_KINDS)('%s: one byte above its limit is refused before it is read', (kind) => {
    const { bytesMax } = MESSAGES[kind]
    expect(decodeMessage(kind, Buffer.alloc(bytesMax + 1, 0x20))).toEqual({ ok: false, error: `(root): ${bytesMax + 1} bytes, at most ${bytesMax}` })
  })

  it('what breaks the contract is not sent', () => {
    expect(() => encodeMessage('eventAck', { v: 1, eventIds: [] })).toThrow(RangeError)
    expect(() => encodeMessage('hello', { v: 1, bootId: 'x', monoMs: 0, wallMs: 0, model: 'm', firmware: 'f', capabilities: [] })).toThrow(RangeError)
    const id = '0192f3a4-5b6c-7d8e-9f00-112233445566'
    const frame = { header: { v: 1, frameId: id, bootId: id, frameNo: 1, capturedMonoMs: 0, capturedWallMs: 0, mime: 'image/jpeg' }, image: new Uint8Array(1_048_576) } as const
    expect(() => encodeMessage('cameraFrame', frame)).toThrow(RangeError)
  })

  it('the largest message that its schema allows fits into its limit', () => {
    const id = '0192f3a4-5b6c-7d8e-9f00-112233445566'
    const largest = 253_402_300_799_999
    const doors = Array.from({ length: 8 }, () => ({ doorNo: 8, relay: 'released', contact: 'unknown', fire: false } as const))
    expect(() => encodeMessage('heartbeat', { v: 1, bootId: id, monoMs: 1e13 - 0.001, wallMs: largest, doors, pendingEvents: 1e9 })).not.toThrow()
    expect(() => encodeMessage('eventAck', { v: 1, eventIds: Array.from({ length: 64 }, () => id) })).not.toThrow()
    expect(() => encodeMessage('doorCommand', { v: 1, commandId: id, bootId: id, doorNo: 8, action: 'open', releaseMs: 60_000, deadlineMonoMs: 1e13 - 0.001, frameAgeMs: 59_999.999 })).not.toThrow()
    const words = (count: number, chars: number): string[] => Array.from({ length: count }, (_, index) => '门'.repeat(chars - 2) + String(index).padStart(2, '0'))
    expect(() => encodeMessage('health', {
      v: 1, bootId: id, monoMs: 1e13 - 0.001, uptimeMs: 1e13 - 0.001, temperatureC: -59.999_999, supplyVolts: 399.999_999, memoryFreeBytes: Number.MAX_SAFE_INTEGER,
      storageFreeBytes: Number.MAX_SAFE_INTEGER, signalDbm: -129.999_999, faults: words(8, 64),
    })).not.toThrow()
    expect(() => encodeMessage('credential', { v: 1, presentationId: id, bootId: id, monoMs: 1e13 - 0.001, wallMs: largest, way: 'card', value: '门'.repeat(512) })).not.toThrow()
    const values = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`n${String(index).padStart(31, '0')}`, '门'.repeat(48)]))
    expect(() => encodeMessage('parameters', { v: 1, parameterSetId: id, values })).not.toThrow()
    expect(() => encodeMessage('parameterResult', {
      v: 1, parameterSetId: id, outcome: 'refused', problems: words(16, 64).map((name) => ({ name, problem: '门'.repeat(64) })),
    })).not.toThrow()
    expect(() => encodeMessage('firmwareOffer', { v: 1, jobId: id, version: '门'.repeat(64), bytes: 268_435_456, sha256: 'a'.repeat(64), url: 'x'.repeat(300) })).not.toThrow()
    expect(() => encodeMessage('frameResult', { v: 1, frameId: id, outcome: 'refused', reason: 'x'.repeat(64) })).not.toThrow()
  })
})
