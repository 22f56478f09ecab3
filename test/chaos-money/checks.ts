import { beijingDay } from '../../firmware-sim/channel/trade-store.js'
import type { Database } from '../../server/db/transaction.js'
import { ACCOUNTS, type Account } from '../../server/ledger/chart.js'
import { balances, householdsInCredit } from '../../server/ledger/ledger-service.js'
import type { ChannelSide } from './channel-side.js'

export interface Seen {
  readonly db: Database
  readonly channel: Pick<ChannelSide, 'trades'>
  readonly estateId: string
}

const AFTER_ALL = '2099-12-31'

async function balanceOf(db: Database, estateId: string): Promise<(account: Account) => number> {
  const rows = await balances(db.read, [estateId], AFTER_ALL)
  return (account) => rows.filter((row) => row.account === account).reduce((sum, row) => sum + row.balanceFen, 0)
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0)

/** I5: whatever a payment was told of by, and however often, one posting took it; what nobody paid has none. */
async function checkPostings({ db, channel, estateId }: Seen): Promise<string[]> {
  const journals = await db.read.ledgerJournal.findMany({ where: { estateId, cause: { in: ['paid', 'suspended', 'refunded', 'prepayment-returned', 'suspense-returned'] } } })
  const count = (cause: string, causeRef: string): number => journals.filter((row) => row.cause === cause && row.causeRef === causeRef).length
  const wrong: string[] = []
  for (const trade of channel.trades.all()) {
    const posted = count('paid', trade.outTradeNo) + (trade.transactionId === null ? 0 : count('suspended', `${trade.channel}:${trade.transactionId}`))
    const should = trade.state === 'paid' ? 1 : 0
    if (posted !== should) wrong.push(`I5: ${trade.outTradeNo} is ${trade.state} at the channel and posted ${posted} times`)
    for (const refund of trade.refunds) {
      const back = journals.filter((row) => ['refunded', 'prepayment-returned', 'suspense-returned'].includes(row.cause) && row.causeRef === refund.outRefundNo)
      const once = new Set(back.map((row) => row.cause)).size === back.length
      if (!once || (back.length > 0) !== (refund.state === 'succeeded')) wrong.push(`I5: refund ${refund.outRefundNo} ${refund.state} at the channel, posted by ${back.length} journals`)
    }
  }
  return wrong
}

/** I6: paid less refunded at the channel is what the books hold there, but for payments told of with another amount, which are listed. */
async function checkStatement({ db, channel, estateId }: Seen, balance: (account: Account) => number): Promise<string[]> {
  const wrong: string[] = []
  const listed = await db.read.suspenseItem.findMany({ where: { estateId, cause: 'amount' } })
  for (const name of ['wechat', 'alipay'] as const) {
    const trades = channel.trades.all().filter((trade) => trade.channel === name && trade.state === 'paid')
    const statement = sum(trades, (trade) => trade.totalFen - sum(trade.refunds.filter((refund) => refund.state === 'succeeded'), (refund) => refund.refundFen))
    const differences = sum(listed.filter((item) => item.channel === name), (item) => {
      const trade = trades.find((one) => one.transactionId === item.transactionId)
      return Number(item.fen) - (trade?.totalFen ?? 0)
    })
    const books = balance(`transit-${name}`)
    if (books !== statement + differences) wrong.push(`I6: ${name} says ${statement}, listed differences ${differences}, the books ${books}`)
  }
  return wrong
}

