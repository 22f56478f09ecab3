import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { Change, RunChange } from '../audit/change.js'
import { paidBills } from '../billing/bill-register.js'
import type { Tx } from '../db/transaction.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { billsTouched } from '../ledger/ledger-service.js'
import type { ReceiptPlatform, ReceiptRequest } from './receipt-port.js'
import { type PaidBill, receiptSteps, requestOf } from './receipt-rules.js'
import * as rows from './receipt-repository.js'
import { type NumberGap, type TreasuryTerms, gapsOf } from './treasury-rules.js'

export interface ReceiptService {
  /** Reads on in the ledger and writes down which receipts have to be given and taken back. @returns how many were written */
  readOn(): Promise<number>
  /** Asks the platform for what is due, each with its own number. @returns how many were given */
  sendDue(): Promise<number>
  /** Newest first. */
  list(filter: rows.ReceiptFilter): Promise<rows.ReceiptRecord[]>
  /** By batch: numbers that nobody was given between the lowest and the highest. */
  gaps(): Promise<Array<{ readonly billBatchCode: string; readonly issued: number; readonly gaps: NumberGap[] }>>
}

export interface ReceiptServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly platform: ReceiptPlatform
  readonly termsOn: (estateId: string, date: string) => Promise<TreasuryTerms | null>
  /** Name for a receipt of a household's; it goes to the platform and is kept nowhere here. */
  readonly payerOf: (householdId: string, date: string) => Promise<string>
  readonly runtime: { readonly clock: Clock; readonly ids: IdSource; readonly log: Logger }
}

const JOURNALS_PER_ROUND = 500
const RECEIPTS_PER_ROUND = 100
const LIST_MAX = 500
const RETRY_MS = 60_000
const RETRY_MS_MAX = 3_600_000

/**
 * One receipt for each paid bill, a red one where its money went back. What is due follows from the ledger alone, read journal by
 * journal, so that nothing that is posted is left out and nothing is receipted twice.
 */
export function createReceiptService(deps: ReceiptServiceDeps): ReceiptService {
  const { read, change, platform, runtime: { clock, ids, log } } = deps

  const write = async (one: Change, bill: PaidBill): Promise<number> => {
    const steps = receiptSteps(bill, await rows.receiptsOfBill(one.tx, bill.billId))
    const { estateId, householdId, billId, label, paid } = bill
    for (const { kind, turn, totalFen } of steps) {
      const earlier = kind === 'reversal' ? (await rows.receiptsOfBill(one.tx, billId)).find((known) => known.turn === turn) : undefined
      const content = earlier?.content ?? JSON.stringify({ label, paid })
      await rows.insertReceipt(one.tx, { receiptNo: ids.uuid().replaceAll('-', ''), estateId, householdId, billId, turn, kind, totalFen, content, busAtMs: one.atMs })
    }
    return steps.length
  }

  const later = (attempts: number): number => clock.wallMs() + Math.min(RETRY_MS * 2 ** attempts, RETRY_MS_MAX)

  /** A red receipt names the one that it takes back, which must have its number first. */
  const relateOf = async ({ kind, billId, turn }: rows.ReceiptRecord): Promise<ReceiptRequest['relate'] | undefined> => {
    if (kind === 'issue') return null
    const issue = (await rows.receiptsOfBill(read, billId)).find((one) => one.turn === turn && one.kind === 'issue')
    return issue?.billBatchCode == null || issue.billNo === null ? undefined : { billBatchCode: issue.billBatchCode, billNo: issue.billNo }
  }

  const send = async (receipt: rows.ReceiptRecord): Promise<boolean> => {
    const { receiptNo, estateId, householdId, attempts, busAtMs } = receipt
    const wait = (problem: string): Promise<boolean> => change(null, ({ tx }) =>
      rows.changeReceipt(tx, receiptNo, { attempts: attempts + 1, nextAtMs: later(attempts), problem })).then(() => false)
    const terms = await deps.termsOn(estateId, civilDateOf(busAtMs))
    if (terms === null) return wait('how this estate hands over to the treasury is not set for that day')
    const relate = await relateOf(receipt)
    if (relate === undefined) return wait('the receipt that it takes back has no number yet')
    const answer = await platform.issue(requestOf(receipt, terms, { relate, payer: await deps.payerOf(householdId, civilDateOf(busAtMs)) }))
    if (answer.ok) {
      const { billBatchCode, billNo, random: checkCode, issuedAtMs } = answer.value
      await change(null, async (one) => {
        const issued = { state: 'issued', billBatchCode, billNo, checkCode, issuedAtMs, nextAtMs: null, problem: null } as const
        if (!await rows.changeReceipt(one.tx, receiptNo, issued)) return
        await one.audit({ action: `receipt.${receipt.kind}`, subject: `receipt:${receiptNo}`, estateId, after: { billBatchCode, billNo } })
      })
      return true
    }
    if (answer.error.kind === 'later') return wait(answer.error.problem)
    log.error({ receiptNo, problem: answer.error.problem }, 'a receipt was refused')
    await change(null, ({ tx }) => rows.changeReceipt(tx, receiptNo, { state: 'failed', attempts: attempts + 1, nextAtMs: null, problem: answer.error.problem }))
    return false
  }

  return {
    async readOn() {
      let written = 0
      for (;;) {
        const more = await change(null, async (one) => {
          const { untilSeq, billIds } = await billsTouched(one.tx, await rows.readSeq(one.tx), JOURNALS_PER_ROUND)
          for (const bill of await paidBills(one.tx, billIds)) written += await write(one, bill)
          if (untilSeq !== null) await rows.setSeq(one.tx, untilSeq)
          return untilSeq !== null
        })
        if (!more) return written
      }
    },
    async sendDue() {
      let sent = 0
      for (const receipt of await rows.dueReceipts(read, clock.wallMs(), RECEIPTS_PER_ROUND)) if (await send(receipt)) sent += 1
      return sent
    },
    list: (filter) => rows.receiptsIn(read, filter, LIST_MAX),
    gaps: async () => [...await rows.issuedNumbers(read)].map(([billBatchCode, numbers]) => ({ billBatchCode, issued: numbers.length, gaps: gapsOf(numbers) })),
  }
}
