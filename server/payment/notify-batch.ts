import type { RunChange } from '../audit/change.js'
import type { ChannelName, Notify } from './channel/channel-port.js'
import { keepEvents } from './order-repository.js'
import { takeRealPayments } from './payment-batch.js'
import type { RealPayment, Taken, TakingRules } from './payment-taking.js'

/** A notify whose signature holds. */
export interface RealNotify {
  readonly channel: ChannelName
  readonly merchantId: string
  readonly notify: Notify
  /** What came, as it is kept. */
  readonly raw: string
}
export type Verdict = Taken | 'refund' | 'other'

/** Notifies that share a commit; more wait for the next. */
const NOTIFIES_MAX = 128

interface Waiting {
  readonly one: RealNotify
  resolve(verdict: Verdict): void
  reject(error: unknown): void
}

const paymentOf = ({ channel, merchantId, notify }: RealNotify): RealPayment | undefined => {
  if (notify.kind !== 'paid') return undefined
  const { outTradeNo, transactionId, paidFen: fen, paidAtMs } = notify
  return { channel, merchantId, outTradeNo, transactionId, fen, paidAtMs }
}

/**
 * Takes and keeps notifies. Those that come while a commit is under way share the next one: under load an fsync serves many, and a
 * single notify waits for nobody. Where one of them fails the others are taken each by itself.
 * @returns resolves once it is committed
 */
export function createNotifyBatch(deps: { change: RunChange; taking: TakingRules }): (one: RealNotify) => Promise<Verdict> {
  const { change, taking } = deps
  let waiting: Waiting[] = []
  let running = false

  const take = (all: readonly RealNotify[]): Promise<Verdict[]> => change(null, async (one) => {
    const payments = all.flatMap((each) => paymentOf(each) ?? [])
    const taken = await takeRealPayments(one, payments, taking)
    const verdicts = all.map(({ notify }): Verdict => (notify.kind === 'paid' ? taken.shift() as Taken : notify.kind))
    await keepEvents(one.tx, all.map(({ channel, notify: { eventId, outTradeNo }, raw }, at) =>
      ({ channel, eventId, source: 'notify', outTradeNo, receivedAtMs: one.atMs, verdict: verdicts[at] as Verdict, raw })))
    return verdicts
  })

  const settle = async (some: readonly Waiting[]): Promise<void> => {
    try {
      const verdicts = await take(some.map((each) => each.one))
      some.forEach((each, at) => each.resolve(verdicts[at] as Verdict))
    } catch (error) {
      if (some.length === 1) return some[0]?.reject(error)
      for (const each of some) await settle([each])
    }
  }
  const run = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) {
      const some = waiting.slice(0, NOTIFIES_MAX)
      waiting = waiting.slice(NOTIFIES_MAX)
      await settle(some)
    }
    running = false
  }

  return (one) => new Promise((resolve, reject) => {
    waiting.push({ one, resolve, reject })
    if (!running) void run()
  })
}
