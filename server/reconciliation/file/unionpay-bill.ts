import { startOfDayMs } from '../../household/civil-date-rules.js'
import { parseChinaTime } from '../../payment/channel/china-time.js'
import { type BillReader, type BillRow, count, emptyRunning, totalsOf } from './bill-row.js'
import { found } from './finding.js'

/** Fields of an ACOMN line with the blank behind each, to the order's number; what follows is of no use here. */
const WIDTHS = [12, 12, 7, 11, 20, 13, 13, 13, 5, 7, 5, 9, 16, 13, 3, 7, 12, 7, 3, 4, 13, 13, 13, 2, 4, 2, 2, 11, 12, 2, 3, 3, 13, 15, 20, 3, 41] as const
const ENDS = WIDTHS.reduce<number[]>((ends, width) => [...ends, (ends.at(-1) ?? 0) + width], [])
const AT = { acquirer: 0, forwarder: 1, trace: 2, sentAt: 3, amount: 5, message: 8, process: 9, merchant: 12, order: 36 } as const
const KINDS = new Map<string, BillRow['kind']>([['000000', 'payment'], ['200000', 'refund']])

const fieldOf = (line: string, at: number): string => line.slice(at === 0 ? 0 : ENDS[at - 1], ENDS[at]).trim()

/** `0922083000` in the year that puts it nearest before the end of the settlement day. */
function timeOf(text: string, settleDate: string): number | undefined {
  const match = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text)
  if (match === null) return undefined
  const [, month, day, hour, minute, second] = match
  const inYear = (year: number): number | undefined => parseChinaTime(`${year}-${month}-${day} ${hour}:${minute}:${second}`)
  const year = Number(settleDate.slice(0, 4))
  const atMs = inYear(year)
  const beyond = startOfDayMs(settleDate) + 2 * 86_400_000
  return atMs !== undefined && atMs < beyond ? atMs : inYear(year - 1)
}

/**
 * UnionPay's settlement file of an acquirer (`IND…01ACOMN`): fixed widths, no header and no totals, charges in a file of their own. The
 * card number in it is not read.
 */
export function createUnionpayReader(file: string, settleDate: string): BillReader<BillRow> {
  const running = emptyRunning()
  return {
    line(text, number) {
      const place = { file, line: number }
      if (text.trim() === '') return undefined
      if (text.length < (ENDS[AT.order - 1] as number)) return found('cells', place, `${text.length} characters, the order's number ends at ${ENDS[AT.order]}`)
      const field = (at: number): string => fieldOf(text, at)
      const [amount, message, process] = [field(AT.amount), field(AT.message), field(AT.process)]
      if (!/^\d{12}$/.test(amount)) found('value', { ...place, column: 'field 6' }, `${JSON.stringify(amount)} is no amount in fen`)
      const kind = message === '0200' ? KINDS.get(process) : undefined
      if (kind === undefined) return found('value', { ...place, column: 'field 10' }, `${message} ${process} is neither a payment nor a refund`)
      const atMs = timeOf(field(AT.sentAt), settleDate) ?? found('value', { ...place, column: 'field 4' }, `${JSON.stringify(field(AT.sentAt))} is no time`)
      const orderNo = field(AT.order)
      if (orderNo === '') found('value', { ...place, column: 'field 37' }, 'a row without its number')
      const transactionId = [AT.acquirer, AT.forwarder, AT.trace, AT.sentAt].map(field).join('-')
      const row: BillRow = {
        line: number, channel: 'unionpay', merchantId: field(AT.merchant), kind, outTradeNo: orderNo, transactionId, refundNo: kind === 'refund' ? orderNo : null,
        refundId: kind === 'refund' ? transactionId : null, atMs, fen: Number(amount), feeFen: 0, ratePpm: null, state: 'succeeded', description: '',
      }
      count(running, row)
      return row
    },
    end: () => totalsOf(running),
  }
}
