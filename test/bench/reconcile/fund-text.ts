import { writeFile } from 'node:fs/promises'
import { DATE, DAY_BEFORE, MERCHANT, bare, clockOf, lineFile, refundIdOf, yuan } from './bill-text.js'

/** What moved on the merchant's balance, as the channel's fund bill says it; and the bank's side. Shares no code with what reads them. */

const HEAD = '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号'
const TOTALS = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额'
const OPENING_FEN = 5_000_000

/** What a movement is of. `late`: a payment of the day before; `unknown`…: of nothing that anybody knows; `renumbered`: a payment under a number that the trade bill has not. */
export const MOVES = ['payment', 'refund', 'late', 'unknown', 'unknownRefund', 'chargeback', 'renumbered'] as const
export type MoveKind = (typeof MOVES)[number]
const WORDS = 5

/** Movements as numbers: a million of them as objects would be hundreds of megabytes. */
export function moveList(most: number) {
  const words = new Int32Array(most * WORDS)
  let length = 0
  return {
    /** @param fee what is charged, or given back with a refund */
    add(kind: MoveKind, second: number, serial: number, fen: number, fee: number): void {
      words.set([MOVES.indexOf(kind), second, serial, fen, fee], length * WORDS)
      length += 1
    },
    /** Earliest first: they are added latest first. */
    * inOrder(): Generator<{ kind: MoveKind; second: number; serial: number; fen: number; fee: number }> {
      for (let at = length - 1; at >= 0; at -= 1) {
        const [kind = 0, second = 0, serial = 0, fen = 0, fee = 0] = words.subarray(at * WORDS, at * WORDS + WORDS)
        yield { kind: MOVES[kind] as MoveKind, second, serial, fen, fee }
      }
    },
  }
}

/** Numbers of the day's `made`th order. */
export function numbersOf(made: number, date = DATE): { serial: string; number: string; transaction: string; refundNo: string } {
  const serial = String(9_999_999_999 - made)
  const day = bare(date)
  return { serial, number: `RT${day}${serial}`, transaction: `4200002509${day}${serial}`, refundNo: `RF${day}${serial}` }
}

/** What came and went under which numbers, line by line. */
function linesOf(kind: MoveKind, made: number, fen: number, fee: number): ReadonlyArray<readonly [what: string, fen: number, businessNo: string, voucher: string]> {
  const { number, transaction, refundNo } = numbersOf(made, kind === 'late' ? DAY_BEFORE : DATE)
  const refundId = refundIdOf(transaction)
  if (kind === 'chargeback') return [['交易扣回', 0 - fen, `9${transaction.slice(1)}`, `CB${number}`]]
  if (kind === 'unknownRefund') return [['退款', 0 - fen, `9${refundId.slice(1)}`, `X${refundNo}`]]
  // What is given back of the charge is taken off, or stands in a line of its own.
  if (kind === 'refund') return made % 2 === 0 ? [['退款', fee - fen, refundId, refundNo]] : [['退款', 0 - fen, refundId, refundNo], ['退还交易手续费', fee, refundId, refundNo]]
  const [businessNo, voucher] = [kind === 'renumbered' || kind === 'unknown' ? `8${transaction.slice(1)}` : transaction, kind === 'unknown' ? `X${number}` : number]
  return [['交易', fen, businessNo, voucher], ['扣除交易手续费', 0 - fee, businessNo, voucher]]
}

/** Writes a day's fund bill, the balance after each line in it. @returns how many lines */
export async function writeFundBill(path: string, date: string, moves: ReturnType<typeof moveList>, withdrawnFen: number): Promise<number> {
  const file = lineFile(path, `\uFEFF${HEAD}`)
  const sums = { in: { rows: 0, fen: 0 }, out: { rows: 0, fen: 0 } }
  let [balance, rows] = [OPENING_FEN + withdrawnFen, 0]
  const line = (second: number, what: string, fen: number, businessNo: string, voucher: string): void => {
    balance += fen
    rows += 1
    const side = fen > 0 ? sums.in : sums.out
    side.rows += 1
    side.fen += Math.abs(fen)
    file.add([
      clockOf(date, second), businessNo, `${MERCHANT}${bare(date)}1${String(rows).padStart(8, '0')}`, what, what, fen > 0 ? '收入' : '支出', yuan(Math.abs(fen)), yuan(balance),
      what === '退款' ? 'API' : 'system', what.endsWith('手续费') ? `手续费:${yuan(Math.abs(fen))}元` : '', voucher,
    ])
  }
  if (withdrawnFen > 0) line(0, '提现', 0 - withdrawnFen, `1000${bare(date)}0001`, `TX${bare(date)}`)
  for (const { kind, second, serial, fen, fee } of moves.inOrder()) {
    for (const [what, moved, businessNo, voucher] of linesOf(kind, serial, fen, fee)) line(second, what, moved, businessNo, voucher)
    await file.pause()
  }
  await file.end(TOTALS, [String(rows), String(sums.in.rows), yuan(sums.in.fen), String(sums.out.rows), yuan(sums.out.fen)])
  return rows
}


const BANK_HEAD = '交易日期,借方发生额,贷方发生额,账户余额,对方户名,摘要,附言,流水号'
/** The bank's statement as CSV. @param credits what came, by whom and for what */
export const writeStatement = (path: string, credits: ReadonlyArray<{ date: string; fen: number; payer: string; memo: string; serial: string }>): Promise<void> =>
  writeFile(path, [BANK_HEAD, ...credits.map(({ date, fen, payer, memo, serial }) => [date, '', yuan(fen), '', payer, memo, '', serial].join(','))].join('\r\n'))
