/** A home whose household may have sent a transfer. */
export interface Candidate {
  readonly billId: string
  readonly householdId: string
  readonly label: string
  /** As it is written on bills: `E08-B1-0303`. */
  readonly unitLabel: string
  readonly openFen: number
  readonly dueDate: string
}
export interface TransferSuggestion {
  readonly billId: string
  readonly score: number
  readonly why: string
}

const SCORE = { amount: 40, room: 30, name: 20, date: 10 } as const
const DATE_DAYS = 3
const DAY_MS = 86_400_000
const SUGGESTIONS_MAX = 5

const plain = (text: string): string => text.toUpperCase().replace(/[\s\-_－#号室栋座]/g, '')

/** A candidate with its room as memos are searched for it. */
export interface LikelyBill extends Candidate {
  readonly room: string
}
/** Once for all transfers: there are tens of thousands of bills. */
export const likelyBills = (candidates: readonly Candidate[]): LikelyBill[] => candidates.map((one) => ({ ...one, room: plain(one.unitLabel) }))

/**
 * Bills that a transfer may be for, the likeliest first: amount 40, room number 30, payer's name 20, near the due day 10. It suggests and
 * never decides. Pure.
 * @param payerOf who pays for that household, as far as it is known here; names are compared and not kept
 */
export function suggestBills(transfer: { fen: number; date: string; payer: string; memo: string }, candidates: readonly LikelyBill[],
  namesOf: (householdId: string) => readonly string[]):
  TransferSuggestion[] {
  const memo = plain(transfer.memo)
  // Below the amount or the room nothing reaches what is shown: all else is asked of those few only.
  const likely = candidates.map((one) => ({ one, isAmount: one.openFen === transfer.fen, isRoom: one.room !== '' && memo.includes(one.room) }))
    .filter(({ isAmount, isRoom }) => isAmount || isRoom)
  const scored = likely.map(({ one, isAmount, isRoom }) => {
    const isName = namesOf(one.householdId).some((name) => name !== '' && (transfer.payer === name || transfer.memo.includes(name)))
    const isNear = Math.abs(Date.parse(one.dueDate) - Date.parse(transfer.date)) <= DATE_DAYS * DAY_MS
    const why = [isAmount ? '金额相同' : '', isRoom ? '附言有房号' : '', isName ? '姓名相同' : '', isNear ? '临近缴费日' : ''].filter((text) => text !== '')
    const score = (isAmount ? SCORE.amount : 0) + (isRoom ? SCORE.room : 0) + (isName ? SCORE.name : 0) + (isNear ? SCORE.date : 0)
    return { billId: one.billId, score, why: `${one.label}：${why.join('、')}` }
  })
  return scored.filter(({ score }) => score >= SCORE.amount).sort((a, b) => (a.score === b.score ? (a.billId < b.billId ? -1 : 1) : b.score - a.score)).slice(0, SUGGESTIONS_MAX)
}
