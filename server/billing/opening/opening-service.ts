import { createHash } from 'node:crypto'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { unknownEstates } from '../../estate/estate-register.js'
import { civilDateOf, isCivilDate } from '../../household/civil-date-rules.js'
import { householdDirectory } from '../../household/household-directory.js'
import { type RowError, readRowsOf } from '../../household/import/row-rules.js'
import { readSheets } from '../../household/import/workbook-reader.js'
import { OPENING_SHEETS } from './opening-columns.js'
import { type PromisedPrepayments, checkUntouched, takeBack, takeOver } from './opening-posting.js'
import * as rows from './opening-repository.js'
import {
  type DifferenceName, type HeldMoney, type OpeningDifference, type OpeningHousehold, type OpeningRows, type OpeningSums, differencesOf, openingOf, sumsOf,
} from './opening-rules.js'

/** Rows and errors that an answer holds; the numbers are of all. */
const SHOWN_MAX = 200

/** A workbook, and what the books before say. */
export interface OpeningWish {
  readonly estateId: string
  readonly asOfDate: string
  readonly workbook: Buffer
  readonly control: OpeningSums
  readonly held: readonly HeldMoney[]
  readonly notes: Readonly<Partial<Record<DifferenceName, string>>>
}

export interface OpeningPreview {
  /** Of what the list says; to be given back when it is proposed. */
  readonly digest: string
  readonly sums: OpeningSums
  readonly differences: readonly OpeningDifference[]
  readonly errors: readonly RowError[]
  readonly errorCount: number
  readonly households: readonly OpeningHousehold[]
}

export interface OpeningService {
  /** What a workbook says and every cell that is wrong; nothing is written. @throws AppError SV_BILLING_OPENING, SV_HOUSEHOLD_IMPORT_FILE, SV_HOUSEHOLD_IMPORT_SIZE */
  preview(wish: OpeningWish): Promise<OpeningPreview>
  /**
   * Asks for a signature under what was previewed. A difference to the books before needs a word of explanation.
   * @throws AppError SV_BILLING_OPENING, SV_BILLING_OPENING_AGAIN, SV_BILLING_OPENING_ERRORS, SV_HOUSEHOLD_IMPORT_*
   */
  propose(by: string, wish: OpeningWish, digest: string): Promise<{ openingId: string }>
  /** Newest first, without their households. */
  list(estateId: string): Promise<Array<Omit<rows.OpeningRecord, 'households'>>>
  /** @throws AppError SV_HTTP_NOT_FOUND */
  card(openingId: string): Promise<rows.OpeningRecord>
  estateOf(openingId: string): Promise<string | undefined>
  /** Signed, it is in bills and books at once. @throws AppError SV_BILLING_SAME_PERSON, SV_BILLING_DECIDED, SV_BILLING_OPENING, SV_HTTP_NOT_FOUND */
  decide(by: string, openingId: string, decision: 'sign' | 'refuse'): Promise<void>
  /** Asks to take a signed list back as a whole. @throws AppError SV_BILLING_OPENING, SV_BILLING_DECIDED, SV_HTTP_NOT_FOUND */
  reverse(by: string, openingId: string, reason: string): Promise<void>
  /** @throws AppError SV_BILLING_SAME_PERSON, SV_BILLING_DECIDED, SV_BILLING_OPENING, SV_HTTP_NOT_FOUND */
  decideReversal(by: string, openingId: string, decision: 'agree' | 'refuse'): Promise<void>
}

const no = (field: string, problem: string, facts: Record<string, unknown> = {}) => fail('SV_BILLING_OPENING', { field, problem, ...facts })
const digestOf = ({ estateId, asOfDate }: Pick<OpeningWish, 'estateId' | 'asOfDate'>, households: readonly OpeningHousehold[]): string =>
  createHash('sha256').update(JSON.stringify(['opening.v1', estateId, asOfDate, households.map(({ householdId, prepaidFen, depositFen, months }) =>
    [householdId, prepaidFen, depositFen, months.map((month) => [month.period, month.rentFen, month.lateChargeFen, month.dueDate]).sort()])])).digest('hex')

/** As one goes through the workbook. */
function inOrder(errors: readonly RowError[]): RowError[] {
  const sheets = Object.values(OPENING_SHEETS).map((sheet): string => sheet.name)
  return [...errors].sort((a, b) => sheets.indexOf(a.sheet) - sheets.indexOf(b.sheet) || a.row - b.row)
}

async function found(read: Tx, openingId: string): Promise<rows.OpeningRecord> {
  const list = await rows.findOpening(read, openingId)
  if (list === null) throw fail('SV_HTTP_NOT_FOUND')
  return list
}

const openedIn = async (read: Tx, estateId: string): Promise<Set<string>> =>
  new Set((await rows.openingsOf(read, estateId, rows.IN_BOOKS)).flatMap((list) => list.households.map((each) => each.householdId)))

const audit = (change: Change, verb: string, { openingId, estateId, figures, digest }: rows.OpeningRecord): Promise<void> =>
  change.audit({ action: `opening-list.${verb}`, subject: `opening-list:${openingId}`, estateId, after: { digest, ...figures.sums } })

type Sheets = ReturnType<typeof readRowsOf<OpeningRows>>
/** Before any transaction: unpacking a workbook takes a while, and every gateway's records wait for whoever writes. */
const sheetsOf = async ({ workbook }: OpeningWish, nowMs: number): Promise<Sheets> => readRowsOf<OpeningRows>(OPENING_SHEETS, await readSheets(workbook, OPENING_SHEETS), nowMs)

