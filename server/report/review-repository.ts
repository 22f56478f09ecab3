import type { Tx } from '../db/transaction.js'
import type { CertificateSpan } from './review-rules.js'

/** Certificates of an estate by household, those that were ended by hand left out, in the order of their first days. */
export async function certificatesByHousehold(read: Tx, estateId: string): Promise<Map<string, CertificateSpan[]>> {
  const rows = await read.tierCertificate.findMany({
    where: { estateId, endedAtMs: null }, orderBy: [{ fromDate: 'asc' }, { recordedAtMs: 'asc' }], select: { householdId: true, tier: true, fromDate: true, untilDate: true },
  })
  const found = new Map<string, CertificateSpan[]>()
  for (const { householdId, ...span } of rows) found.set(householdId, [...(found.get(householdId) ?? []), span])
  return found
}
