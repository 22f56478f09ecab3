import { describe, expect, it } from 'vitest'
import { COMMAND_REFUSALS } from '../../gateway/contract/device-messages.js'
import * as deviceMessages from '../../gateway/contract/device-messages.js'
import { REFUSAL_REASONS } from '../../gateway/contract/passage-record.js'
import * as readerMessages from '../../gateway/contract/reader-messages.js'
import * as api from '../../gateway/contract/sync-api.js'
import * as orders from '../../gateway/contract/sync-orders.js'
import * as records from '../../gateway/contract/sync-records.js'
import * as roster from '../../gateway/contract/sync-roster.js'
import * as householdBodies from '../../server/household/schemas.js'
import * as permitBodies from '../../server/permit/schemas.js'

/**
 * Arrears never touch a door, not by a detour either: nothing that a gateway is told or decides by, and nothing that
 * leases, memberships and permits are made from, has a place that an amount or a debt fits into. Looked at is the name of
 * every field and every word of every choice, in every schema that these files export.
 */
const MONEY = new Set([
  'fen', 'yuan', 'cny', 'money', 'amount', 'balance', 'price', 'fee', 'fees', 'rent', 'rents', 'bill', 'bills', 'billing', 'pay', 'pays', 'paid', 'payer', 'payment', 'payments',
  'unpaid', 'arrears', 'arrear', 'debt', 'debts', 'debtor', 'owed', 'owes', 'overdue', 'due', 'receivable', 'ledger', 'charge', 'charges', 'dunning', 'credit', 'deposit',
])

const wordsOf = (name: string): string[] => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z]+/)
const isMoney = (name: string): boolean => wordsOf(name).some((word) => MONEY.has(word))

/**
 * What comes in at a till goes through the same log, because nothing may be lost on its way to the books. It is told by
 * gateways and never to them, and no file that decides about doors can import what writes it (`test/tidy/imports.test.ts`).
 */
const AT_THE_TILL: readonly string[] = ['payment.v1', 'estate-close.v1'] satisfies Array<keyof typeof records.RECORD_SCHEMAS>
const { RECORD_SCHEMAS, RecordBody: _, ...recordFile } = records
const ofDoors = Object.fromEntries(Object.entries(RECORD_SCHEMAS).filter(([kind]) => !AT_THE_TILL.includes(kind)))

/** Names and words of a schema, each with its path. */
function* words(node: unknown, path: string): Generator<readonly [path: string, word: string]> {
  if (Array.isArray(node)) {
    for (const [at, item] of node.entries()) yield* words(item, `${path}[${at}]`)
    return
  }
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    // What a description says is for people.
    if (key === 'description' || key === 'pattern') continue
    if (key === 'properties' || key === 'patternProperties') {
      for (const name of Object.keys(value as object)) yield [`${path}.${name}`, name]
    }
    if (key === 'const' || key === 'enum') for (const word of [value].flat()) if (typeof word === 'string') yield [`${path}=${word}`, word]
    yield* words(value, key === 'properties' ? path : `${path}.${key}`)
  }
}
const findings = (schemas: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(schemas).flatMap(([name, schema]) => [...words(schema, name)].filter(([, word]) => isMoney(word)).map(([path]) => path))

const LOOKED_AT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'what gateways are told of persons, permits, gates and rules': { ...roster }, 'what gateways are asked to do': { ...orders },
  'what gateways record of doors, devices and people': { ...recordFile, ...ofDoors }, 'how gateways and server talk': { ...api },
  'what devices say and hear': { ...deviceMessages }, 'what readers say': { ...readerMessages },
  'what permits are made from': { ...permitBodies }, 'what leases, members and moves are made from': { ...householdBodies },
}

describe('money has no way to a door', () => {
  for (const [what, schemas] of Object.entries(LOOKED_AT)) {
    it(`${what} has no place for it`, () => {
      expect([...words(schemas, '')].length).toBeGreaterThan(0)
      expect(findings(schemas)).toEqual([])
    })
  }

  it('what a till tells is the only exception', () => {
    expect(Object.keys(RECORD_SCHEMAS).filter((kind) => findings({ kind: RECORD_SCHEMAS[kind as keyof typeof RECORD_SCHEMAS] }).length > 0)).toEqual(AT_THE_TILL)
  })

  it('no reason to refuse a person or a command is about it', () => {
    expect([...REFUSAL_REASONS, ...COMMAND_REFUSALS].filter(isMoney)).toEqual([])
  })

  it('would be found: a permit with arrears, a reason that says overdue, a sum in a list', () => {
    const { PermitV2 } = roster
    expect(findings({ PermitV2: { ...PermitV2, properties: { ...PermitV2.properties, arrearsFen: { type: 'integer' } } } })).toEqual(['PermitV2.arrearsFen'])
    expect(findings({ reason: { anyOf: [{ const: 'no-permit' }, { const: 'rent-overdue' }] } })).toEqual(['reason.anyOf[1]=rent-overdue'])
    expect(findings({ list: { type: 'array', items: { properties: { owed: {} } } } })).toEqual(['list.items.owed'])
  })
})
