import type { Tx } from '../../db/transaction.js'

/** Cases of a bill's day that nobody has explained yet. */
export const openCaseCount = (read: Tx, { channel, merchantId, billDate, leg }: { channel: string; merchantId: string; billDate: string; leg: number }): Promise<number> =>
  read.reconCase.count({ where: { channel, merchantId, bizDate: billDate, leg, state: { in: ['open', 'proposed'] } } })

/** True where a day has cases that a look at it may clear. */
export const hasCases = async (read: Tx, { channel, merchantId, billDate, leg }: { channel: string; merchantId: string; billDate: string; leg: number }): Promise<boolean> =>
  await read.reconCase.findFirst({ where: { channel, merchantId, bizDate: billDate, leg, state: { not: 'cleared' } }, select: { caseId: true } }) !== null
