import type { Tx } from '../db/transaction.js'

export interface PayLinkRecord {
  readonly tokenHash: string
  readonly billId: string
  readonly estateId: string
  readonly createdBy: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export async function insertPayLink(tx: Tx, link: PayLinkRecord): Promise<void> {
  await tx.payLink.create({ data: { ...link, createdAtMs: BigInt(link.createdAtMs), expiresAtMs: BigInt(link.expiresAtMs) } })
}

export async function findPayLink(read: Tx, tokenHash: string): Promise<PayLinkRecord | null> {
  const row = await read.payLink.findUnique({ where: { tokenHash } })
  return row === null ? null : { ...row, createdAtMs: Number(row.createdAtMs), expiresAtMs: Number(row.expiresAtMs) }
}

export const countOpenLinks = (read: Tx, billId: string, nowMs: number): Promise<number> =>
  read.payLink.count({ where: { billId, expiresAtMs: { gt: BigInt(nowMs) } } })

export const deleteLinksBefore = async (tx: Tx, atMs: number): Promise<number> =>
  (await tx.payLink.deleteMany({ where: { expiresAtMs: { lte: BigInt(atMs) } } })).count
