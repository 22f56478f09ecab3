import type { Tx } from '../db/transaction.js'

export interface DeskWithdrawal {
  readonly consentId: string
  readonly estateId: string
  readonly personRef: string
  readonly operatorRef: string
}

/** Keeps a withdrawal whose consent has not been reported yet. */
export const remember = async (tx: Tx, withdrawal: DeskWithdrawal, atMs: number): Promise<void> =>
  void (await tx.deskWithdrawal.upsert({ where: { consentId: withdrawal.consentId }, create: { ...withdrawal, atMs: BigInt(atMs) }, update: {} }))

export async function wasWithdrawn(tx: Tx, consentId: string, estateId: string): Promise<boolean> {
  const row = await tx.deskWithdrawal.findUnique({ where: { consentId } })
  return row?.estateId === estateId
}
