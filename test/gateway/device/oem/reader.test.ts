import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatLocalTime, parseLocalTime } from '../../../../gateway/device/oem/local-time.js'
import { createOemReader } from '../../../../gateway/device/oem/oem-reader.js'
import { TERMINAL_CHANNELS, type TerminalChannel } from '../../../../gateway/device/oem/oem-topics.js'
import { withoutPictures } from '../../../../gateway/device/oem/picture-cutter.js'

const reader = createOemReader({ utcOffsetMinutes: 480 })
const read = (channel: TerminalChannel, body: unknown) => reader.read(channel, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
const EIGHT = Date.UTC(2026, 0, 5)

describe('messages of terminals', () => {
  it.each<[string, TerminalChannel, unknown, unknown]>([
    ['a recognition with numbers as text', 'rec', { operator: 'RecPush', info: { facesluiceId: '1306612', RecordID: ' 389 ', customId: '', VerifyStatus: '1', PersonType: '0', similarity1: '83.000000', Sendintime: '1', PushType: '0', time: '2026-01-05 08:00:00' } },
      { kind: 'recognition', terminalId: '1306612', recordId: 389, customId: null, verdict: 'allowed', isBlocked: false, similarity: 0.83, live: true, deviceWallMs: EIGHT }],
    ['one with a number for its id and little else', 'rec', { operator: 'RecPush', info: { facesluiceId: 1306612, RecordID: 1, VerifyStatus: 3 } },
      { kind: 'recognition', terminalId: '1306612', recordId: 1, customId: null, verdict: 'not-registered', isBlocked: false, similarity: null, live: false, deviceWallMs: null }],
    ['one that was asked for again', 'rec', { operator: 'RecPush', info: { facesluiceId: 'a', RecordID: 1, VerifyStatus: 1, Sendintime: 1, PushType: '2' } }, expect.objectContaining({ live: false })],
    ['a stranger without a number', 'snap', { operator: 'StrSnapPush', info: { facesluiceId: 'a', time: '2026-01-05 08:00:00' } }, { kind: 'stranger', terminalId: 'a', snapId: null, live: true, deviceWallMs: EIGHT }],
    ['a last will without a time', 'basic', { operator: 'Offline', info: { facesluiceId: 'a' } }, { kind: 'offline', terminalId: 'a', deviceWallMs: null }],
    ['a heartbeat with a C text\'s end', 'heartbeat', '{"operator":"HeartBeat","info":{"facesluiceId":"a","time":"2026-01-05 08:00:00"}}\0', { kind: 'heartbeat', terminalId: 'a', deviceWallMs: EIGHT }],
    ['an answer without a code', 'ack', { messageId: 'm', operator: 'EditPersonsNew-Ack', info: { facesluiceId: 'a', AddErrNum: '1', AddSucNum: '1', AddErrInfo: [{ customId: 'x', errcode: '461' }], AddSucInfo: [{ customId: 'y' }] } },
      { kind: 'edit-ack', terminalId: 'a', messageId: 'm', code: 200, added: ['y'], failed: [{ customId: 'x', code: 461 }] }],
    ['an answer that is nothing but a refusal', 'ack', { messageId: 'm', operator: 'DeletePersons-Ack', code: '410' }, { kind: 'delete-ack', terminalId: null, messageId: 'm', code: 410, deleted: [], failed: [] }],
    ['nobody on the terminal', 'ack', { messageId: 'm', operator: 'QueryPerson-Ack', code: 200, info: { facesluiceId: 'a', customId: '' } }, { kind: 'query-ack', terminalId: 'a', messageId: 'm', code: 200, customIds: [] }],
    ['a question that was not answered', 'ack', { messageId: 'm', operator: 'QueryPerson-Ack', code: 200, info: { facesluiceId: 'a' } }, expect.objectContaining({ customIds: null })],
    ['an operator on the wrong topic', 'snap', { operator: 'RecPush', info: { facesluiceId: 'a' } }, { kind: 'ignored', terminalId: 'a', isExpected: false }],
  ])('%s', (_, channel, body, expected) => expect(read(channel, body)).toEqual({ ok: true, value: expected }))

  it.each<[string, TerminalChannel, unknown, string]>([
    ['no JSON', 'rec', '{"operator":', '(root): not JSON'],
    ['no operator', 'rec', { info: {} }, '(root): must have required properties operator'],
    ['a verdict that is none', 'rec', { operator: 'RecPush', info: { facesluiceId: 'a', RecordID: 1, VerifyStatus: 9 } }, '/info/VerifyStatus: 0, 1, 2 or 3'],
    ['no number', 'rec', { operator: 'RecPush', info: { facesluiceId: 'a', VerifyStatus: 1 } }, '/info: must have required properties RecordID'],
    ['no sender', 'heartbeat', { operator: 'HeartBeat', info: {} }, '/info: must have required properties facesluiceId'],
  ])('%s is refused by its field', (_, channel, body, error) => expect(read(channel, body)).toEqual({ ok: false, error }))

  it('never throws, whatever comes', () => {
    const channels = fc.constantFrom(...Object.keys(TERMINAL_CHANNELS) as TerminalChannel[])
    fc.assert(fc.property(channels, fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.json().map((text) => Buffer.from(text))), (channel, bytes) => {
      const result = reader.read(channel, bytes)
      expect(typeof result.ok).toBe('boolean')
    }), { numRuns: 500 })
  })
})

describe('pictures', () => {
  it('are cut out as bytes: what is parsed never held them, and everything else is as it was', () => {
    const short = fc.string({ maxLength: 200 })
    const long = fc.string({ minLength: 2_300, maxLength: 4_000 })
    fc.assert(fc.property(fc.dictionary(short, fc.oneof(short, long, fc.integer())), (value) => {
      const expected = Object.fromEntries(Object.entries(value).map(([name, one]) =>
        [name, typeof one === 'string' && Buffer.byteLength(JSON.stringify(one)) - 2 > 2_048 ? '' : one]))
      expect(JSON.parse(withoutPictures(Buffer.from(JSON.stringify(value))).toString())).toEqual(expected)
    }), { numRuns: 200 })
  })

  it('three megabytes are gone in a moment, also where the text never ends', () => {
    const pic = 'A'.repeat(3_000_000)
    expect(withoutPictures(Buffer.from(JSON.stringify({ pic, id: 1 }))).toString()).toBe('{"pic":"","id":1}')
    expect(withoutPictures(Buffer.from(`{"a":1,"pic":"${pic}`)).toString()).toBe('{"a":1,"pic":')
  })
})

describe('local times', () => {
  it.each([['2026-02-30 08:00:00'], ['2026-13-01 00:00:00'], ['2026-01-05'], ['0000-00-00 00:00:00'], [''], ['2026-01-05 08:00:00 +08']])('%s is none', (text) => {
    expect(parseLocalTime(text, 480)).toBeUndefined()
  })

  it('what is written is read as the same second, in any zone', () => {
    fc.assert(fc.property(fc.integer({ min: 86_400_000, max: Date.UTC(2098, 0, 1) }), fc.integer({ min: -720, max: 840 }), (wallMs, offset) => {
      expect(parseLocalTime(formatLocalTime(wallMs, offset), offset)).toBe(Math.floor(wallMs / 1_000) * 1_000)
    }))
  })
})
