import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { TSchema } from 'typebox'
import { schemaError } from '#contract/codec.js'
import { CredentialV1 } from '#contract/reader-messages.js'
import { ROSTER_SCHEMAS } from '#contract/sync-roster.js'
import { ORDER_SCHEMAS } from '#contract/sync-orders.js'
import { packageRoot } from '../../../gateway/package-root.js'
import { credential, gate, permit, visit } from '../../support/factories.js'

const MONEY = new Set(['rent', 'rents', 'arrear', 'arrears', 'fen', 'yuan', 'fee', 'fees', 'due', 'owe', 'owing', 'debt', 'bill', 'billing', 'pay', 'paid', 'unpaid', 'payment', 'money', 'balance', 'overdue', 'ledger'])
/** True where one of the words that a name is put together from speaks of money. */
const speaksOfMoney = (name: string): boolean => /[欠租费款]/.test(name) || name.split(/(?=[A-Z])|[^A-Za-z]/).some((word) => MONEY.has(word.toLowerCase()))

/** Names of all fields of a schema, however deep. */
function fields(schema: TSchema): string[] {
  const { properties = {}, anyOf = [], items, patternProperties = {} } = schema as {
    properties?: Record<string, TSchema>; anyOf?: TSchema[]; items?: TSchema; patternProperties?: Record<string, TSchema>
  }
  return [...Object.entries(properties).flatMap(([name, inner]) => [name, ...fields(inner)]), ...[...anyOf, ...Object.values(patternProperties), ...(items === undefined ? [] : [items])].flatMap(fields)]
}

describe('arrears cannot reach a door', () => {
  it('no field of what a gateway is told, ordered or shown could say it', () => {
    const all = [...Object.values(ROSTER_SCHEMAS), ...Object.values(ORDER_SCHEMAS), CredentialV1].flatMap(fields)
    expect(all.length).toBeGreaterThan(100)
    expect(all.filter(speaksOfMoney)).toEqual([])
    expect(['rentFen', 'arrears', 'due-fen', 'unpaidFee', 'paid', '欠费', 'isCurrent', 'parent'].filter(speaksOfMoney)).toEqual(['rentFen', 'arrears', 'due-fen', 'unpaidFee', 'paid', '欠费'])
  })

  it.each([permit(1), gate(1), visit(1), credential(1)])('a $kind with anything more is refused, whatever it is called', (item) => {
    const schema = ROSTER_SCHEMAS[item.kind]
    expect(schemaError(schema, item)).toBeUndefined()
    for (const extra of ['arrearsFen', 'note']) expect(schemaError(schema, { ...item, [extra]: 100 })).toContain(`unknown field "${extra}"`)
  })

  it('the rules have no word for it', () => {
    const folder = `${packageRoot()}/gateway/access`
    const code = (file: string): string => readFileSync(`${folder}/${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
    const names = (text: string): string[] => text.match(/[A-Za-z][A-Za-z-]*|[\u4e00-\u9fff]+/g) ?? []
    expect(readdirSync(folder).flatMap((file) => names(code(file)).filter(speaksOfMoney).map((name) => `${file}: ${name}`))).toEqual([])
  })
})
