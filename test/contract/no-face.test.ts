import { Type, type TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import * as api from '../../gateway/contract/sync-api.js'
import { ORDER_SCHEMAS } from '../../gateway/contract/sync-orders.js'
import * as records from '../../gateway/contract/sync-records.js'
import * as roster from '../../gateway/contract/sync-roster.js'
import * as tillApi from '../../gateway/contract/till-api.js'

/**
 * Faces stay in the estate: no message between gateway and server may have a place that a picture or a template fits
 * into. Looked at is every schema that the three sync files export, down to its last field.
 */
const WORDS = new Set([
  'image', 'images', 'img', 'photo', 'photos', 'picture', 'pictures', 'pic', 'pics', 'jpeg', 'jpg', 'png', 'webp', 'bitmap', 'pixels', 'thumbnail', 'snapshot',
  'template', 'templates', 'embedding', 'embeddings', 'feature', 'features', 'vector', 'descriptor', 'biometric', 'blob', 'base64', 'bytes', 'data', 'attachment', 'crop',
])
/** The smallest template in use has 128 floats: 512 bytes, 684 characters of base64. Nothing near it may pass as text. */
const TEXT_CHARS_MAX = 200

/** Places that the rules below would refuse, and why each is none for a face. One that is not met any more fails the test. */
const EXPLAINED: Record<string, string> = {
  'SyncRecordV1.payload': 'JSON text of one record body, validated against the schemas of sync-records on both sides; those are walked here themselves',
  'ApiErrorV1.message': 'only from server to gateway: the answer to a request',
  'ApiErrorV1.details': 'only from server to gateway: facts about an error',
  'TillOrderResponseV1.codeText': 'only from server to gateway: the channel\'s address behind a payment code',
}

interface Node {
  readonly [key: string]: unknown
  readonly type?: string
  readonly properties?: Record<string, Node>
  readonly patternProperties?: Record<string, Node>
  readonly additionalProperties?: unknown
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly maxLength?: number
  readonly maxItems?: number
  readonly maxProperties?: number
}

/** Longest text of a pattern that is anchored and counts each of its repetitions, else Infinity. */
function lengthOf(pattern: string): number {
  const body = /^\^(.*)\$$/s.exec(pattern)?.[1]
  if (body === undefined || /[()|.\\]/.test(body)) return Infinity
  let length = 0
  for (const [, , quantifier = ''] of body.matchAll(/(\[[^\]]*\]|[^[\]])(\{[\d,]+\}|[*+?])?/g)) {
    const upper = /^\{(?:\d+,)?(\d+)\}$/.exec(quantifier)?.[1]
    length += quantifier === '' || quantifier === '?' ? 1 : Number(upper ?? Infinity)
  }
  return length
}

const wordsOf = (name: string): string[] => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/)

/** What is wrong with a place, each as `path: reason`. */
function* faults(node: Node, path: string): Generator<string> {
  if (node.const !== undefined || node.enum !== undefined) return
  if (node.anyOf !== undefined) {
    for (const one of node.anyOf) yield* faults(one, path)
    return
  }
  switch (node.type) {
    case 'null': case 'boolean': case 'integer': case 'number': return
    case 'string': {
      const charsMax = Math.min(node.maxLength ?? Infinity, node.pattern === undefined ? Infinity : lengthOf(node.pattern))
      if (charsMax > TEXT_CHARS_MAX) yield `${path}: text of up to ${charsMax} characters`
      return
    }
    case 'array':
      if (node.items === undefined || node.maxItems === undefined) return void (yield `${path}: a list without an end`)
      if (['number', 'integer'].includes(node.items.type ?? '')) yield `${path}: a list of numbers`
      return void (yield* faults(node.items, `${path}[]`))
    case 'object': return void (yield* faultsOfObject(node, path))
    default: yield `${path}: content of any kind`
  }
}

