import type { Tx } from '../../db/transaction.js'
import { rowsAfter } from './batch-repository.js'

type Row = Awaited<ReturnType<typeof rowsAfter>>[number]

/** Lines of a bill for looking at. */
export interface BatchRows {
  page(batchNo: number, wish: { after: number; limit: number; orderNo?: string }): Promise<{ items: Row[]; next: number | null }>
}

export const createBatchRows = (deps: { readonly read: Tx }): BatchRows => ({
  async page(batchNo, { after, limit, orderNo }) {
    const found = await rowsAfter(deps.read, batchNo, after, limit + 1, orderNo)
    const items = found.slice(0, limit)
    return { items, next: found.length > limit ? (items.at(-1)?.line ?? null) : null }
  },
})
