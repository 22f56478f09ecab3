import type { Tx } from '../db/transaction.js'
import type { CertificateSpan } from './review-rules.js'

/** Households of an estate none of whose members of that day was let in at a gate since then; carers live elsewhere. */
export async function householdsNotSeen(read: Tx, estateId: string, { date, sinceMs }: { readonly date: string; readonly sinceMs: number }): Promise<Set<string>> {
  const rows = await read.$queryRawUnsafe<Array<{ householdId: string }>>(
    `SELECT m."householdId" AS "householdId" FROM "HouseholdMember" m
     WHERE m."estateId" = ? AND m."role" <> 'carer' AND m."fromDate" <= ? AND coalesce(m."untilDate", '9999-12-31') >= ? GROUP BY 1
     HAVING SUM(CASE WHEN EXISTS (
       SELECT 1 FROM "AccessEvent" e WHERE e."personRef" = m."personRef"
         AND e."occurredAtMs" >= ? AND e."result" = 'granted') THEN 1 ELSE 0 END) = 0`,
    estateId, date, date, sinceMs)
  return new Set(rows.map((row) => row.householdId))
}

/** When the estate's first gateway was claimed: no passage is known from before. */
export async function watchedSinceMs(read: Tx, estateId: string): Promise<number | undefined> {
  const first = await read.gateway.findFirst({ where: { estateId, claimedAtMs: { not: null } }, orderBy: { claimedAtMs: 'asc' }, select: { claimedAtMs: true } })
  return first?.claimedAtMs === undefined || first.claimedAtMs === null ? undefined : Number(first.claimedAtMs)
}

/** Certificates of an estate by household, those that were ended by hand left out, in the order of their first days. */
export async function certificatesByHousehold(read: Tx, estateId: string): Promise<Map<string, CertificateSpan[]>> {
  const rows = await read.tierCertificate.findMany({
    where: { estateId, endedAtMs: null }, orderBy: [{ fromDate: 'asc' }, { recordedAtMs: 'asc' }], select: { householdId: true, tier: true, fromDate: true, untilDate: true },
  })
  const found = new Map<string, CertificateSpan[]>()
  for (const { householdId, ...span } of rows) found.set(householdId, [...(found.get(householdId) ?? []), span])
  return found
}
