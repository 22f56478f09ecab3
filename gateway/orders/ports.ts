import type { RecordBody } from '#contract/sync-records.js'

/** `begun`: committed before anything was done; `done`: its result is in the log. */
export type OrderStage = 'begun' | 'done'

export interface OrderTx {
  /** Commits that this order is being carried out. @returns where it stood before; undefined where it is new */
  beginOrder(orderId: string, kind: string): Promise<OrderStage | undefined>
  finishOrder(orderId: string): Promise<void>
}

export interface OrderStore {
  transact<T>(work: (tx: OrderTx & { append(body: RecordBody): Promise<unknown> }) => Promise<T>): Promise<T>
}
