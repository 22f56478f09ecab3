import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEVICE_KINDS, MESSAGES, MESSAGE_KINDS, type DeviceKind, type MessageSpec } from '../../gateway/contract/message-table.js'
import { parseTopic, topicOf, topicsOf } from '../../gateway/contract/topics.js'

const slug = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/)
const address = fc.record({ estateId: slug, deviceKind: fc.constantFrom(...DEVICE_KINDS), deviceId: slug })

describe('topics', () => {
  it('lead back to the address and kind that they were made of', () => {
    fc.assert(fc.property(address, fc.constantFrom(...MESSAGE_KINDS), (device, kind) => {
      const spec: MessageSpec = MESSAGES[kind]
      const expected = spec.devices.includes(device.deviceKind) ? { ...device, kind } : undefined
      expect(parseTopic(topicOf(kind, device))).toEqual(expected)
    }))
  })

  it('of two devices never meet, and those of one direction never those of the other', () => {
    fc.assert(fc.property(address, address, (one, two) => {
      const [first, second] = [topicsOf(one), topicsOf(two)]
      expect(first.publish.filter((topic) => first.subscribe.includes(topic))).toEqual([])
      if (JSON.stringify(one) === JSON.stringify(two)) return
      const all = new Set([...first.publish, ...first.subscribe])
      expect([...second.publish, ...second.subscribe].filter((topic) => all.has(topic))).toEqual([])
    }))
  })

  it('of a camera, a controller, a reader and a till are exactly these', () => {
    const of = (deviceKind: DeviceKind, publish: string, subscribe: string) => {
      const full = (channels: string): string[] => channels.split(' ').map((channel) => `v1/e/${deviceKind}/c/${channel}`)
      expect(topicsOf({ estateId: 'e', deviceKind, deviceId: 'c' })).toEqual({ publish: full(publish), subscribe: full(subscribe) })
    }
    of('camera', 'hello heartbeat frame health parameter-result firmware-status', 'parameters firmware shown notice')
    of('controller', 'hello heartbeat health parameter-result firmware-status event result', 'command mode parameters firmware ack notice')
    of('reader', 'hello heartbeat health credential parameter-result firmware-status', 'credential-result parameters firmware notice')
    of('till', 'hello heartbeat health parameter-result firmware-status bill-question code-question code-check payment', 'parameters firmware bills code payment-result notice')
  })

  it.each([
    '', '/', '#', '+', 'v1', 'v1/e/camera/c', 'v1/e/camera/c/hello/', '/v1/e/camera/c/hello', 'v1/e/camera/c/hello/x', 'v2/e/camera/c/hello', 'V1/e/camera/c/hello',
    'v1/+/camera/c/hello', 'v1/e/+/c/hello', 'v1/e/camera/#', 'v1/e/camera/+/hello', 'v1/e/camera/c/+', 'v1//camera/c/hello', 'v1/e//c/hello', 'v1/e/camera//hello',
    'v1/e/door/c/hello', 'v1/e/camera/c/HELLO', 'v1/e/camera/c/cameraFrame', 'v1/e/camera/c/event', 'v1/e/controller/c/frame', 'v1/E/camera/c/hello', 'v1/e/camera/-c/hello',
    `v1/e/camera/${'c'.repeat(33)}/hello`, 'v1/e/camera/c\u0000/hello', 'v1/e/camera/c/hello\n', 'v1/e/camera/с/hello', '$SYS/v1/e/camera/c/hello', 'v1/e/__proto__/c/hello', 'v1/e/camera/c/constructor',
  ])('%j is none of ours', (topic) => expect(parseTopic(topic)).toBeUndefined())

  it('parsing throws on nothing, and what it accepts is what it would make', () => {
    const part = fc.oneof(fc.constantFrom('v1', 'camera', 'controller', ...MESSAGE_KINDS.map((kind) => MESSAGES[kind].channel), '#', '+', ''), slug, fc.string())
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(part, { maxLength: 8 }).map((parts) => parts.join('/'))), (topic) => {
      const parsed = parseTopic(topic)
      if (parsed !== undefined) expect(topicOf(parsed.kind, parsed)).toBe(topic)
    }), { numRuns: 2_000 })
  })

  it.each(['', 'a/b', '+', '#', 'A', 'ä', '-a', 'a'.repeat(33), 'a b', 'a\n'])('cannot be made of the name %j', (name) => {
    expect(() => topicOf('hello', { estateId: 'e', deviceKind: 'camera', deviceId: name })).toThrow(RangeError)
    expect(() => topicOf('hello', { estateId: name, deviceKind: 'camera', deviceId: 'c' })).toThrow(RangeError)
  })
})
