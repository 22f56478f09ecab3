import type { Tx } from '../db/transaction.js'

export interface NoticeRecord {
  readonly version: string
  readonly purpose: string
  readonly textZh: string
  readonly textEn: string
  /** Over both texts, Chinese first, with a line feed between; hex. */
  readonly sha256: string
  readonly publishedAtMs: number
}

interface NoticeRow extends Omit<NoticeRecord, 'publishedAtMs'> {
  readonly publishedAtMs: bigint
}

const recordOf = (row: NoticeRow): NoticeRecord => ({ ...row, publishedAtMs: Number(row.publishedAtMs) })

/** All notices, newest first. */
export const list = async (tx: Tx): Promise<NoticeRecord[]> =>
  (await tx.consentNotice.findMany({ orderBy: [{ publishedAtMs: 'desc' }, { version: 'desc' }] })).map(recordOf)

export const insert = async (tx: Tx, notice: NoticeRecord): Promise<void> =>
  void (await tx.consentNotice.create({ data: { ...notice, publishedAtMs: BigInt(notice.publishedAtMs) } }))
