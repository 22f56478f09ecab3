import { beijingDay } from '../../firmware-sim/channel/trade-store.js'
import type { Mail } from './channel-side.js'
import { violationsOf } from './checks.js'
import { forged, requestOf } from './letters.js'
import { type World, type WorldDeps, createWorld } from './world.js'

const STEPS_MIN = 40
const STEPS_MORE = 60
/** So often all that is due is asked about before a world counts as never coming to rest. */
const ROUNDS_MAX = 120
const COPIES = 100

type Step = (world: World) => Promise<void>
const pick = <T>({ random }: World, items: readonly T[]): T | undefined => items[Math.floor(random.float() * items.length)]
const chance = ({ random }: World, share: number): boolean => random.float() < share
const waiting = ({ channel }: World): Mail[] => channel.mails.filter((mail) => !mail.taken && !mail.lost)

async function post(world: World, mail: Mail, times = 1): Promise<void> {
  const request = requestOf(mail.next())
  const replies = await Promise.allSettled(Array.from({ length: times }, () => world.server().notifies.receive(mail.channel, request)))
  mail.taken = replies.some((reply) => reply.status === 'fulfilled' && reply.value.status < 300)
  for (const reply of replies) if (reply.status === 'rejected') throw reply.reason
}

/** Makes every order of the world due, so that a question races with whatever else comes. */
const makeDue = async ({ db, estateId }: World): Promise<void> =>
  void (await db.transact((tx) => tx.payOrder.updateMany({ where: { estateId, nextQueryAtMs: { not: null } }, data: { nextQueryAtMs: 1n } })))

/** What reconciliation does with the bills of a day: orders that they say were paid are asked about, and nothing is believed. */
async function askByBill(world: World, date = beijingDay(world.clock.wallMs())): Promise<void> {
  for (const outTradeNo of world.channel.billed(date)) await world.server().queries.ask(outTradeNo)
}

/** A bill is ordered, paid in part at the till, and paid whole by the order: what is too much becomes prepayment. */
async function overpay(world: World): Promise<void> {
  await world.issue()
  const billId = world.billIds.at(-1) as string
  const wish = { billId, channel: chance(world, 0.5) ? 'wechat' : 'alipay', scene: 'qr', payerId: null, payerAddress: null, returnUrl: null } as const
  await world.attempt(`overpay ${billId}`, async () => {
    const { outTradeNo } = await world.server().orders.place('cashier', wish)
    await world.till(billId)
    const trade = world.channel.trades.find(wish.channel, outTradeNo)
    if (trade !== undefined) world.channel.trades.pay(trade)
    const mail = waiting(world).find((one) => one.outTradeNo === outTradeNo)
    if (mail !== undefined) await post(world, mail)
  })
}

