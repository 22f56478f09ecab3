import type { Tx } from '../db/transaction.js'
import { estateNames } from '../estate/estate-register.js'
import type { CivilDate } from '../household/civil-date-rules.js'
import { type CardLeg, cardLegs, homesByBill } from './figure-repository.js'
import type { MonthSpan } from './month-rules.js'
import { type Names, headNames } from './person-names.js'
import { type ReportCell, type ReportTable, column } from './report-table.js'

const COLUMNS = [
  ...column('date', 'date'), ...column('code', 'cause'), ...column('text', 'label'), ...column('fen', 'chargedFen', 'settledFen', 'owedFen', 'prepaidFen', 'depositFen'),
  ...column('count', 'seq'), ...column('text', 'estate', 'unit', 'name', 'phone'),
]

interface Standing {
  owedFen: number
  prepaidFen: number
  depositFen: number
}

const OWED: readonly string[] = ['rent-receivable', 'late-charge-receivable']

/** What a transfer changes of what a household owes, has prepaid and has deposited; zero each where it is about neither. */
function changeOf({ debit, credit, fen }: CardLeg): Standing {
  const on = (accounts: readonly string[]): number => (accounts.includes(debit) ? fen : 0) - (accounts.includes(credit) ? fen : 0)
  return { owedFen: on(OWED), prepaidFen: -on(['prepayment']) || 0, depositFen: -on(['deposit']) || 0 }
}

export interface CardWish {
  readonly estateId: string
  readonly householdId: string
  readonly names: Names
  readonly today: CivilDate
}

/**
 * A household's own page in the books (住户台账): every posting that changed what it owes, has prepaid or deposited, with what
 * stood after it. Source: the ledger's transfers of the household on 1122.01, 1122.02, 2203 and 2241.01.
 */
export async function cardReport(
  read: Tx, { estateId, householdId, names, today }: CardWish, { fromDate, untilDate }: MonthSpan,
): Promise<ReportTable> {
  const [legs, estates, homes, heads] = await Promise.all([
    cardLegs(read, householdId, untilDate), estateNames(read, [estateId]), homesByBill(read, estateId), headNames(read, [householdId], today, names),
  ])
  const head = heads.get(householdId)
  const who = [estates.get(estateId) ?? estateId, homes.get(householdId)?.unitLabel ?? '', head?.name ?? '', head?.phone ?? '']
  const standing: Standing = { owedFen: 0, prepaidFen: 0, depositFen: 0 }
  const rows: Array<ReportTable['rows'][number]> = []
  const sums = { chargedFen: 0, settledFen: 0 }
  let opened = false
  const open = (): void => {
    if (opened) return
    opened = true
    const cells = [fromDate, 'brought-forward', '', null, null, standing.owedFen, standing.prepaidFen, standing.depositFen, null, ...who]
    rows.push({ cells, link: { estateId, householdId } })
  }
  for (const leg of legs) {
    const change = changeOf(leg)
    if (change.owedFen === 0 && change.prepaidFen === 0 && change.depositFen === 0) continue
    if (leg.bizDate >= fromDate) open()
    standing.owedFen += change.owedFen
    standing.prepaidFen += change.prepaidFen
    standing.depositFen += change.depositFen
    if (leg.bizDate < fromDate) continue
    const [chargedFen, settledFen] = [Math.max(change.owedFen, 0), Math.max(-change.owedFen, 0)]
    sums.chargedFen += chargedFen
    sums.settledFen += settledFen
    const cells: ReportCell[] = [leg.bizDate, leg.cause, leg.label, chargedFen, settledFen, standing.owedFen, standing.prepaidFen, standing.depositFen, leg.seq, ...who]
    rows.push({ cells, link: { estateId, householdId, ...(leg.billId === null ? {} : { billId: leg.billId }) } })
  }
  open()
  const totals = [null, null, null, sums.chargedFen, sums.settledFen, standing.owedFen, standing.prepaidFen, standing.depositFen, null, ...who.map(() => null)]
  return { report: 'card', columns: COLUMNS, rows, totals }
}
