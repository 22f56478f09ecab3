import type { Tx } from '../db/transaction.js'
import type { BillingPolicy, RentRelief, RentStandard, Tier, TierCertificate } from './rent-terms.js'

export interface StandardRecord extends RentStandard {
  readonly estateId: string
  readonly setBy: string
  readonly setAtMs: number
}

export interface PolicyRecord {
  readonly policyId: string
  readonly estateId: string
  readonly fromDate: string
  readonly policy: BillingPolicy
  readonly setBy: string
  readonly setAtMs: number
}

export interface CertificateRecord extends TierCertificate {
  readonly certificateId: string
  readonly estateId: string
  readonly householdId: string
  readonly endedAtMs: number | null
  readonly recordedBy: string
  readonly recordedAtMs: number
}

export const RELIEF_STATES = ['proposed', 'approved', 'refused'] as const
export type ReliefState = (typeof RELIEF_STATES)[number]

export interface ReliefRecord extends Omit<RentRelief, 'approvalNo'> {
  readonly reliefId: string
  readonly estateId: string
  readonly householdId: string
  readonly reason: string
  readonly state: ReliefState
  readonly approvalNo: string | null
  readonly proposedBy: string
  readonly proposedAtMs: number
  readonly decidedBy: string | null
  readonly decidedAtMs: number | null
}

const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value))

/** By tier and first day. */
export const standardsOf = async (read: Tx, estateId: string): Promise<StandardRecord[]> =>
  (await read.rentStandard.findMany({ where: { estateId }, orderBy: [{ tier: 'asc' }, { fromDate: 'asc' }, { setAtMs: 'asc' }, { standardId: 'asc' }] }))
    .map((row) => ({ ...row, tier: row.tier as Tier, basis: row.basis as 'area' | 'unit', setAtMs: Number(row.setAtMs) }))

export const addStandard = async (tx: Tx, row: StandardRecord): Promise<void> => void (await tx.rentStandard.create({ data: { ...row, setAtMs: BigInt(row.setAtMs) } }))

/** By first day. */
export const policiesOf = async (read: Tx, estateId: string): Promise<PolicyRecord[]> =>
  (await read.billingPolicy.findMany({ where: { estateId }, orderBy: { fromDate: 'asc' } }))
    .map(({ content, setAtMs, ...row }) => ({ ...row, policy: JSON.parse(content) as BillingPolicy, setAtMs: Number(setAtMs) }))

/** In the place of one that begins on the same day. */
export async function setPolicy(tx: Tx, { policy, setAtMs, ...row }: PolicyRecord): Promise<void> {
  const data = { ...row, content: JSON.stringify(policy), setAtMs: BigInt(setAtMs) }
  await tx.billingPolicy.upsert({ where: { estateId_fromDate: { estateId: row.estateId, fromDate: row.fromDate } }, create: data, update: data })
}

const certificateOf = (row: Omit<CertificateRecord, 'tier' | 'endedAtMs' | 'recordedAtMs'> & { tier: string; endedAtMs: bigint | null; recordedAtMs: bigint }): CertificateRecord =>
  ({ ...row, tier: row.tier as Tier, endedAtMs: numberOrNull(row.endedAtMs), recordedAtMs: Number(row.recordedAtMs) })

/** Of an estate or a household, in the order in which they were recorded. */
export const certificatesOf = async (read: Tx, of: { estateId: string; householdId?: string }): Promise<CertificateRecord[]> =>
  (await read.tierCertificate.findMany({ where: of, orderBy: [{ fromDate: 'asc' }, { recordedAtMs: 'asc' }, { certificateId: 'asc' }] })).map(certificateOf)

export const addCertificate = async (tx: Tx, row: CertificateRecord): Promise<void> =>
  void (await tx.tierCertificate.create({ data: { ...row, endedAtMs: null, recordedAtMs: BigInt(row.recordedAtMs) } }))

const reliefOf = (
  row: Omit<ReliefRecord, 'kind' | 'state' | 'proposedAtMs' | 'decidedAtMs'> & { kind: string; state: string; proposedAtMs: bigint; decidedAtMs: bigint | null },
): ReliefRecord => ({
  ...row, kind: row.kind as RentRelief['kind'], state: row.state as ReliefState, proposedAtMs: Number(row.proposedAtMs), decidedAtMs: numberOrNull(row.decidedAtMs),
})

export const reliefsOf = async (read: Tx, of: { estateId: string; householdId?: string; state?: ReliefState }): Promise<ReliefRecord[]> =>
  (await read.rentRelief.findMany({ where: of, orderBy: [{ fromDate: 'asc' }, { proposedAtMs: 'asc' }, { reliefId: 'asc' }] })).map(reliefOf)

export async function findRelief(read: Tx, reliefId: string): Promise<ReliefRecord | null> {
  const row = await read.rentRelief.findUnique({ where: { reliefId } })
  return row === null ? null : reliefOf(row)
}

export const addRelief = async (tx: Tx, row: ReliefRecord): Promise<void> =>
  void (await tx.rentRelief.create({ data: { ...row, proposedAtMs: BigInt(row.proposedAtMs), decidedAtMs: null } }))

/** @returns false where it was decided before */
export const decideRelief = async (
  tx: Tx, reliefId: string, decision: { state: ReliefState; approvalNo: string | null; decidedBy: string; decidedAtMs: number },
): Promise<boolean> =>
  (await tx.rentRelief.updateMany({ where: { reliefId, state: 'proposed' }, data: { ...decision, decidedAtMs: BigInt(decision.decidedAtMs) } })).count === 1