const STEPS: ReadonlyArray<readonly [weight: number, step: Step]> = [
  [6, async (world) => {
    const billId = pick(world, world.billIds) as string
    const channel = chance(world, 0.5) ? 'wechat' : 'alipay'
    const wish = { billId, channel, scene: 'qr', payerId: null, payerAddress: null, returnUrl: null } as const
    const placers = chance(world, 0.15) ? 3 : 1
    await world.attempt(`place ${billId} ${channel} ×${placers}`, () => Promise.all(Array.from({ length: placers }, () => world.server().orders.place('cashier', wish))))
  }],
  [6, async (world) => {
    const trade = pick(world, world.channel.trades.all())
    if (trade !== undefined) world.note(`pay ${trade.outTradeNo} ${world.channel.trades.pay(trade)}`)
  }],
  [6, async (world) => {
    const mail = pick(world, waiting(world))
    if (mail === undefined) return
    const times = chance(world, 0.04) ? COPIES : chance(world, 0.2) ? 4 : 1
    await world.attempt(`notify ${mail.outTradeNo} ×${times}`, () => post(world, mail, times))
  }],
  [3, async (world) => {
    const mail = pick(world, waiting(world))
    const letter = mail === undefined ? undefined : forged(mail.next(), world.random)
    if (mail === undefined || letter === undefined) return
    await world.attempt(`forged ${mail.outTradeNo}`, async () => {
      const { status } = await world.server().notifies.receive(mail.channel, letter)
      if (status < 300) throw new Error(`a forged notify of ${mail.outTradeNo} was taken: ${JSON.stringify(letter.headers)} ${letter.body.toString('utf8')}`)
    })
  }],
  [4, async (world) => {
    await makeDue(world)
    const mails = waiting(world).slice(0, 2)
    const race = [() => world.server().queries.sweep(), () => askByBill(world), ...mails.map((mail) => () => post(world, mail))]
    await world.attempt('race notify, question, bill', async () => {
      const ends = await Promise.allSettled(race.map((run) => run()))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    })
  }],
  [4, async (world) => {
    const ms = [1_000, 6_000, 40_000, 300_000, 1_200_000][Math.floor(world.random.float() * 5)] ?? 1_000
    world.note(`wait ${ms / 1_000} s`)
    await world.clock.run(ms)
    await world.attempt('ask', async () => { await world.server().queries.sweep(); await world.server().refunds.sweep() })
  }],
  [3, async (world) => {
    const order = pick(world, await world.db.read.payOrder.findMany({ where: { estateId: world.estateId, state: { in: ['paid', 'part-refunded', 'late-paid'] } }, orderBy: { outTradeNo: 'asc' } }))
    if (order === undefined) return
    const refundFen = Math.max(1, Math.floor(Number(order.paidFen) * (chance(world, 0.4) ? 1 : world.random.float())))
    await world.attempt(`refund ${order.outTradeNo} ${refundFen}`, async () => {
      const both = chance(world, 0.2) ? 2 : 1
      const made = await Promise.allSettled(Array.from({ length: both }, () => world.server().refunds.propose('maker', { outTradeNo: order.outTradeNo, refundFen, reason: '多缴退回' })))
      for (const one of made) if (one.status === 'rejected') throw one.reason
    })
  }],
  [4, async (world) => {
    const draft = pick(world, await world.db.read.payRefund.findMany({ where: { estateId: world.estateId, state: 'draft' }, orderBy: { outRefundNo: 'asc' } }))
    if (draft === undefined) return
    const checker = chance(world, 0.1) ? 'maker' : 'checker'
    await world.attempt(`decide ${draft.outRefundNo} ${checker}`, () => world.server().refunds.decide(checker, draft.outRefundNo, chance(world, 0.9) ? 'approve' : 'reject'))
  }],
  [5, async (world) => {
    const item = pick(world, await world.db.read.suspenseItem.findMany({ where: { estateId: world.estateId, state: 'open' }, orderBy: { transactionId: 'asc' } }))
    if (item === undefined) return
    const resolution = chance(world, 0.5) ? { kind: 'return', reason: '退回' } as const : { kind: 'bill', billId: pick(world, world.billIds) ?? '' } as const
    await world.attempt(`suspense ${item.outTradeNo} ${resolution.kind}`, () => world.server().suspense.propose('maker', item.suspenseId, resolution))
  }],
  [5, async (world) => {
    const item = pick(world, await world.db.read.suspenseItem.findMany({ where: { estateId: world.estateId, state: 'proposed' }, orderBy: { transactionId: 'asc' } }))
    if (item === undefined) return
    const checker = chance(world, 0.1) ? 'maker' : 'checker'
    await world.attempt(`resolve ${item.outTradeNo} ${checker}`, () => world.server().suspense.decide(checker, item.suspenseId, chance(world, 0.85) ? 'approve' : 'reject'))
  }],
  [4, async (world) => world.attempt('prepaid', () => world.server().prepayments.applyAll())],
  [1, async (world) => {
    world.note('bill')
    await world.issue()
  }],
  [1, async (world) => {
    const billId = pick(world, world.billIds) as string
    world.note(`till ${billId}`)
    await world.till(billId)
  }],
  [4, overpay],
  [5, async (world) => {
    const where = { estateId: world.estateId, prepaidFen: { gt: 0n }, state: { in: ['paid', 'part-refunded', 'late-paid'] } }
    const orders = await world.db.read.payOrder.findMany({ where, orderBy: { outTradeNo: 'asc' } })
    if (orders.length < 2) return
    await world.attempt(`refund-each ${orders.length} with prepayment`, async () => {
      const wishes = orders.map(({ outTradeNo, prepaidFen }) => ({ outTradeNo, refundFen: Number(prepaidFen), reason: '多缴退回' }))
      const ends = await Promise.allSettled([...wishes.map((wish) => world.server().refunds.propose('maker', wish)), world.server().prepayments.applyAll()])
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    })
  }],
  [4, async (world) => {
    const points = 1 + Math.floor(world.random.float() * 5)
    world.note(`kill-at ${points}`)
    world.server().kill.arm(points)
  }],
  [3, async (world) => world.spoil(pick(world, ['request', 'answer', 'bit', 'notify-first'] as const) ?? 'answer')],
  [1, async (world) => world.setSkew(Math.floor(world.random.float() * 100))],
]
const WEIGHT = STEPS.reduce((sum, [weight]) => sum + weight, 0)

