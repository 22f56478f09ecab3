import { createHash } from 'node:crypto'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import type { RunChange } from '../audit/change.js'
import type { BillCard, BillService } from '../billing/bill-service.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import type { PaymentViews } from '../payment/payment-views.js'
import { type PaymentState, paymentStateOf } from './my-payment-rules.js'
import * as links from './pay-link-repository.js'

const TOKEN_BYTES = 16
const LINK_MS = 7 * 86_400_000
/** Open links of one bill. A family needs two or three. */
const LINKS_MAX = 20

/** The bill and nothing else: no name, no flat, no figures of how it came about. */
export type LinkedBill = Pick<BillCard, 'label' | 'period' | 'fromDate' | 'untilDate' | 'dueDate' | 'totalFen' | 'openFen' | 'state'> & { readonly estateId: string }

export interface PayLinkService {
  /** @throws AppError SV_HTTP_RATE_LIMIT */
  create(by: string, bill: { billId: string; estateId: string }): Promise<{ token: string; expiresAtMs: number }>
  /** @throws AppError SV_HTTP_NOT_FOUND, also where its time is over */
  bill(token: string): Promise<LinkedBill>
  /** The bill that a link is for. @throws as `bill` */
  billIdOf(token: string): Promise<string>
  /** An order of the link's bill. @throws as `bill`, also where it is another bill's */
  payment(token: string, outTradeNo: string): Promise<{ outTradeNo: string; state: PaymentState; totalFen: number; paidAtMs: number | null }>
  prune(): Promise<void>
}

export interface PayLinkServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly bills: BillService
  readonly views: PaymentViews
  readonly runtime: { readonly clock: Clock; readonly random: RandomSource }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Links by which a relative pays somebody's bill. Whoever holds one sees that bill for a week. */
export function createPayLinkService({ read, change, bills, views, runtime: { clock, random } }: PayLinkServiceDeps): PayLinkService {
  const billIdOf = async (token: string): Promise<string> => {
    const link = await links.findPayLink(read, hashOf(token))
    if (link === null || link.expiresAtMs <= clock.wallMs()) throw fail('SV_HTTP_NOT_FOUND')
    return link.billId
  }
  return {
    billIdOf,
    create: (by, { billId, estateId }) => change(by, async (one) => {
      if (await links.countOpenLinks(one.tx, billId, one.atMs) >= LINKS_MAX) throw fail('SV_HTTP_RATE_LIMIT', { retryAfterSeconds: 3_600 })
      const token = Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')
      const expiresAtMs = one.atMs + LINK_MS
      await links.insertPayLink(one.tx, { tokenHash: hashOf(token), billId, estateId, createdBy: by, createdAtMs: one.atMs, expiresAtMs })
      await one.audit({ action: 'pay-link.create', subject: `bill:${billId}`, estateId, after: { expiresAtMs } })
      return { token, expiresAtMs }
    }),
    async bill(token) {
      const { estateId, label, period, fromDate, untilDate, dueDate, totalFen, openFen, state } = await bills.card(await billIdOf(token))
      return { estateId, label, period, fromDate, untilDate, dueDate, totalFen, openFen, state }
    },
    async payment(token, outTradeNo) {
      const [billId, order] = [await billIdOf(token), await views.order(outTradeNo)]
      if (order === null || order.billId !== billId) throw fail('SV_HTTP_NOT_FOUND')
      return { outTradeNo, state: paymentStateOf(order.state), totalFen: order.totalFen, paidAtMs: order.paidAtMs }
    },
    prune: () => change(null, async ({ tx, atMs }) => void await links.deleteLinksBefore(tx, atMs)),
  }
}
