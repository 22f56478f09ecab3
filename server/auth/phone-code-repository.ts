import type { Tx } from '../db/transaction.js'

export interface CodeRecord {
  readonly challengeId: string
  readonly phoneHash: string
  readonly codeHash: string
  readonly address: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export async function insertCode(tx: Tx, code: CodeRecord): Promise<void> {
  await tx.phoneCode.create({ data: { ...code, createdAtMs: BigInt(code.createdAtMs), expiresAtMs: BigInt(code.expiresAtMs) } })
}

/** When codes were asked for since `fromMs`, newest first. */
export async function codeTimes(tx: Tx, of: { phoneHash: string } | { address: string }, fromMs: number): Promise<number[]> {
  const rows = await tx.phoneCode.findMany({ where: { ...of, createdAtMs: { gt: BigInt(fromMs) } }, orderBy: { createdAtMs: 'desc' }, select: { createdAtMs: true } })
  return rows.map((row) => Number(row.createdAtMs))
}

/**
 * Counts a try at the newest code of a number, before it is looked at: many at once are no way around.
 * @returns its hash, or null where there is none that still counts
 */
export async function takeTry(tx: Tx, phoneHash: string, nowMs: number, triesMax: number): Promise<{ challengeId: string; codeHash: string } | null> {
  const newest = await tx.phoneCode.findFirst({ where: { phoneHash }, orderBy: { createdAtMs: 'desc' } })
  if (newest === null || newest.usedAtMs !== null || Number(newest.expiresAtMs) <= nowMs || newest.attempts >= triesMax) return null
  const { challengeId, codeHash, attempts } = newest
  await tx.phoneCode.update({ where: { challengeId }, data: { attempts: attempts + 1 } })
  return { challengeId, codeHash }
}

/** Uses a code up. False where it was used before. */
export const useCode = async (tx: Tx, challengeId: string, atMs: number): Promise<boolean> =>
  (await tx.phoneCode.updateMany({ where: { challengeId, usedAtMs: null }, data: { usedAtMs: BigInt(atMs) } })).count === 1

export const deleteCodesBefore = async (tx: Tx, atMs: number): Promise<number> =>
  (await tx.phoneCode.deleteMany({ where: { createdAtMs: { lt: BigInt(atMs) } } })).count