function stepOf({ random }: World): Step {
  let at = random.float() * WEIGHT
  for (const [weight, step] of STEPS) if ((at -= weight) < 0) return step
  return STEPS[0]?.[1] as Step
}

/** Everything works again: what was posted arrives, what is due is asked about, until nothing is. */
async function comeToRest(world: World): Promise<string[]> {
  world.heal()
  world.revive()
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    for (const mail of waiting(world)) await world.attempt('notify at rest', () => post(world, mail))
    const where = { estateId: world.estateId, nextQueryAtMs: { not: null } }
    const [order, refund] = [
      await world.db.read.payOrder.findFirst({ where, orderBy: { nextQueryAtMs: 'asc' } }), await world.db.read.payRefund.findFirst({ where, orderBy: { nextQueryAtMs: 'asc' } }),
    ]
    const next = [order?.nextQueryAtMs, refund?.nextQueryAtMs].filter((at) => at !== undefined && at !== null).map(Number)
    if (next.length === 0 && waiting(world).length === 0 && world.clock.pending() === 0) {
      // A payment after closing whose notify is lost is found where the next day's bill is read.
      const days = new Set(world.channel.trades.all().flatMap((trade) => (trade.paidAtMs === null ? [] : [beijingDay(trade.paidAtMs)])))
      for (const day of days) await world.attempt(`bills of ${day}`, () => askByBill(world, day))
      return []
    }
    await world.clock.run(Math.max(1_000, Math.min(...next, Number.MAX_SAFE_INTEGER) === Number.MAX_SAFE_INTEGER ? 1_000 : Math.min(...next) - world.clock.wallMs()))
    await world.attempt('ask at rest', async () => { await world.server().queries.sweep(); await world.server().refunds.sweep() })
  }
  return [`does not come to rest within ${ROUNDS_MAX} rounds`]
}

export interface RunOutcome {
  readonly violations: readonly string[]
  readonly history: readonly string[]
  readonly counts: Readonly<Record<string, number>>
  /** Virtual time that passed. */
  readonly ms: number
}

/** One seed's world from its first order to its rest. */
export async function runOnce(deps: WorldDeps): Promise<RunOutcome> {
  const world = await createWorld(deps)
  const startedMs = world.clock.monoMs()
  try {
    const steps = STEPS_MIN + Math.floor(world.random.float() * STEPS_MORE)
    for (let at = 0; at < steps; at += 1) {
      await stepOf(world)(world)
      world.revive()
    }
    const restless = await comeToRest(world)
    return { violations: [...restless, ...await violationsOf(world)], history: world.history, counts: world.counts, ms: world.clock.monoMs() - startedMs }
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { violations: [`broke: ${what}`], history: world.history, counts: world.counts, ms: world.clock.monoMs() - startedMs }
  } finally {
    await world.close()
  }
}