async function check(tx: Tx, wish: OpeningWish, sheets: Sheets, nowMs: number) {
  const { estateId, asOfDate, control, held, notes } = wish
  if ((await unknownEstates(tx, [estateId])).length > 0) throw fail('SV_ESTATE_UNKNOWN', { estateId })
  if (!isCivilDate(asOfDate) || asOfDate > civilDateOf(nowMs)) throw no('asOfDate', 'is no day that is over')
  const facts = { rows: sheets.rows, households: await householdDirectory(tx, estateId, asOfDate), openedBefore: await openedIn(tx, estateId), asOfDate }
  const { households, errors } = openingOf(facts)
  const sums = sumsOf(households)
  return { households, errors: inOrder([...sheets.errors, ...errors]), sums, differences: differencesOf(sums, control, held, notes), digest: digestOf(wish, households) }
}

/** Balances taken over from the books before: looked at, signed by a second person, in the books once. */
export function createOpeningService(deps: { read: Tx; change: RunChange; ids: IdSource; clock: Clock; promisedPrepayments: PromisedPrepayments }): OpeningService {
  const { read, change: runChange, ids, clock, promisedPrepayments } = deps

  return {
    async preview(wish) {
      const { households, errors, ...checked } = await check(read, wish, await sheetsOf(wish, clock.wallMs()), clock.wallMs())
      return { ...checked, errors: errors.slice(0, SHOWN_MAX), errorCount: errors.length, households: households.slice(0, SHOWN_MAX) }
    },
    async propose(by, wish, digest) {
      const sheets = await sheetsOf(wish, clock.wallMs())
      return runChange(by, async (change) => {
        const { households, errors, sums, differences, digest: now } = await check(change.tx, wish, sheets, change.atMs)
        const same = (await rows.openingsOf(change.tx, wish.estateId, ['proposed', ...rows.IN_BOOKS])).find((list) => list.digest === digest)
        if (same !== undefined) throw fail('SV_BILLING_OPENING_AGAIN', { openingId: same.openingId, state: same.state })
        if (errors.length > 0) throw fail('SV_BILLING_OPENING_ERRORS', { errors: errors.length })
        if (now !== digest) throw no('workbook', 'or the register is another one than at the preview')
        if (households.length === 0) throw no('workbook', 'has no balances')
        const open = differences.find((each) => each.difference !== 0 && each.note === null)
        if (open !== undefined) throw no(`notes.${open.name}`, 'a difference needs an explanation', { difference: open.difference })
        const list: rows.OpeningRecord = {
          openingId: ids.uuid(), estateId: wish.estateId, asOfDate: wish.asOfDate, digest, households, figures: { sums, differences, held: wish.held }, state: 'proposed',
          makerId: by, checkerId: null, createdAtMs: change.atMs, decidedAtMs: null, reversal: null,
        }
        await rows.addOpening(change.tx, list)
        await audit(change, 'propose', list)
        return { openingId: list.openingId }
      })
    },
    list: async (estateId) => (await rows.openingsOf(read, estateId)).map(({ households: _households, ...list }) => list),
    card: (openingId) => found(read, openingId),
    estateOf: (openingId) => rows.estateOfOpening(read, openingId),
    decide: (by, openingId, decision) => runChange(by, async (change) => {
      const list = await found(change.tx, openingId)
      if (list.makerId === by) throw fail('SV_BILLING_SAME_PERSON', { field: 'openingId' })
      const opened = await openedIn(change.tx, list.estateId)
      const state = decision === 'sign' ? 'signed' : 'refused'
      if (!await rows.moveOpening(change.tx, openingId, 'proposed', { state, checkerId: by, decidedAtMs: change.atMs })) throw fail('SV_BILLING_DECIDED', { state: list.state })
      if (decision === 'sign') {
        const twice = list.households.find((each) => opened.has(each.householdId))
        if (twice !== undefined) throw no('openingId', 'another list has a household of it', { householdNo: twice.householdNo })
        await takeOver(change, list, () => ids.uuid())
      }
      await audit(change, decision, list)
    }),
    reverse: (by, openingId, reason) => runChange(by, async (change) => {
      const list = await found(change.tx, openingId)
      const reversal = { by, atMs: change.atMs, reason, agreedBy: null }
      if (!await rows.moveOpening(change.tx, openingId, 'signed', { state: 'reversing', reversal })) throw fail('SV_BILLING_DECIDED', { state: list.state })
      await checkUntouched(change, list, promisedPrepayments)
      await audit(change, 'reverse', list)
    }),
    decideReversal: (by, openingId, decision) => runChange(by, async (change) => {
      const list = await found(change.tx, openingId)
      if (list.reversal?.by === by) throw fail('SV_BILLING_SAME_PERSON', { field: 'openingId' })
      const reversal = decision === 'agree' && list.reversal !== null ? { ...list.reversal, agreedBy: by } : null
      const state = decision === 'agree' ? 'reversed' : 'signed'
      if (!await rows.moveOpening(change.tx, openingId, 'reversing', { state, reversal })) throw fail('SV_BILLING_DECIDED', { state: list.state })
      if (decision === 'agree') await takeBack(change, list, promisedPrepayments)
      await audit(change, `reversal-${decision}`, list)
    }),
  }
}
