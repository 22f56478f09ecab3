import type { TObject, TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, parseJson } from '../../gateway/contract/codec.js'
import { MESSAGES, MESSAGE_KINDS, type MessageKind } from '../../gateway/contract/message-table.js'
import * as api from '../../gateway/contract/sync-api.js'
import { RECORD_SCHEMAS, RecordBody } from '../../gateway/contract/sync-records.js'
import { ORDER_SCHEMAS, OrdersResponseV1 } from '../../gateway/contract/sync-orders.js'
import { ROSTER_SCHEMAS, RosterItem } from '../../gateway/contract/sync-roster.js'
import * as tillApi from '../../gateway/contract/till-api.js'
import { type FrameVectorFile, readVectors, textOf, vectorNames } from './vector-files.js'

/** `ClaimRequestV1` → `claim-request.v1` */
const fileNameOf = (exported: string): string => exported.replace(/V1$/, '').replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase() + '.v1'
const schemasOf = (module: object): Array<[string, TSchema]> =>
  Object.entries(module).filter(([name]) => name.endsWith('V1')).map(([name, schema]) => [fileNameOf(name), schema as TSchema])

const FRAME_KINDS = MESSAGE_KINDS.filter((kind) => MESSAGES[kind].encoding === 'frame')
const JSON_KINDS = MESSAGE_KINDS.filter((kind) => MESSAGES[kind].encoding === 'json')
/** An order's kind may be a record's or a roster item's too: `alarm.v1` → `alarm-order.v1`. */
const ORDERS = Object.entries(ORDER_SCHEMAS).map(([kind, schema]): [string, TSchema] => [kind.replace('.', '-order.'), schema])
const ROSTER: Array<[string, TSchema]> = Object.entries(ROSTER_SCHEMAS)
const SYNC: Array<[string, TSchema]> = [
  ...Object.entries(RECORD_SCHEMAS), ...ROSTER, ...ORDERS, ['orders-response.v1', OrdersResponseV1], ...schemasOf(api), ...schemasOf(tillApi),
]
const bytes = (text: string): Buffer => Buffer.from(text)
const lines = (list: ReadonlyArray<readonly [string, unknown]>): string[] => list.map(([name, found]) => `${name} → ${String(found)}`)

describe('golden vectors', () => {
  it('exist for every message and every schema of the sync, and for nothing else', () => {
    expect(vectorNames()).toEqual([...MESSAGE_KINDS, ...SYNC.map(([name]) => name)].sort())
  })

  it.each(JSON_KINDS)('%s: valid ones decode, and encode to the same bytes', (kind: MessageKind) => {
    const file = readVectors(kind)
    for (const vector of file.valid) {
      const text = textOf(file, vector)
      const decoded = decodeMessage(kind, bytes(text))
      expect([vector.name, decoded]).toEqual([vector.name, { ok: true, value: JSON.parse(text) }])
      if (decoded.ok) expect(encodeMessage(kind, decoded.value).toString()).toBe(text)
    }
  })

  it.each(JSON_KINDS)('%s: invalid ones are refused in exactly these words', (kind: MessageKind) => {
    const file = readVectors(kind)
    const found = file.invalid.map((vector): [string, unknown] => {
      const decoded = decodeMessage(kind, bytes(textOf(file, vector)))
      return [vector.name, decoded.ok ? 'accepted' : decoded.error]
    })
    expect(lines(found)).toEqual(lines(file.invalid.map(({ name, error }) => [name, error])))
  })

  it.each(SYNC)('%s: valid ones parse, invalid ones are refused in exactly these words', (name, schema) => {
    const file = readVectors(name)
    for (const vector of file.valid) {
      const text = textOf(file, vector)
      expect([vector.name, parseJson(schema, text)]).toEqual([vector.name, { ok: true, value: JSON.parse(text) }])
    }
    const found = file.invalid.map((vector): [string, unknown] => {
      const parsed = parseJson(schema, textOf(file, vector))
      return [vector.name, parsed.ok ? 'accepted' : parsed.error]
    })
    expect(lines(found)).toEqual(lines(file.invalid.map(({ name: one, error }) => [one, error])))
  })

  it.each([...JSON_KINDS.map((kind): [string, TSchema] => [kind, MESSAGES[kind].schema]), ...SYNC])('%s: some vector breaks each of its fields', (name, schema) => {
    const broken = new Set(readVectors(name).invalid.flatMap(({ set = {}, drop = [] }) => [...Object.keys(set), ...drop].map((path) => path.split('.')[0])))
    expect(Object.keys((schema as TObject).properties).filter((field) => !broken.has(field))).toEqual([])
  })

  it('a union of all accepts what its members accept, and nothing that they refuse', () => {
    for (const [union, members] of [[RecordBody, Object.entries(RECORD_SCHEMAS)], [RosterItem, ROSTER]] as Array<[TSchema, Array<[string, TSchema]>]>) {
      for (const [name] of members) {
        const file = readVectors(name)
        for (const vector of file.valid) expect([name, vector.name, parseJson(union, textOf(file, vector)).ok]).toEqual([name, vector.name, true])
        for (const vector of file.invalid) expect([name, vector.name, parseJson(union, textOf(file, vector)).ok]).toEqual([name, vector.name, false])
      }
    }
  })

  it.each(FRAME_KINDS)('%s: bytes on the wire, both ways', (kind) => {
    const file = readVectors<FrameVectorFile>(kind)
    for (const { header, image, hex } of file.valid) {
      const decoded = decodeMessage(kind, Buffer.from(hex, 'hex'))
      expect(decoded).toEqual({ ok: true, value: { header, image: Buffer.from(image, 'hex') } })
      if (decoded.ok) expect(encodeMessage(kind, decoded.value).toString('hex')).toBe(hex)
    }
    const found = file.invalid.map(({ name, hex, fill }): [string, unknown] => {
      const wire = fill === undefined ? hex : fill.hex + fill.byte.repeat(fill.count)
      const decoded = decodeMessage(kind, Buffer.from(wire ?? '', 'hex'))
      return [name, decoded.ok ? 'accepted' : decoded.error]
    })
    expect(lines(found)).toEqual(lines(file.invalid.map(({ name, error }) => [name, error])))
  })
})
