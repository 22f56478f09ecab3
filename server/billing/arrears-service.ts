import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { civilDateOf, dayBefore } from '../household/civil-date-rules.js'
import { estateOfHousehold, headsOf } from '../household/household-register.js'
import { type NewMessage, queueMessages } from '../message/message-outbox.js'
import { sumFen } from '../money/fen.js'
import { type Arrears, type Hold, type HoldKind, type OwedBill, arrearsOf } from './arrears-rules.js'
import { billsById, findBill, overdueParts } from './bill-repository.js'
import { grouped } from './grouped.js'
import * as rows from './hold-repository.js'
import { policyOn } from './rent-drafts.js'
import { checkSpan } from './terms-rules.js'

/** Households in one answer; their number and sums are of all. */
const SHOWN_MAX = 1_000

export interface ArrearsItem extends Omit<Arrears, 'ageingFen' | 'stoppedBy'> {
  readonly householdId: string
  readonly unitLabel: string
  readonly ageingFen: number[]
  readonly stoppedBy: HoldKind[]
}

export interface ArrearsList {
  readonly date: string
  readonly households: number
  readonly openFen: number
  /** Households at or beyond the months that open a case. */
  readonly cases: number
  /** Most unpaid months first, then most money. */
  readonly items: ArrearsItem[]
}

export interface ArrearsService {
  /** Who is late in an estate today. @throws AppError SV_BILLING_TERMS where no policy has begun */
  list(estateId: string): Promise<ArrearsList>
  /**
   * Queues a message to the head of each household that is late, once for each step of the same arrears; none where a hold stops it.
   * @throws AppError SV_BILLING_TERMS where no policy has begun
   */
  remind(by: string, estateId: string): Promise<{ queued: number; stopped: number }>
  /** Holds of an estate that are not over. */
  holds(estateId: string): Promise<rows.HoldRecord[]>
  estateOfHold(holdId: string): Promise<string | undefined>
  /** Stops all chasing for a reason. @throws AppError SV_BILLING_TERMS, SV_HTTP_NOT_FOUND */
  hold(by: string, householdId: string, hold: Hold & { readonly note: string }): Promise<{ holdId: string }>
  /** Ends a hold with yesterday. @throws AppError SV_HTTP_NOT_FOUND */
  release(by: string, holdId: string): Promise<void>
}

/** One message of a template for the same arrears, however often it is asked for. */
function reminderTo(personRef: string | undefined, estateId: string, item: ArrearsItem): NewMessage | undefined {
  if (personRef === undefined) return undefined
  const { householdId, openFen, oldestDueDate: dueDate, daysOverdue } = item
  const template = item.step === 'reminder' ? 'rent-reminder' : 'rent-second-reminder'
  return { dedupeKey: `${template}:${householdId}:${dueDate}`, estateId, personRef, template, fields: { openFen, dueDate, daysOverdue } }
}

/** Who is late in an estate on a day: most unpaid months first, then most money. @returns undefined where no policy has begun */
export async function lateHouseholds(read: Tx, estateId: string, date: string): Promise<ArrearsItem[] | undefined> {
  const policy = await policyOn(read, estateId, date)
  if (policy === undefined) return undefined
  const parts = grouped(await overdueParts(read, estateId, date), (part) => part.billId)
  const bills = await billsById(read, [...parts.keys()])
  const holds = grouped(await rows.holdsOf(read, estateId, date), (hold) => hold.householdId)
  return [...grouped(bills, (bill) => bill.householdId)].flatMap(([householdId, some]): ArrearsItem[] => {
    const owed = some.map((bill): OwedBill => ({ ...bill, parts: parts.get(bill.billId) ?? [] }))
    const arrears = arrearsOf(owed, holds.get(householdId) ?? [], policy, date)
    const unitLabel = some.reduce((latest, bill) => (bill.dueDate >= latest.dueDate ? bill : latest)).unitLabel
    return arrears === undefined ? [] : [{ ...arrears, householdId, unitLabel, ageingFen: [...arrears.ageingFen], stoppedBy: [...arrears.stoppedBy] }]
  }).sort((a, b) => b.unpaidMonths - a.unpaidMonths || b.openFen - a.openFen || (a.householdId < b.householdId ? -1 : 1))
}

export function createArrearsService(deps: { read: Tx; change: RunChange; clock: Clock; ids: IdSource }): ArrearsService {
  const { read, change: runChange, clock, ids } = deps
  const today = (): string => civilDateOf(clock.wallMs())

  const items = async (estateId: string, date: string): Promise<ArrearsItem[]> => {
    const all = await lateHouseholds(read, estateId, date)
    if (all === undefined) throw fail('SV_BILLING_TERMS', { field: 'estateId', problem: 'no billing policy of the estate had begun' })
    return all
  }

  return {
    async list(estateId) {
      const date = today()
      const all = await items(estateId, date)
      const cases = all.filter((each) => each.step === 'case').length
      return { date, households: all.length, openFen: sumFen(all.map((each) => each.openFen)), cases, items: all.slice(0, SHOWN_MAX) }
    },
    async remind(by, estateId) {
      const date = today()
      const late = (await items(estateId, date)).filter((item) => item.step !== null)
      const free = late.filter((item) => item.stoppedBy.length === 0)
      const heads = await headsOf(read, free.map((item) => item.householdId), date)
      const messages = free.flatMap((item) => reminderTo(heads.get(item.householdId), estateId, item) ?? [])
      const queued = await runChange(by, async (change) => {
        const added = await queueMessages(change, ids, messages)
        if (added > 0) await change.audit({ action: 'arrears.remind', subject: `estate:${estateId}`, estateId, after: { queued: added } })
        return added
      })
      return { queued, stopped: late.length - free.length }
    },
    holds: (estateId) => rows.holdsOf(read, estateId, today()),
    estateOfHold: async (holdId) => (await rows.findHold(read, holdId))?.estateId,
    async hold(by, householdId, { kind, billId, fromDate, untilDate, note }) {
      checkSpan(fromDate, untilDate)
      const holdId = ids.uuid()
      await runChange(by, async ({ tx, atMs, audit }) => {
        const estateId = await estateOfHousehold(tx, householdId)
        if (estateId === undefined) throw fail('SV_HTTP_NOT_FOUND')
        const ofBill = billId === null ? householdId : (await findBill(tx, billId))?.householdId
        if (ofBill !== householdId) throw fail('SV_BILLING_TERMS', { field: 'billId', problem: 'is no bill of this household' })
        await rows.addHold(tx, { holdId, estateId, householdId, billId, kind, fromDate, untilDate, note, setBy: by, setAtMs: atMs })
        await audit({ action: 'billing-hold.set', subject: `household:${householdId}`, estateId, after: { holdId, kind, billId, fromDate, untilDate } })
      })
      return { holdId }
    },
    release: (by, holdId) => runChange(by, async ({ tx, atMs, audit }) => {
      const hold = await rows.findHold(tx, holdId)
      if (hold === null) throw fail('SV_HTTP_NOT_FOUND')
      const untilDate = dayBefore(civilDateOf(atMs))
      if (hold.untilDate !== null && hold.untilDate <= untilDate) return
      await rows.endHold(tx, holdId, untilDate)
      const { householdId, estateId } = hold
      await audit({ action: 'billing-hold.release', subject: `household:${householdId}`, estateId, before: { holdId, untilDate: hold.untilDate }, after: { untilDate } })
    }),
  }
}
