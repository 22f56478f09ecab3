import { AppError } from '#kernel/app-error.js'
import type { Clock } from '#kernel/clock.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { addDays, civilDateOf } from '../../household/civil-date-rules.js'
import type { BillFiles, KeptFile } from '../batch/bill-files.js'
import type { BillWork, StoreJob } from '../batch/bill-work.js'
import { type Difference, NO_ESTATE } from '../batch/difference-rules.js'
import { BANK_MAPPING, type BankMapping, type BankRow, bankColumns, bankLinesOf, bankRowOf } from '../file/own-files.js'
import { found } from '../file/finding.js'
import { type MerchantRecord, allMerchants } from '../merchant/merchant-repository.js'
import * as rows from './bank-repository.js'
import { approvedToHold } from './held-repository.js'
import { readBankWorkbook } from './bank-workbook.js'
import { settledBills } from './settled-bills-repository.js'
import { type Credit, type Holidays, MERGED_DAYS_MAX, type Owed, type Settled, dueDate, settle } from './settle-rules.js'

/** Bills older than this are not looked at again. */
const WINDOW_DAYS = 45
const LINES_MAX = 50_000

export interface BankStatus {
  readonly bankAccount: string
  readonly settled: readonly Settled[]
  /** Credits that no settlement is known for. */
  readonly left: number
}

export interface BankService {
  mapping(bankAccount: string): Promise<BankMapping>
  putMapping(by: string, bankAccount: string, mapping: BankMapping): Promise<void>
  /** Takes a statement in, CSV or XLSX; lines that are there already are left alone. @throws AppError SV_RECON_FILE */
  upload(by: string, bankAccount: string, fileName: string, bytes: AsyncIterable<Uint8Array>): Promise<{ lines: number; added: number; sha256: string }>
  /** Settlements against credits of all accounts; differences become cases. */
  match(by: string | null): Promise<BankStatus[]>
  lines(bankAccount: string, fromDate: string, untilDate: string): Promise<rows.BankLine[]>
}

export interface BankServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly work: BillWork
  readonly files: BillFiles
  readonly holidays: () => Promise<Holidays>
  readonly runtime: {
    readonly clock: Clock
    /** What a settlement that arrived, or that the bank now says otherwise, means for the books. */
    readonly settled: (by: string | null, bankAccount: string, owed: readonly Owed[], isSettled: boolean) => Promise<void>
    /** Brings what stands in suspense to what the cases say now. */
    readonly settleHeld: () => Promise<unknown>
    /** Looks for what the credits that are left may be for. */
    readonly suggest: () => Promise<unknown>
  }
}

/** People know the file by its own name, not by that under which it is kept. */
const named = (file: string) => (error: unknown): never => {
  if (error instanceof AppError && error.code === 'SV_RECON_FILE') throw fail('SV_RECON_FILE', { ...error.details, file })
  throw error
}

/** Rows of a statement. A serial number stands for one line: the same once more is left out, other content under it is refused. */
async function readRows(files: BillFiles, kept: KeptFile, mapping: BankMapping): Promise<BankRow[]> {
  const path = files.pathOf(kept)
  const bySerial = new Map<string, BankRow>()
  const lines = kept.name.toLowerCase().endsWith('.xlsx') ? await readBankWorkbook(path, bankColumns(mapping)) : bankLinesOf(path, mapping)
  for await (const one of lines) {
    const row = bankRowOf(one, kept.name, mapping)
    const before = bySerial.get(row.serial)
    if (before !== undefined && (before.fen !== row.fen || before.date !== row.date)) {
      found('repeated-row', { file: kept.name, line: one.line, column: mapping.serial }, `${row.serial} stands above with another amount or day`)
    }
    bySerial.set(row.serial, before ?? row)
    if (bySerial.size > LINES_MAX) found('zip-size', { file: kept.name }, `more than ${LINES_MAX} lines`)
  }
  return [...bySerial.values()]
}

const owedOf = (merchant: MerchantRecord, bills: ReadonlyArray<{ billDate: string; netFen: number }>, holidays: Holidays): Owed[] =>
  bills.map(({ billDate, netFen }) => ({ channel: merchant.channel, merchantId: merchant.merchantId, billDate, netFen, dueDate: dueDate(billDate, merchant.settleDays, holidays) }))

/** Classes that come of bank and settlements; what a fund bill says by itself is found with it. */
const CLASSES_OF_BANK = ['SETTLEMENT_SHORT', 'SETTLEMENT_OVER', 'SETTLEMENT_MISSING', 'BANK_SUSPENSE', 'BANK_MATCHED_NET'] as const
const common = { leg: 2, orderNo: null, transactionId: null, billId: null, estateId: NO_ESTATE, line: null } as const

function differencesOf(one: Settled): Array<{ of: Owed; difference: Difference }> {
  const last = one.owed.at(-1) as Owed
  if (one.code === 'BANK_MATCHED_NET' || one.code === 'in-transit') return []
  const serials = one.credits.map((credit) => credit.serial)
  return [{
    of: last, difference: {
      ...common, classCode: one.code, key: 'settlement', reference: serials[0] ?? `${last.merchantId} ${last.billDate}`, riskFen: Math.abs(one.differenceFen),
        differenceFen: one.differenceFen,
      theirs: serials.length === 0 ? null : { serials, fen: one.credits.reduce((sum, credit) => sum + credit.fen, 0), memo: one.credits[0]?.memo ?? '' },
      ours: { days: one.owed.map((day) => day.billDate), fen: one.owed.reduce((sum, day) => sum + day.netFen, 0), dueDate: last.dueDate },
    },
  }]
}

/** What was agreed on as it is, is posted with what stands in suspense for it: those are told by this. */
const nameOf = ({ channel, merchantId, billDate }: Pick<Owed, 'channel' | 'merchantId' | 'billDate'>, code: string): string => `${channel} ${merchantId} ${billDate} ${code}`