function* faultsOfObject(node: Node, path: string): Generator<string> {
  if (node.additionalProperties !== false) yield `${path}: takes fields that it does not name`
  for (const [pattern, inner] of Object.entries(node.patternProperties ?? {})) {
    if ((node.maxProperties ?? Infinity) > 16 || lengthOf(pattern) > 32) yield `${path}: fields without an end`
    yield* faults(inner, `${path}.*`)
  }
  for (const [name, inner] of Object.entries(node.properties ?? {})) {
    const isCount = (inner.anyOf ?? [inner]).every(({ type }) => type === 'integer' || type === 'boolean' || (inner.anyOf !== undefined && type === 'null'))
    if (!isCount && wordsOf(name).some((word) => WORDS.has(word))) yield `${path}.${name}: named like a face`
    yield* faults(inner, `${path}.${name}`)
  }
}

const isSchema = (value: unknown): value is TSchema => typeof value === 'object' && value !== null && ('type' in value || 'anyOf' in value)
const exported = Object.entries<unknown>({ ...records, ...records.RECORD_SCHEMAS, ...roster, ...api, ...tillApi, ...Object.fromEntries(Object.entries(ORDER_SCHEMAS).map(([kind, schema]) => [`order ${kind}`, schema])) }).flatMap(([name, value]): Array<[string, TSchema]> => (isSchema(value) ? [[name, value]] : []))

describe('no message between gateway and server has a place for a face', () => {
  it('looks at every schema of the sync', () => {
    expect(exported.map(([name]) => name)).toEqual(expect.arrayContaining(['PassageV1', 'EnrolmentV1', 'PersonV1', 'RosterItem', 'RecordBody', 'RecordsRequestV1', 'ClaimRequestV1']))
    expect(exported.length).toBeGreaterThanOrEqual(70)
  })

  it('finds none but the explained', () => {
    const found = exported.flatMap(([name, schema]) => [...faults(schema as Node, name)])
    const places = new Set(found.map((fault) => fault.slice(0, fault.indexOf(':')).replace('RecordsRequestV1.records[]', 'SyncRecordV1').replace(/\.\*$/, '')))
    expect([...places].sort()).toEqual(Object.keys(EXPLAINED).sort())
  })

  it.each<[string, TSchema, string]>([
    ['a photo', Type.Object({ photo: Type.String({ maxLength: 10 }) }, { additionalProperties: false }), 'X.photo: named like a face'],
    ['a face template by another name', Type.Object({ faceTemplate: Type.Array(Type.Integer(), { maxItems: 4 }) }, { additionalProperties: false }), 'X.faceTemplate: named like a face,X.faceTemplate: a list of numbers'],
    ['a text without an end', Type.Object({ note: Type.String() }, { additionalProperties: false }), 'X.note: text of up to Infinity characters'],
    ['base64 of any length', Type.Object({ key: Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$' }) }, { additionalProperties: false }), 'X.key: text of up to Infinity characters'],
    ['a pattern without anchors', Type.Object({ key: Type.String({ pattern: '[a-z]{4}' }) }, { additionalProperties: false }), 'X.key: text of up to Infinity characters'],
    ['an open object', Type.Object({}), 'X: takes fields that it does not name'],
    ['anything', Type.Object({ extra: Type.Unknown() }, { additionalProperties: false }), 'X.extra: content of any kind'],
    ['a list without an end', Type.Object({ ids: Type.Array(Type.String({ maxLength: 8 })) }, { additionalProperties: false }), 'X.ids: a list without an end'],
    ['numbers in a list', Type.Object({ scores: Type.Array(Type.Number(), { maxItems: 512 }) }, { additionalProperties: false }), 'X.scores: a list of numbers'],
    ['something deep in a union', Type.Union([Type.Null(), Type.Object({ a: Type.Array(Type.Object({ jpeg: Type.Null() }, { additionalProperties: false }), { maxItems: 1 }) }, { additionalProperties: false })]), 'X.a[].jpeg: named like a face'],
    ['a record with names of its own', Type.Record(Type.String(), Type.Number()), 'X: takes fields that it does not name,X: fields without an end'],
  ])('would find %s', (_, schema, expected) => {
    expect([...faults(schema as Node, 'X')].join()).toBe(expected)
  })
})
