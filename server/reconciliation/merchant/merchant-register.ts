import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { type MerchantRecord, allMerchants, findMerchant, putMerchant } from './merchant-repository.js'

/** The agreed rate of a merchant's charge in parts per million; null where nothing is agreed and the bill's own rate counts. */
export const feePpmOf = async (read: Tx, channel: string, merchantId: string): Promise<number | null> => (await findMerchant(read, channel, merchantId))?.feePpm ?? null

export interface MerchantService {
  list(): Promise<MerchantRecord[]>
  put(by: string, merchant: MerchantRecord): Promise<void>
}

export const createMerchantService = (deps: { readonly read: Tx; readonly change: RunChange }): MerchantService => ({
  list: () => allMerchants(deps.read),
  put: (by, merchant) => deps.change(by, async (one) => {
    const { channel, merchantId, feePpm, bankAccount, settleDays } = merchant
    const before = await findMerchant(one.tx, channel, merchantId)
    await putMerchant(one.tx, merchant, by, one.atMs)
    await one.audit({
      action: 'reconciliation.merchant', subject: `merchant:${channel}:${merchantId}`, estateId: null, ...(before === null ? {} : { before: { ...before } }),
      after: { feePpm, bankAccount, settleDays },
    })
  }),
})
