import { type Patch, runInCopy } from '../chaos/program.js'
import type { MoneySummary } from './money.js'

export interface PlantedMoneyBug {
  readonly name: string
  readonly patches: readonly Patch[]
}

const TAKING = 'server/payment/payment-taking.js'
const PLACING = 'const order = await change(by, (one) => reserve(one, wish, channel, newTradeNumber(\'RT\', clock.wallMs(), random)));'

/** Bugs that somebody could write, each a change of compiled code in a copy. The campaign must find every one. */
export const PLANTED_MONEY: readonly PlantedMoneyBug[] = [
  {
    name: 'a notify is posted before its signature is verified',
    patches: [{ file: 'server/payment/channel/alipay-notify.js', from: 'if (!verifyNotify(form, alipayKey))', to: 'if (verifyNotify === undefined)' }],
  },
  {
    name: 'notify and question of one payment are both posted',
    patches: [
      {
        file: TAKING, from: 'const transition = nextOrder(orderStateOf(order), { kind: \'paid\', transactionId, fen });',
        to: 'const again = order.state === \'paid\' ? { ...orderStateOf(order), state: \'paying\', transactionId: null } : orderStateOf(order);\n'
          + 'const transition = nextOrder(again, { kind: \'paid\', transactionId, fen });',
      },
      {
        file: TAKING, from: 'export const paidPosting = ({ estateId, outTradeNo, billId, householdId }, payment, { parts, prepaidFen }) => ({\n    estateId, causeRef: outTradeNo,',
        to: 'export const paidPosting = ({ estateId, outTradeNo, billId, householdId, state }, payment, { parts, prepaidFen }) => ({\n'
          + '    estateId, causeRef: state === \'paid\' ? `${outTradeNo}-${Math.random()}` : outTradeNo,',
      },
    ],
  },
  {
    name: 'refunds of one order are added up without those under way',
    patches: [{
      file: 'server/payment/refund-service.js', from: 'refunds.filter((one) => one.suspenseId === null && one.state !== \'closed\')',
      to: 'refunds.filter((one) => one.state === \'succeeded\')',
    }],
  },
  {
    name: 'two refunds of different orders may claim the same prepayment',
    patches: [{
      file: 'server/payment/refund-service.js', from: 'await freePrepaymentFen(tx, order.householdId)',
      to: 'await (await import(\'../ledger/ledger-service.js\')).householdBalance(tx, \'prepayment\', order.householdId)',
    }],
  },
  {
    name: 'the order is stored after the channel was called',
    patches: [{
      file: 'server/payment/order-service.js', from: PLACING,
      to: 'const outTradeNo = newTradeNumber(\'RT\', clock.wallMs(), random);\nconst bill = await payableBill(read, wish.billId);\n'
        + 'const totalFen = sumFen(bill.outstanding.map((part) => part.fen));\n'
        + 'if (totalFen > 0) await channel.createOrder({ ...wish, outTradeNo, description: bill.label, totalFen, expiresAtMs: clock.wallMs() + ORDER_LIFE_MS });\n'
        + 'const order = await change(by, (one) => reserve(one, wish, channel, outTradeNo));',
    }],
  },
  {
    name: 'another amount than was ordered pays the bill',
    patches: [{ file: 'server/payment/order-machine.js', from: 'if (fen !== order.totalFen)', to: 'if (fen < 0)' }],
  },
  {
    name: 'a refund whose repeat is refused counts as never carried out',
    patches: [{
      file: 'server/payment/refund-sending.js', from: 'const known = await channel.queryRefund(outRefundNo, outTradeNo);', to: 'const known = { ok: false, error: { kind: \'not-here\' } };',
    }],
  },
]

export interface HuntedMoneyBug {
  readonly bug: string
  /** Null where it was not found. */
  readonly what: string | null
  readonly seed: number | null
  /** Worlds that were lived through, the last of them the one that showed it. */
  readonly worlds: number
  readonly seconds: number
}

/** Plants one bug and lets the campaign look for it until it shows. @param folder for the copy */
export function huntMoneyBug({ name, patches }: PlantedMoneyBug, options: { seed: number; runs: number; folder: string }): HuntedMoneyBug {
  const args = ['--campaign', 'money', '--seed', `${options.seed}`, '--runs', `${options.runs}`, '--json', '--first']
  const { violations: [first], runs, seconds } = runInCopy(patches, args, options.folder) as MoneySummary
  return { bug: name, what: first?.what[0]?.split('\n', 1)[0] ?? null, seed: first?.seed ?? null, worlds: runs, seconds }
}
