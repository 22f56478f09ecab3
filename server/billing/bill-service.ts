import { Type } from 'typebox'
import { Closed } from '#contract/wire-types.js'
import type { EstateScope } from '../auth/roles.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import * as rows from './bill-repository.js'
import { type BillKind, type BillState, type PartBalance, billState, openFenOf } from './bill-rules.js'
import type { BillLine, LineExplanation } from './rent-terms.js'

/** A bill as lists show it. */
export interface BillItem extends Omit<rows.BillRecord, 'ref' | 'issuedBy'> {
  readonly state: BillState
  /** What the household still owes of it. */
  readonly openFen: number
}

export interface BillCard extends BillItem {
  readonly lines: Array<BillLine & { readonly lineNo: number }>
  readonly parts: PartBalance[]
  /** Bills that correct this one. */
  readonly adjustedBy: Array<{ readonly billId: string; readonly totalFen: number; readonly approvalNo: string | null; readonly issuedOn: string }>
}

export interface BillQuery {
  readonly householdId?: string | undefined
  readonly period?: string | undefined
  readonly kind?: BillKind | undefined
  readonly state?: 'open' | 'settled' | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface BillService {
  /** One page, latest issued first. @throws AppError SV_HTTP_VALIDATION where `after` is no cursor */
  list(scope: EstateScope, query: BillQuery): Promise<{ bills: BillItem[]; next: string | null }>
  /** @throws AppError SV_HTTP_NOT_FOUND */
  card(billId: string): Promise<BillCard>
  estateOf(billId: string): Promise<string | undefined>
}

const Place = Closed({ issuedAtMs: Type.Integer(), billId: Type.String() })

const itemOf = ({ ref: _ref, issuedBy: _issuedBy, ...bill }: rows.BillRecord, parts: readonly PartBalance[]): BillItem =>
  ({ ...bill, state: billState(parts), openFen: openFenOf(parts) })

export function createBillService(deps: { read: Tx }): BillService {
  const { read } = deps
  return {
    async list(scope, query) {
      const { after, limit, ...filter } = query
      const place = after === undefined ? null : decodeCursor(Place, after, 'after')
      const { rows: bills, next } = pageOf(await rows.billPage(read, scope, filter, place, limit + 1), limit, ({ issuedAtMs, billId }) => ({ issuedAtMs, billId }))
      const parts = await rows.partsOfBills(read, bills.map((bill) => bill.billId))
      return { bills: bills.map((bill) => itemOf(bill, parts.filter((part) => part.billId === bill.billId))), next }
    },
    async card(billId) {
      const bill = await rows.findBill(read, billId)
      if (bill === null) throw fail('SV_HTTP_NOT_FOUND')
      const [lines, parts, adjustments] = await Promise.all([rows.linesOf(read, billId), rows.partsOfBills(read, [billId]), rows.adjustmentsTo(read, billId)])
      return {
        ...itemOf(bill, parts), parts,
        lines: lines.map(({ lineNo, receivable, fen, explanation }) => ({ lineNo, receivable, fen, explanation: JSON.parse(explanation) as LineExplanation })),
        adjustedBy: adjustments.map(({ billId: id, totalFen, approvalNo, issuedOn }) => ({ billId: id, totalFen, approvalNo, issuedOn })),
      }
    },
    estateOf: async (billId) => (await rows.findBill(read, billId))?.estateId,
  }
}
