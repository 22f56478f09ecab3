import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { civilDateOf } from '../../household/civil-date-rules.js'
import { balances, post } from '../../ledger/ledger-service.js'
import type { ShiftRecord } from './shift-kinds.js'
import * as rows from './shift-repository.js'

export interface ShiftService {
  /** @throws AppError SV_RECON_SHIFT where the desk has an open shift */
  open(by: string, wish: { estateId: string; desk: string; openingFen: number }): Promise<ShiftRecord>
  /** Counted by the cashier whose shift it is, without being told what should be there. @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_SHIFT */
  count(by: string, shiftId: string, countedFen: number, note: string | null): Promise<ShiftRecord>
  /** Another person signs; what is short or over goes to its account. @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_SHIFT, SV_RECON_SAME_PERSON */
  review(by: string, shiftId: string): Promise<ShiftRecord>
  find(shiftId: string): Promise<ShiftRecord | null>
  list(estateIds: readonly string[] | null, fromDate: string, untilDate: string): Promise<ShiftRecord[]>
}

const LIST_MAX = 500
const LAST_DATE = '9999-12-31'

/** What the books say is in the desk. */
async function bookedCash(read: Tx, estateId: string, desk: string): Promise<number> {
  const row = (await balances(read, [estateId], LAST_DATE)).find((one) => one.account === 'cash' && one.of === desk)
  return row?.balanceFen ?? 0
}

/** Cashiers' shifts: float at the beginning, cash counted at the end, the difference signed by somebody else and posted. */
export function createShiftService(deps: { readonly read: Tx; readonly change: RunChange; readonly ids: IdSource }): ShiftService {
  const { read, change, ids } = deps
  const fresh = async (tx: Tx, shiftId: string): Promise<ShiftRecord> => {
    const shift = await rows.findShift(tx, shiftId)
    if (shift === null) throw fail('SV_HTTP_NOT_FOUND')
    return shift
  }
  return {
    find: (shiftId) => rows.findShift(read, shiftId),
    list: (estateIds, fromDate, untilDate) => rows.shiftsBetween(read, estateIds, fromDate, untilDate, LIST_MAX),
    open: (by, { estateId, desk, openingFen }) => change(by, async (one) => {
      const before = await rows.openShift(one.tx, desk)
      if (before !== null) throw fail('SV_RECON_SHIFT', { shiftId: before.shiftId, state: 'open' })
      const shift = { shiftId: ids.uuid(), estateId, desk, cashierId: by, bizDate: civilDateOf(one.atMs), openingFen, openedAtMs: one.atMs }
      await rows.insertShift(one.tx, shift)
      await one.audit({ action: 'cash.shift-open', subject: `shift:${shift.shiftId}`, estateId, after: { desk, openingFen } })
      return fresh(one.tx, shift.shiftId)
    }),
    count: (by, shiftId, countedFen, note) => change(by, async (one) => {
      const shift = await fresh(one.tx, shiftId)
      if (shift.cashierId !== by) throw fail('SV_RECON_SHIFT', { shiftId, state: shift.state, problem: 'of another cashier' })
      const expectedFen = await bookedCash(one.tx, shift.estateId, shift.desk)
      const counted = { expectedFen, countedFen, differenceFen: countedFen - expectedFen, note, countedAtMs: one.atMs }
      if (!await rows.countShift(one.tx, shiftId, counted)) throw fail('SV_RECON_SHIFT', { shiftId, state: shift.state })
      await one.audit({ action: 'cash.shift-count', subject: `shift:${shiftId}`, estateId: shift.estateId, after: { expectedFen, countedFen } })
      return fresh(one.tx, shiftId)
    }),
    review: (by, shiftId) => change(by, async (one) => {
      const shift = await fresh(one.tx, shiftId)
      const { estateId, desk, bizDate, cashierId, differenceFen, state } = shift
      if (cashierId === by) throw fail('SV_RECON_SAME_PERSON')
      if (!await rows.reviewShift(one.tx, shiftId, by, one.atMs)) throw fail('SV_RECON_SHIFT', { shiftId, state })
      if (differenceFen !== null && differenceFen !== 0) {
        await post(one, [{ estateId, causeRef: shiftId, bizDate, memo: desk, event: { kind: 'cash-difference', desk, fen: differenceFen } }])
      }
      await one.audit({ action: 'cash.shift-review', subject: `shift:${shiftId}`, estateId, after: { differenceFen } })
      return fresh(one.tx, shiftId)
    }),
  }
}
