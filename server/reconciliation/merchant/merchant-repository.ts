import type { Tx } from '../../db/transaction.js'

export interface MerchantRecord {
  readonly channel: string
  readonly merchantId: string
  /** Agreed rate in parts per million; null: as the bill says. */
  readonly feePpm: number | null
  /** Account that settlements arrive on; null: not reconciled with the bank. */
  readonly bankAccount: string | null
  /** Working days of the bank after the bill's day. */
  readonly settleDays: number
}

const recordOf = ({ channel, merchantId, feePpm, bankAccount, settleDays }: MerchantRecord): MerchantRecord => ({ channel, merchantId, feePpm, bankAccount, settleDays })

export async function findMerchant(read: Tx, channel: string, merchantId: string): Promise<MerchantRecord | null> {
  const row = await read.reconMerchant.findUnique({ where: { channel_merchantId: { channel, merchantId } } })
  return row === null ? null : recordOf(row)
}
export const allMerchants = async (read: Tx): Promise<MerchantRecord[]> => (await read.reconMerchant.findMany({ orderBy: [{ channel: 'asc' },
  { merchantId: 'asc' }] })).map(recordOf)

export async function putMerchant(tx: Tx, merchant: MerchantRecord, by: string, atMs: number): Promise<void> {
  const { channel, merchantId } = merchant
  const set = { setBy: by, setAtMs: BigInt(atMs) }
  await tx.reconMerchant.upsert({ where: { channel_merchantId: { channel, merchantId } }, create: { ...merchant, ...set }, update: { ...merchant, ...set } })
}
