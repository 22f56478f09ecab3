import type { Tx } from '../../db/transaction.js'
import type { MoneyPlace } from '../../ledger/posting-rules.js'
import { isHeld } from '../case/case-actions.js'
import { type CaseRecord, findCase } from '../case/case-repository.js'

/** What the books hold in suspense for a case. */
export interface HeldPosting {
  readonly caseId: string
  readonly estateId: string
  readonly at: MoneyPlace
  readonly memo: string | null
  /** Above zero: more than was due. Zero where it was taken out again. */
  readonly fen: number
  /** How often something was posted for it. */
  readonly turns: number
}

/** Characters of a case's id, with which references of its postings begin. */
const ID_LENGTH = 36

type Raw = Omit<HeldPosting, 'at' | 'fen' | 'turns'> & MoneyPlace & { readonly fen: number | bigint; readonly turns: number | bigint }

/** By case. @param caseId null for all that is not zero */
export async function heldPostings(read: Tx, caseId: string | null): Promise<Map<string, HeldPosting>> {
  const other = (of: '' | 'Of'): string => `max(CASE WHEN t."credit" = 'suspense' THEN t."debit${of}" ELSE t."credit${of}" END)`
  const rows = await read.$queryRawUnsafe<Raw[]>(
    `SELECT substr(j."causeRef", 1, ${ID_LENGTH}) AS "caseId", max(j."estateId") AS "estateId", ${other('')} AS "account", ${other('Of')} AS "of", max(j."memo") AS "memo",
    sum(CASE WHEN t."credit" = 'suspense' THEN t."amountFen" ELSE 0 - t."amountFen" END) AS "fen", count(*) AS "turns"
    FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq" WHERE j."cause" = 'difference-held' ${caseId === null ? '' : 'AND j."causeRef" >= ? AND j."causeRef" < ?'}
    GROUP BY 1 ${caseId === null ? 'HAVING "fen" <> 0' : ''} ORDER BY 1`, ...(caseId === null ? [] : [`${caseId}:`, `${caseId};`]))
  return new Map(rows.map(({ account, of, fen, turns, ...same }) => [same.caseId, { ...same, at: { account, of }, fen: Number(fen), turns: Number(turns) }]))
}

const HELD_CLASSES = ['SETTLEMENT_SHORT', 'SETTLEMENT_OVER', 'SETTLEMENT_MISSING', 'BANK_SUSPENSE'] as const

export const standsHeld = ({ leg, state, classCode, proposal }: CaseRecord): boolean =>
  leg === 2 && state === 'approved' && proposal !== null && isHeld(classCode, proposal.action)

/** Approved cases since a day that stand in suspense, or should. */
export async function approvedToHold(read: Tx, sinceDate: string): Promise<CaseRecord[]> {
  const rows = await read.reconCase.findMany({
    where: { leg: 2, state: 'approved', classCode: { in: [...HELD_CLASSES] }, bizDate: { gte: sinceDate } },
    orderBy: [{ bizDate: 'asc' }, { caseId: 'asc' }], select: { caseId: true },
  })
  const cases = await Promise.all(rows.map(({ caseId }) => findCase(read, caseId)))
  return cases.filter((one): one is CaseRecord => one !== null && standsHeld(one))
}

/** What a channel's own balance moved otherwise on a day and stands in suspense. */
export async function heldOfFundBill(read: Tx, { channel, merchantId, billDate }: { channel: string; merchantId: string; billDate: string }): Promise<number> {
  const rows = await read.reconCase.findMany({
    where: { leg: 2, channel, merchantId, bizDate: billDate, state: 'approved', batchNo: { not: null }, classCode: { in: [...HELD_CLASSES] } }, select: { caseId: true },
  })
  const held = await Promise.all(rows.map(async ({ caseId }) => (await heldPostings(read, caseId)).get(caseId)?.fen ?? 0))
  return held.reduce((sum, fen) => sum + fen, 0)
}