const suspended = ({ serial, date, fen, payer, memo }: Credit): Difference => ({
  ...common, classCode: 'BANK_SUSPENSE', key: serial, reference: serial, riskFen: fen, differenceFen: fen, theirs: { serial, date, fen, payer, memo }, ours: null,
})

/** What channels settled against what the bank says: many to one, net of refunds and fees, due by the bank's working days. */
export function createBankService(deps: BankServiceDeps): BankService {
  const { read, change, work, files, holidays, runtime: { clock, settled: post, settleHeld, suggest } } = deps

  const storeJob = (of: { channel: string; merchantId: string; bizDate: string }, differences: readonly Difference[], run: number): StoreJob =>
    ({ scope: { leg: 2, batchNo: null, ...of, run, atMs: clock.wallMs(), classes: CLASSES_OF_BANK }, found: differences, isAll: true })

  const matchAccount = async (by: string | null, bankAccount: string, merchants: readonly MerchantRecord[], run: number): Promise<BankStatus> => {
    const today = civilDateOf(clock.wallMs())
    const fromDate = addDays(today, -WINDOW_DAYS)
    // Days before them may have come with one of them.
    const sinceDate = addDays(fromDate, -MERGED_DAYS_MAX)
    const known = await holidays()
    const owed: Owed[] = []
    for (const merchant of merchants) owed.push(...owedOf(merchant, await settledBills(read, merchant, sinceDate), known))
    const all = await rows.linesBetween(read, bankAccount, sinceDate, today, LINES_MAX)
    const lines = all.filter((line) => line.date >= fromDate)
    const found = settle(owed, all.filter((line) => line.fen > 0), today)
    const settled = found.settled.filter((one) => (one.owed.at(-1) as Owed).billDate >= fromDate)
    const left = found.left.filter((credit) => credit.date >= fromDate)
    const byDay = new Map(owed.filter((day) => day.billDate >= fromDate).map((day) => [`${day.channel} ${day.merchantId} ${day.billDate}`, { day, found: [] as Difference[] }]))
    for (const one of settled) for (const { of, difference } of differencesOf(one)) byDay.get(`${of.channel} ${of.merchantId} ${of.billDate}`)?.found.push(difference)
    const jobs = [...byDay.values()].map(({ day, found: differences }) => storeJob({ channel: day.channel, merchantId: day.merchantId, bizDate: day.billDate }, differences, run))
    const leftByDate = new Map<string, Difference[]>(lines.map((line) => [line.date, []]))
    for (const credit of left) leftByDate.get(credit.date)?.push(suspended(credit))
    for (const [date, differences] of leftByDate) jobs.push(storeJob({ channel: 'bank', merchantId: bankAccount, bizDate: date }, differences, run))
    await work.store(jobs)
    const held = new Set((await approvedToHold(read, fromDate)).map((one) => nameOf({ ...one, billDate: one.bizDate }, one.classCode)))
    for (const one of settled) {
      if (one.credits.length === 0) continue
      const last = one.owed.at(-1) as Owed
      await change(by, ({ tx }) => rows.setMatched(tx, bankAccount, one.credits.map((credit) => credit.serial), `${last.channel} ${last.merchantId} ${last.billDate}`,
        'settlement'))
      if (!held.has(nameOf(last, one.code))) await post(by, bankAccount, one.owed, one.code === 'BANK_MATCHED_NET')
    }
    return { bankAccount, settled, left: left.length }
  }

  return {
    mapping: async (bankAccount) => await rows.findMapping(read, bankAccount) ?? BANK_MAPPING,
    putMapping: (by, bankAccount, mapping) => change(by, async (one) => {
      await rows.putMapping(one.tx, bankAccount, mapping, by, one.atMs)
      await one.audit({ action: 'reconciliation.bank-mapping', subject: `bank:${bankAccount}`, estateId: null, after: { columns: bankColumns(mapping) } })
    }),
    async upload(by, bankAccount, fileName, bytes) {
      const kept = await files.keep(bytes, fileName)
      const all = await readRows(files, kept, await rows.findMapping(read, bankAccount) ?? BANK_MAPPING).catch(named(kept.name))
      const added = await change(by, async (one) => {
        const before = await rows.linesBySerial(one.tx, bankAccount, all.map((row) => row.serial))
        const other = all.find((row) => before.has(row.serial) && (before.get(row.serial)?.fen !== row.fen || before.get(row.serial)?.date !== row.date))
        if (other !== undefined) throw fail('SV_RECON_FILE', { code: 'repeated-row', file: kept.name, line: null, column: null,
          detail: `${other.serial} stands in the books with another amount or day` })
        const count = await rows.addLines(one.tx, all, { bankAccount, fileHash: kept.sha256, addedBy: by, addedAtMs: one.atMs })
        await one.audit({ action: 'reconciliation.bank-file', subject: `bank:${bankAccount}`, estateId: null, after: { sha256: kept.sha256, lines: all.length, added: count } })
        return count
      })
      return { lines: all.length, added, sha256: kept.sha256 }
    },
    async match(by) {
      const merchants = await allMerchants(read)
      const accounts = [...new Set(merchants.flatMap((merchant) => merchant.bankAccount ?? []))].sort()
      const run = Math.floor(clock.wallMs() / 1_000)
      const status: BankStatus[] = []
      for (const account of accounts) status.push(await matchAccount(by, account, merchants.filter((merchant) => merchant.bankAccount === account), run))
      await settleHeld()
      await suggest()
      return status
    },
    lines: (bankAccount, fromDate, untilDate) => rows.linesBetween(read, bankAccount, fromDate, untilDate, LINES_MAX),
  }
}
