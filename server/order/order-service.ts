import type { OrderKind } from '#contract/sync-orders.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { Change, RunChange } from '../audit/change.js'
import type { EstateScope } from '../auth/roles.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import * as orders from './order-repository.js'
import { type Now, ORDER_VALID_MS, auditedContent, remainingMs, subjectOf } from './order-rules.js'
import { type OrderTarget, gatewayFor } from './order-target.js'
import { viewsOf } from './order-view.js'
import { OrderPlace, type OrderView } from './schemas.js'

const PAGE_ITEMS = 50
/** Orders that wait for one gateway; somebody who gives more has lost count. */
const OPEN_MAX = 200
/** Ended at a time: more are ended in the next round. */
const ENDED_AT_ONCE = 500
/** An order that is worth so little time is ended on time, not by the next sweep. */
const TIMED_MS_MAX = 60_000

export interface OrderSubject {
  readonly gatewayId: string
  readonly estateId: string
}

export interface OrderServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly ids: IdSource
  readonly clock: Clock
  readonly log: Logger
  readonly options: {
    /** Name of this life of the process. */
    readonly life: string
    /** Told after an order was given, or ended without a result. */
    readonly changed: (gateway: OrderSubject, orderIds: readonly string[]) => void
  }
}

export interface NewOrder extends OrderTarget {
  readonly note?: string | undefined
}

export interface OrderService {
  /**
   * Gives an order, and notes who did. It is pending until the gateway's record says what became of it.
   * @param also changes that belong to it, in the same transaction
   * @throws AppError SV_ORDER_NO_GATEWAY, SV_ORDER_TOO_MANY; SV_HTTP_NOT_FOUND where the estate has no such gate
   */
  give(by: string, order: NewOrder, also?: (change: Change, given: { orderId: string; gatewayId: string }) => Promise<void>): Promise<OrderView>
  list(scope: EstateScope, query: { subject?: string; before?: string; limit?: number }): Promise<{ orders: OrderView[]; older: string | null }>
  /** By id, oldest first. */
  byIds(orderIds: readonly string[]): Promise<OrderView[]>
  /** Notes which orders' time is over without a result. */
  endOver(): Promise<void>
  stop(): void
}

const actionOf = (kind: OrderKind): string => `order.${kind.slice(0, -'.v1'.length)}`

export function createOrderService(deps: OrderServiceDeps): OrderService {
  const { read, clock, options } = deps
  const timers = new Set<CancelTimer>()
  const now = (): Now => ({ life: options.life, monoMs: clock.monoMs(), wallMs: clock.wallMs() })

  const views = (rows: readonly orders.OrderRow[]): Promise<OrderView[]> => viewsOf(read, rows, now())

  const write = async (change: Change, order: NewOrder, by: string): Promise<orders.OrderRow> => {
    const { estateId, request, note } = order
    const gatewayId = await gatewayFor(change.tx, order)
    if (await orders.countOpen(change.tx, gatewayId) >= OPEN_MAX) throw fail('SV_ORDER_TOO_MANY', { waiting: OPEN_MAX })
    const validMs = ORDER_VALID_MS[request.kind]
    const row = await orders.insert(change.tx, {
      orderId: deps.ids.uuid(), gatewayId, estateId, kind: request.kind, subject: subjectOf(request), content: JSON.stringify(request.content),
      note: note === undefined || note.trim() === '' ? null : note.trim(), operatorRef: by,
      createdAtMs: change.atMs, expiresAtMs: change.atMs + validMs, life: options.life, deadlineMonoMs: clock.monoMs() + validMs,
    })
    await change.audit({ action: actionOf(request.kind), subject: row.subject, estateId, after: { orderId: row.orderId, gatewayId, ...auditedContent(request) } })
    return row
  }

  const endOver = async (): Promise<void> => {
    const over = (rows: readonly orders.OrderRow[]): orders.OrderRow[] => rows.filter((row) => remainingMs(row, now()) === 0)
    if (over(await orders.allOpen(read, ENDED_AT_ONCE)).length === 0) return
    const ended = await deps.change(null, async (change) => {
      const rows = over(await orders.allOpen(change.tx, ENDED_AT_ONCE))
      await orders.noteEnded(change.tx, rows.map((row) => row.orderId), change.atMs)
      for (const row of rows) {
        await change.audit({ action: 'order.over', subject: row.subject, estateId: row.estateId, after: { orderId: row.orderId, given: row.givenAtMs !== null } })
      }
      return rows
    })
    for (const row of ended) options.changed(row, [row.orderId])
  }
  const endOnTime = (validMs: number): void => {
    if (validMs > TIMED_MS_MAX) return
    const cancel = clock.after(validMs + 1, () => {
      timers.delete(cancel)
      endOver().catch((error: unknown) => deps.log.error({ err: error }, 'orders whose time is over were not noted'))
    })
    timers.add(cancel)
  }

  return {
    async give(by, order, also) {
      const row = await deps.change(by, async (change) => {
        const written = await write(change, order, by)
        await also?.(change, written)
        return written
      })
      endOnTime(ORDER_VALID_MS[order.request.kind])
      options.changed(row, [row.orderId])
      return (await views([row]))[0] as OrderView
    },
    async list(scope, { subject, before, limit = PAGE_ITEMS }) {
      const place = before === undefined ? undefined : decodeCursor(OrderPlace, before, 'before')
      const rows = await orders.newest(read, scope, { ...(subject === undefined ? {} : { subject }), ...(place === undefined ? {} : { before: place }) }, limit + 1)
      const page = pageOf(rows, limit, (row) => ({ atMs: row.createdAtMs, orderId: row.orderId }))
      return { orders: await views(page.rows), older: page.next }
    },
    byIds: async (orderIds) => views(await orders.byIds(read, orderIds)),
    endOver,
    stop() {
      for (const cancel of timers) cancel()
      timers.clear()
    },
  }
}
