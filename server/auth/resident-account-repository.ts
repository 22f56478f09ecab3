import type { Tx } from '../db/transaction.js'

export const findPersonOfUser = async (read: Tx, userId: string): Promise<string | null> =>
  (await read.residentAccount.findUnique({ where: { userId } }))?.personRef ?? null

export const findUserOfPerson = async (read: Tx, personRef: string): Promise<string | null> =>
  (await read.residentAccount.findUnique({ where: { personRef } }))?.userId ?? null

export async function insertAccount(tx: Tx, account: { userId: string; personRef: string }, createdAtMs: number): Promise<void> {
  await tx.residentAccount.create({ data: { ...account, createdAtMs: BigInt(createdAtMs) } })
}
