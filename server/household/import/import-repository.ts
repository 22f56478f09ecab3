import type { Tx } from '../../db/transaction.js'

/** What an earlier import of this digest did; null where there was none. */
export async function findImport(tx: Tx, digest: string): Promise<string | null> {
  return (await tx.householdImport.findUnique({ where: { digest }, select: { counts: true } }))?.counts ?? null
}

export const noteImport = async (tx: Tx, digest: string, importedBy: string, importedAtMs: number, counts: string): Promise<void> =>
  void (await tx.householdImport.create({ data: { digest, importedBy, importedAtMs: BigInt(importedAtMs), counts } }))
