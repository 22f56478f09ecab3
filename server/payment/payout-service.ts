import type { RunChange } from '../audit/change.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { balanceAt, post } from '../ledger/ledger-service.js'
import { CHANNELS } from './channel/channel-port.js'
import { settleSuspense } from './order-repository.js'
import { type SuspenseItem, findPayout, findSuspense, insertPayout, moneyPlaceOf } from './suspense-repository.js'

/** The slip that the payee signed, and who that is. Of a bank transfer the bank's own number, and the last four of the account. */
export interface PayoutProof {
  readonly slipNo: string
  /** Of the slip's scan, hex. */
  readonly slipSha256: string
  readonly payeeName: string
  readonly payeeIdTail: string
  /** Cash desk that pays where it is another one than the money came in at; null for that one. */
  readonly desk: string | null
}

export interface PayoutService {
  /**
   * Suspended money that is to go back and came by no channel is handed over the desk: the third step, after a proposal and another
   * person's approval; who approved does not pay. Of cash no more than the desk holds by the books; of cards the acquirer credits it.
   * @throws AppError SV_HTTP_NOT_FOUND, SV_PAYMENT_SUSPENSE that names the field, SV_PAYMENT_REFUND_SELF
   */
  pay(by: string, suspenseId: string, proof: PayoutProof): Promise<{ paidAtMs: number }>
}

const LAST_DATE = '9999-12-31'
const no = (field: string, problem: string) => fail('SV_PAYMENT_SUSPENSE', { field, problem })

/** @throws AppError that says why it is not to be paid out */
function checkItem(item: SuspenseItem, by: string): void {
  if ((CHANNELS as readonly string[]).includes(item.channel)) throw no('suspenseId', 'goes back by the channel that it came by')
  if (item.state !== 'approved') throw fail('SV_PAYMENT_SUSPENSE', { state: item.state })
  if (item.checkerId === by) throw fail('SV_PAYMENT_REFUND_SELF')
}

export const createPayoutService = (deps: { change: RunChange }): PayoutService => ({
  pay: (by, suspenseId, proof) => deps.change(by, async (one) => {
    const { tx, atMs } = one
    const item = await findSuspense(tx, suspenseId)
    if (item === null) throw fail('SV_HTTP_NOT_FOUND')
    checkItem(item, by)
    const { estateId, fen, outTradeNo, channel } = item
    const { slipNo, slipSha256, payeeName, payeeIdTail } = proof
    if (channel !== 'cash' && proof.desk !== null) throw no('desk', 'came by card or transfer: it goes back so')
    if (await findPayout(tx, estateId, slipNo) !== null) throw no('slipNo', 'is the number of another slip')
    const own = moneyPlaceOf(item)
    const from = proof.desk === null ? own : { ...own, of: proof.desk }
    if (channel === 'cash' && await balanceAt(tx, estateId, from, LAST_DATE) < fen) throw no('desk', `${from.of} does not hold so much`)
    // A transfer is found on the bank's statement by its own number.
    const memo = channel === 'bank' ? slipNo : outTradeNo
    await post(one, [{ estateId, causeRef: suspenseId, bizDate: civilDateOf(atMs), memo, event: { kind: 'suspense-returned', from, fen } }])
    if (!await settleSuspense(tx, suspenseId, 'returned', atMs)) throw fail('SV_PAYMENT_RACE', { suspenseId })
    const desk = channel === 'cash' ? from.of : null
    await insertPayout(tx, { suspenseId, estateId, slipNo, slipSha256, payeeName, payeeIdTail, desk, fen, paidBy: by, paidAtMs: atMs })
    await one.audit({ action: 'payment.payout', subject: `suspense:${suspenseId}`, estateId, after: { fen, desk, slipNo, slipSha256 } })
    return { paidAtMs: atMs }
  }),
})
