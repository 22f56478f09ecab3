import type { Tx } from '../db/transaction.js'
import { type HoldingRegisters, type TerminalHold, terminalHolds } from '../sync/holding-rules.js'

export type ConsentEnd = 'withdrawn' | 'expired' | 'person-removed'

export interface ConsentRecord {
  readonly consentId: string
  readonly personRef: string
  readonly purpose: string
  readonly noticeVersion: string
  readonly guardianRef: string | null
  readonly grantedAtMs: number
  readonly expiresAtMs: number
  readonly endedAtMs: number | null
  readonly endCause: string | null
  /** User who entered it. */
  readonly recordedBy: string
}

/** What one gateway said about the templates it holds under a consent. */
export interface HoldingRecord {
  readonly gatewayId: string
  readonly templates: number
  readonly enrolledAtMs: number | null
  readonly erasedAtMs: number | null
  /** Terminals that match by themselves: `held`, `pending` where they were told to let go, `done` once they proved it. */
  readonly terminals: Array<{ deviceId: string; state: TerminalHold }>
}

interface ConsentRow extends Omit<ConsentRecord, 'grantedAtMs' | 'expiresAtMs' | 'endedAtMs'> {
  readonly grantedAtMs: bigint
  readonly expiresAtMs: bigint
  readonly endedAtMs: bigint | null
}

const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value))

const recordOf = (row: ConsentRow): ConsentRecord => ({
  ...row, grantedAtMs: Number(row.grantedAtMs), expiresAtMs: Number(row.expiresAtMs), endedAtMs: numberOrNull(row.endedAtMs),
})

const oldestFirst = { consentId: 'asc' } as const

export async function find(tx: Tx, consentId: string): Promise<ConsentRecord | null> {
  const row = await tx.consent.findUnique({ where: { consentId } })
  return row === null ? null : recordOf(row)
}

/** All of a person's consents, newest first. */
export const listOfPerson = async (tx: Tx, personRef: string): Promise<ConsentRecord[]> =>
  (await tx.consent.findMany({ where: { personRef }, orderBy: [{ grantedAtMs: 'desc' }, { consentId: 'desc' }] })).map(recordOf)

/** Consents that were not ended, the person's own and those they gave as a guardian. */
export const openThatNeed = async (tx: Tx, personRef: string): Promise<ConsentRecord[]> =>
  (await tx.consent.findMany({ where: { endedAtMs: null, OR: [{ personRef }, { guardianRef: personRef }] }, orderBy: oldestFirst })).map(recordOf)

/** Open consents that a person gave as a guardian. */
export const openGivenBy = async (tx: Tx, guardianRef: string): Promise<ConsentRecord[]> =>
  (await tx.consent.findMany({ where: { endedAtMs: null, guardianRef }, orderBy: oldestFirst })).map(recordOf)

export const openOfPerson = async (tx: Tx, personRef: string, purpose: string): Promise<ConsentRecord[]> =>
  (await tx.consent.findMany({ where: { endedAtMs: null, personRef, purpose }, orderBy: oldestFirst })).map(recordOf)

/** Open consents whose time was over at `atMs`, the earliest first. */
export const expired = async (tx: Tx, atMs: number, limit: number): Promise<ConsentRecord[]> =>
  (await tx.consent.findMany({
    where: { endedAtMs: null, expiresAtMs: { lte: BigInt(atMs) } }, orderBy: [{ expiresAtMs: 'asc' }, oldestFirst], take: limit,
  })).map(recordOf)

export async function insert(tx: Tx, consent: ConsentRecord): Promise<void> {
  const times = { grantedAtMs: BigInt(consent.grantedAtMs), expiresAtMs: BigInt(consent.expiresAtMs), endedAtMs: null }
  await tx.consent.create({ data: { ...consent, ...times } })
}

export const end = async (tx: Tx, consentId: string, cause: ConsentEnd, atMs: number): Promise<void> =>
  void (await tx.consent.update({ where: { consentId }, data: { endedAtMs: BigInt(atMs), endCause: cause } }))

export const holdings = async (tx: Tx, consentId: string): Promise<HoldingRecord[]> =>
  (await tx.templateHolding.findMany({ where: { consentId }, orderBy: { gatewayId: 'asc' } })).map((row) => ({
    gatewayId: row.gatewayId, templates: row.templates, enrolledAtMs: numberOrNull(row.enrolledAtMs), erasedAtMs: numberOrNull(row.erasedAtMs),
    terminals: terminalHolds(JSON.parse(row.registers) as HoldingRegisters),
  }))
