import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { alipayTradeBill } from '../../../firmware-sim/channel/alipay-bills.js'
import type { BillEntry } from '../../../firmware-sim/channel/bill-day.js'
import type { Refund, Trade } from '../../../firmware-sim/channel/trade-store.js'
import { wechatFundBill, wechatTradeBill } from '../../../firmware-sim/channel/wechat-bills.js'
import { zipOf } from '../../../firmware-sim/channel/zip-file.js'
import { tempFolder } from '../support/temp-database.js'

/** Bills of a made-up day, written by the sandbox, and our own files beside them. */

export const DATE = '2026-09-22'
const KEYS = { mchid: '1900000109', appid: 'wx8888888888888888' } as never
export const SELLER = '2088021109625633'
const at = (time: string): number => Date.parse(`${DATE}T${time}+08:00`)

export function trade(channel: 'wechat' | 'alipay', number: number, fen: number, time = '10:00:00', change: Partial<Trade> = {}): Trade {
  return {
    channel, outTradeNo: `RT20260922${String(number).padStart(6, '0')}`, scene: channel === 'wechat' ? 'native' : 'precreate',
    description: `公租房租金 2026-08,2026-09 减免${number}%`, totalFen: fen,
    notifyUrl: '', returnUrl: '', attach: 'E01', expiresAtMs: at(time), createdAtMs: at(time) - 60_000, payToken: '', state: 'paid',
    transactionId: `42${String(number).padStart(26, '0')}`, paidAtMs: at(time), refunds: [], ...change,
  }
}
export const payment = (of: Trade): BillEntry => ({ trade: of, refund: null, atMs: of.paidAtMs ?? 0, fen: of.totalFen, feeFen: Math.floor(of.totalFen * 0.006 + 0.5) })
export const refund = (of: Trade, number: number, fen: number, state: Refund['state'] = 'succeeded'): BillEntry => ({
  trade: of, atMs: at('15:00:00'), fen, feeFen: Math.floor(fen * 0.006 + 0.5),
  refund: { outRefundNo: `RF20260922${String(number).padStart(6, '0')}`, refundId: `50${String(number).padStart(27, '0')}`, refundFen: fen, reason: '',
    createdAtMs: at('15:00:00'), state, succeededAtMs: null },
})

export const wechatText = (entries: readonly BillEntry[], shape: Partial<Parameters<typeof wechatTradeBill>[2]> = {}): string =>
  wechatTradeBill(entries, KEYS, { legacy: false, mark: true, cut: false, ...shape }).toString('utf8')
export const wechatFundText = (entries: readonly BillEntry[]): string => wechatFundBill(entries, KEYS, 520_000, true).toString('utf8')
export const alipayZip = (entries: readonly BillEntry[], cut = false): Buffer => alipayTradeBill(entries, SELLER, DATE, cut)
/** A zip with these files; names in GBK. */
export const zip = (files: Readonly<Record<string, string | Buffer>>): Buffer =>
  zipOf(Object.entries(files).map(([name, content]) => ({ name: iconv.encode(name, 'gbk'), content: typeof content === 'string' ? iconv.encode(content, 'gbk') : content })))

export const ORDER_HEAD = 'order_no,rent_bill_no,channel,amount_fen,state,created_at,paid_at,closed_at,channel_tx_no'
export const orderLine = (of: Trade, change: { state?: string; fen?: number; bill?: string; transactionId?: string } = {}): string => [
  of.outTradeNo, change.bill ?? `B-${of.outTradeNo}`, of.channel.toUpperCase(), change.fen ?? of.totalFen, change.state ?? 'SUCCESS', `${DATE} 09:59:00`,
  change.state === undefined ? `${DATE} 10:00:00` : '', '',
  change.transactionId ?? of.transactionId,
].join(',')

/** Writes files into a folder of the test and tells their paths. */
export async function writeFiles<Name extends string>(files: Readonly<Record<Name, string | Buffer>>): Promise<Record<Name, string>> {
  const folder = await tempFolder()
  const paths = {} as Record<Name, string>
  for (const [name, content] of Object.entries(files) as Array<[Name, string | Buffer]>) {
    paths[name] = join(folder, name)
    await writeFile(paths[name], content)
  }
  return paths
}
