import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { estateOfHousehold } from '../household/household-register.js'
import type { RentRelief, TierCertificate } from './rent-terms.js'
import * as rows from './tariff-repository.js'
import { checkSpan } from './terms-rules.js'

export type NewRelief = Omit<RentRelief, 'approvalNo'> & { readonly householdId: string; readonly reason: string }

/** The whole rent: no reduction can be above it. */
const WHOLE = 1_000_000

export interface HouseholdTermsService {
  certificates(householdId: string): Promise<rows.CertificateRecord[]>
  /** @throws AppError SV_BILLING_TERMS, SV_HTTP_NOT_FOUND */
  addCertificate(by: string, householdId: string, certificate: TierCertificate): Promise<{ certificateId: string }>
  reliefs(estateId: string, of: { householdId?: string; state?: rows.ReliefState }): Promise<rows.ReliefRecord[]>
  estateOfRelief(reliefId: string): Promise<string | undefined>
  /** Asks for a reduction or a subsidy; it counts once somebody else approved it. @throws AppError SV_BILLING_TERMS, SV_HTTP_NOT_FOUND */
  proposeRelief(by: string, relief: NewRelief): Promise<{ reliefId: string }>
  /** @param approvalNo null refuses @throws AppError SV_BILLING_SAME_PERSON, SV_BILLING_DECIDED, SV_HTTP_NOT_FOUND */
  decideRelief(by: string, reliefId: string, approvalNo: string | null): Promise<void>
}

export function createHouseholdTermsService(deps: { read: Tx; change: RunChange; ids: IdSource }): HouseholdTermsService {
  const { read, change: runChange, ids } = deps
  const estateOf = async (tx: Tx, householdId: string): Promise<string> => {
    const estateId = await estateOfHousehold(tx, householdId)
    if (estateId === undefined) throw fail('SV_HTTP_NOT_FOUND')
    return estateId
  }

  return {
    certificates: async (householdId) => rows.certificatesOf(read, { estateId: await estateOf(read, householdId), householdId }),
    async addCertificate(by, householdId, certificate) {
      const { certificateNo, tier, fromDate, untilDate } = certificate
      checkSpan(fromDate, untilDate)
      const certificateId = ids.uuid()
      await runChange(by, async ({ tx, atMs, audit }) => {
        const estateId = await estateOf(tx, householdId)
        await rows.addCertificate(tx, { certificateNo, tier, fromDate, untilDate, certificateId, estateId, householdId, endedAtMs: null, recordedBy: by, recordedAtMs: atMs })
        await audit({ action: 'tier-certificate.add', subject: `household:${householdId}`, estateId, after: { certificateId, tier, fromDate, untilDate } })
      })
      return { certificateId }
    },
    reliefs: (estateId, of) => rows.reliefsOf(read, { estateId, ...of }),
    estateOfRelief: async (reliefId) => (await rows.findRelief(read, reliefId))?.estateId,
    async proposeRelief(by, relief) {
      checkSpan(relief.fromDate, relief.untilDate)
      if (relief.kind === 'reduction' && relief.value > WHOLE) throw fail('SV_BILLING_TERMS', { field: 'value', problem: 'is above the whole rent (1 000 000 parts per million)' })
      const reliefId = ids.uuid()
      await runChange(by, async ({ tx, atMs, audit }) => {
        const { householdId, kind, value, fromDate, untilDate, reason } = relief
        const estateId = await estateOf(tx, householdId)
        await rows.addRelief(tx, {
          reliefId, estateId, householdId, kind, value, fromDate, untilDate, reason, state: 'proposed', approvalNo: null,
          proposedBy: by, proposedAtMs: atMs, decidedBy: null, decidedAtMs: null,
        })
        await audit({ action: 'rent-relief.propose', subject: `household:${householdId}`, estateId, after: { reliefId, kind, value, fromDate, untilDate } })
      })
      return { reliefId }
    },
    decideRelief: (by, reliefId, approvalNo) => runChange(by, async ({ tx, atMs, audit }) => {
      const relief = await rows.findRelief(tx, reliefId)
      if (relief === null) throw fail('SV_HTTP_NOT_FOUND')
      if (relief.proposedBy === by) throw fail('SV_BILLING_SAME_PERSON', { field: 'reliefId' })
      const state = approvalNo === null ? 'refused' : 'approved'
      if (!await rows.decideRelief(tx, reliefId, { state, approvalNo, decidedBy: by, decidedAtMs: atMs })) throw fail('SV_BILLING_DECIDED', { state: relief.state })
      const { householdId, estateId } = relief
      await audit({ action: 'rent-relief.decide', subject: `household:${householdId}`, estateId, before: { state: relief.state }, after: { reliefId, state, approvalNo } })
    }),
  }
}
