import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

/** Bills as a channel writes them, of a made-up merchant. Shares no code with what reads them. */

/** The day, the day before it, and one before both; Asia/Shanghai. */
export const DATE = '2026-09-22'
export const DAY_BEFORE = '2026-09-21'
export const EARLIER = '2026-09-20'
export const MERCHANT = '1900000109'
export const dayStartMs = (date: string): number => Date.parse(`${date}T00:00:00+08:00`)

export const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`
export const chargeOf = (fen: number): number => Math.floor((fen * 6 + 500) / 1_000)
const two = (value: number): string => String(value).padStart(2, '0')
export const clockOf = (date: string, second: number): string => `${date} ${two(Math.floor(second / 3_600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
export const bare = (date: string): string => date.replaceAll('-', '')

const HEAD = '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,' +
  '退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const TOTALS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'

/** A file that grows line by line and is written some hundred kilobytes at a time. */
export function lineFile(path: string, head: string) {
  const out = createWriteStream(path)
  let text = `${head}\r\n`
  return {
    add(cells: readonly string[]): void {
      text += `\`${cells.join(',`')}\r\n`
    },
    async pause(): Promise<void> {
      if (text.length < 500_000) return
      if (!out.write(text)) await once(out, 'drain')
      text = ''
    },
    async end(totals: string, cells: readonly string[]): Promise<void> {
      out.end(`${text}${totals}\r\n\`${cells.join(',`')}\r\n`)
      await once(out, 'close')
    },
  }
}

export interface Payment { readonly second: number; readonly transaction: string; readonly number: string; readonly fen: number; readonly fee: number }
export interface Refund { readonly second: number; readonly transaction: string; readonly number: string; readonly refundNo: string; readonly fen: number; readonly state: string }

export const refundIdOf = (transaction: string): string => `50300807${transaction.slice(-21)}`

/** A trade bill of a day, and what its lines come to. */
export function tradeBill(path: string, date: string) {
  const file = lineFile(path, `\uFEFF${HEAD}`)
  const sums = { rows: 0, gross: 0, back: 0, fee: 0 }
  return {
    sums,
    pause: file.pause,
    netFen: (): number => sums.gross - sums.back - sums.fee,
    payment({ second, transaction, number, fen, fee }: Payment): void {
      sums.rows += 1
      sums.gross += fen
      sums.fee += fee
      file.add([
        clockOf(date, second), 'wx8888888888888888', MERCHANT, '0', '', transaction, number, 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', 'NATIVE', 'SUCCESS', 'OTHERS', 'CNY', yuan(fen), '0.00', '0', '0',
        '0.00', '0.00', '', '', '公租房租金 2026-08,2026-09', 'E01-B1-0302', `${yuan(fee)}000`, '0.60%', yuan(fen), '0.00', '',
      ])
    },
    refund({ second, transaction, number, refundNo, fen, state }: Refund): void {
      const fee = chargeOf(fen)
      sums.rows += 1
      sums.back += fen
      sums.fee -= fee
      file.add([
        clockOf(date, second), 'wx8888888888888888', MERCHANT, '0', '', transaction, number, 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', 'NATIVE', 'REFUND', 'OTHERS', 'CNY', '0.00', '0.00',
        refundIdOf(transaction), refundNo, yuan(fen), '0.00', 'ORIGINAL', state, '公租房租金 2026-08,2026-09', 'E01-B1-0302', `-${yuan(fee)}000`, '0.60%', '0.00', yuan(fen), '',
      ])
    },
    end: () => file.end(TOTALS, [String(sums.rows), yuan(sums.gross), yuan(sums.back), '0.00', `${yuan(sums.fee)}000`, yuan(sums.gross), yuan(sums.back)]),
  }
}