/** I4 and what the lists say: debits are credits, bills are what is receivable, suspense and prepayments are their lists. */
async function checkBooks({ db, estateId }: Seen, balance: (account: Account) => number): Promise<string[]> {
  const wrong: string[] = []
  const rows = await balances(db.read, [estateId], AFTER_ALL)
  const [debits, credits] = [sum(rows, (row) => row.debitFen), sum(rows, (row) => row.creditFen)]
  if (debits !== credits) wrong.push(`I4: debits ${debits}, credits ${credits}`)
  const parts = await db.read.billPart.findMany({ where: { estateId } })
  const open = sum(parts, (part) => Number(part.openFen))
  if (open !== balance('rent-receivable')) wrong.push(`open bills ${open}, receivable ${balance('rent-receivable')}`)
  if (open !== balance('not-yet-collected')) wrong.push(`open bills ${open}, not yet collected ${balance('not-yet-collected')}`)
  for (const part of parts) {
    if (part.issuedFen !== part.reducedFen + part.offsetFen + part.paidFen + part.openFen || part.openFen < 0n || part.paidFen < 0n) wrong.push(`bill ${part.billId} does not add up`)
  }
  const items = await db.read.suspenseItem.findMany({ where: { estateId, state: { in: ['open', 'proposed', 'approved'] } } })
  const suspended = sum(items, (item) => Number(item.fen))
  if (suspended !== balance('suspense')) wrong.push(`suspense list ${suspended}, account ${balance('suspense')}`)
  const credited = (await householdsInCredit(db.read, 'prepayment')).filter((one) => one.estateId === estateId)
  if (sum(credited, (one) => one.fen) !== balance('prepayment')) wrong.push(`prepayments of households ${sum(credited, (one) => one.fen)}, account ${balance('prepayment')}`)
  const claims = await db.read.payRefund.aggregate({ where: { estateId, state: { notIn: ['rejected', 'closed', 'succeeded'] } }, _sum: { prepaidFen: true } })
  if (Number(claims._sum.prepaidFen ?? 0n) > balance('prepayment')) wrong.push(`open refunds claim ${claims._sum.prepaidFen} of prepayments of ${balance('prepayment')}`)
  for (const row of rows) if (row.balanceFen < 0) wrong.push(`${row.account} (${ACCOUNTS[row.account].name}) is ${row.balanceFen}`)
  return wrong
}

/** Orders: over, with the channel's own state, on the Beijing day of the payment whatever the process's time zone is. */
async function checkOrders({ db, channel, estateId }: Seen): Promise<string[]> {
  const wrong: string[] = []
  const refunds = await db.read.payRefund.findMany({ where: { estateId, suspenseId: null, state: { notIn: ['rejected', 'closed'] } } })
  for (const order of await db.read.payOrder.findMany({ where: { estateId } })) {
    const trade = channel.trades.find(order.channel as 'wechat' | 'alipay', order.outTradeNo)
    if (order.state === 'created' || order.state === 'paying' || order.liveBillId !== null) wrong.push(`order ${order.outTradeNo} is still ${order.state}`)
    const paid = ['paid', 'late-paid', 'part-refunded', 'refunded'].includes(order.state)
    if (paid !== (trade?.state === 'paid')) wrong.push(`order ${order.outTradeNo} is ${order.state}, at the channel ${trade?.state ?? 'unknown'}`)
    if (paid && trade !== undefined && order.bizDate !== beijingDay(trade.paidAtMs ?? 0)) wrong.push(`order ${order.outTradeNo} is booked on ${order.bizDate}`)
    const back = sum(trade?.refunds.filter((refund) => refund.state === 'succeeded') ?? [], (refund) => refund.refundFen)
    const asked = refunds.filter((refund) => refund.outTradeNo === order.outTradeNo)
    if (sum(asked, (refund) => Number(refund.refundFen)) > Number(order.paidFen ?? 0n)) wrong.push(`order ${order.outTradeNo} has refunds above what was paid`)
    if (BigInt(back) !== order.refundedFen || (order.paidFen ?? 0n) < order.refundedFen) wrong.push(`order ${order.outTradeNo} gave back ${order.refundedFen}, the channel ${back}`)
  }
  return wrong
}

/** Everything that must hold once all is quiet. @returns what does not, in sentences */
export async function violationsOf(seen: Seen): Promise<string[]> {
  const balance = await balanceOf(seen.db, seen.estateId)
  return (await Promise.all([checkPostings(seen), checkStatement(seen, balance), checkBooks(seen, balance), checkOrders(seen)])).flat()
}
