import { bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'
import { type HoldingRegisters, holdingOf } from './holding-rules.js'

export interface HoldingRow {
  readonly personRef: string
  readonly registers: HoldingRegisters
}

/** What is known of this gateway's holdings under the consents, by consent. */
export async function holdingsUnder(tx: Tx, gatewayId: string, consentIds: readonly string[]): Promise<Map<string, HoldingRow>> {
  const rows = await tx.templateHolding.findMany({ where: { gatewayId, consentId: { in: [...consentIds] } } })
  return new Map(rows.map(({ consentId, personRef, registers }) => [consentId, { personRef, registers: JSON.parse(registers) as HoldingRegisters }]))
}

const HOLDINGS = {
  table: 'TemplateHolding', key: ['consentId', 'gatewayId'],
  columns: ['consentId', 'gatewayId', 'personRef', 'templates', 'enrolledAtMs', 'erasedAtMs', 'templatesRemoved', 'registers'],
  onConflict: { update: ['templates', 'enrolledAtMs', 'erasedAtMs', 'templatesRemoved', 'registers'] },
} as const

export async function saveHoldings(tx: Tx, gatewayId: string, holdings: ReadonlyMap<string, HoldingRow>): Promise<void> {
  const rows = [...holdings].map(([consentId, { personRef, registers }]) =>
    ({ consentId, gatewayId, personRef, ...holdingOf(registers), registers: JSON.stringify(registers) }))
  await bulkWrite(tx, HOLDINGS, rows, ['consentId'])
}
