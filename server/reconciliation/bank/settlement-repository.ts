import type { Tx } from '../../db/transaction.js'

/** What the books have of a day's settlement at an estate. */
export interface PostedSettlement {
  readonly estateId: string
  /** From the channel to the bank, less what went back. */
  readonly netFen: number
  /** Charged by the channel, less what it gave back. */
  readonly feeFen: number
  /** How often something was posted for it. */
  readonly turns: number
}

/** @param ref `channel:merchant:day`, under which settlements are posted estate by estate */
export async function postedSettlement(read: Tx, ref: string): Promise<PostedSettlement[]> {
  const rows = await read.$queryRawUnsafe<Array<Record<'netFen' | 'feeFen' | 'turns', number | bigint> & { estateId: string }>>(
    `SELECT j."estateId", sum(CASE WHEN j."cause" <> 'settled' THEN 0 WHEN t."debit" = 'bank' THEN t."amountFen" ELSE 0 - t."amountFen" END) AS "netFen",
    sum(CASE j."cause" WHEN 'fee-charged' THEN t."amountFen" WHEN 'fee-returned' THEN 0 - t."amountFen" ELSE 0 END) AS "feeFen", count(DISTINCT j."causeRef") AS "turns"
    FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq"
    WHERE j."cause" IN ('settled', 'fee-charged', 'fee-returned') AND j."causeRef" >= ? AND j."causeRef" < ? GROUP BY j."estateId" ORDER BY j."estateId"`, `${ref}:`, `${ref};`)
  return rows.map(({ estateId, netFen, feeFen, turns }) => ({ estateId, netFen: Number(netFen), feeFen: Number(feeFen), turns: Number(turns) }))
}
