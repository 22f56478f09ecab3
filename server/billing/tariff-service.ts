import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { unknownEstates } from '../estate/estate-register.js'
import type { BillingPolicy, RentStandard } from './rent-terms.js'
import { lateRateTooHigh } from './run-rules.js'
import * as rows from './tariff-repository.js'
import { checkSpan } from './terms-rules.js'

export type NewStandard = Omit<RentStandard, 'standardId'> & { readonly estateId: string }

export interface TariffService {
  standards(estateId: string): Promise<rows.StandardRecord[]>
  /** A price from a day on; of two for the same the later one counts. @throws AppError SV_BILLING_TERMS, SV_ESTATE_UNKNOWN */
  addStandard(by: string, standard: NewStandard): Promise<{ standardId: string }>
  policies(estateId: string): Promise<rows.PolicyRecord[]>
  /** @returns what to think about before billing by it @throws AppError SV_BILLING_TERMS, SV_ESTATE_UNKNOWN */
  setPolicy(by: string, estateId: string, fromDate: string, policy: BillingPolicy): Promise<{ warnings: string[] }>
}

export function createTariffService(deps: { read: Tx; change: RunChange; ids: IdSource }): TariffService {
  const { read, change: runChange, ids } = deps
  const checkEstate = async (tx: Tx, estateId: string): Promise<void> => {
    if ((await unknownEstates(tx, [estateId])).length > 0) throw fail('SV_ESTATE_UNKNOWN', { estateId })
  }

  return {
    standards: (estateId) => rows.standardsOf(read, estateId),
    async addStandard(by, standard) {
      checkSpan(standard.fromDate, standard.untilDate)
      if (standard.basis === 'unit' && standard.overPriceFen !== null) throw fail('SV_BILLING_TERMS', { field: 'overPriceFen', problem: 'goes with a price by area only' })
      const standardId = ids.uuid()
      await runChange(by, async ({ tx, atMs, audit }) => {
        await checkEstate(tx, standard.estateId)
        await rows.addStandard(tx, { ...standard, standardId, setBy: by, setAtMs: atMs })
        const { estateId, buildingId, tier, basis, priceFen, overPriceFen, fromDate, untilDate, approvalNo, example } = standard
        const after = { buildingId, tier, basis, priceFen, overPriceFen, fromDate, untilDate, approvalNo, example }
        await audit({ action: 'rent-standard.add', subject: `rent-standard:${standardId}`, estateId, after })
      })
      return { standardId }
    },
    policies: (estateId) => rows.policiesOf(read, estateId),
    async setPolicy(by, estateId, fromDate, policy) {
      checkSpan(fromDate, null)
      await runChange(by, async ({ tx, atMs, audit }) => {
        await checkEstate(tx, estateId)
        const before = (await rows.policiesOf(tx, estateId)).find((each) => each.fromDate === fromDate)
        await rows.setPolicy(tx, { policyId: before?.policyId ?? ids.uuid(), estateId, fromDate, policy, setBy: by, setAtMs: atMs })
        await audit({
          action: 'billing-policy.set', subject: `billing-policy:${estateId}:${fromDate}`, estateId, after: { ...policy },
          ...(before === undefined ? {} : { before: { ...before.policy } }),
        })
      })
      return { warnings: lateRateTooHigh(policy) ? ['late-rate-above-legal-cap'] : [] }
    },
  }
}
