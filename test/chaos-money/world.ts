import { CHANNEL_FAULTS, type ChannelFault, createFaultPlan } from '../../firmware-sim/channel/channel-faults.js'
import { AppError } from '../../gateway/kernel/app-error.js'
import type { Clock } from '../../gateway/kernel/clock.js'
import { createIdSource } from '../../gateway/kernel/ids.js'
import type { Logger } from '../../gateway/kernel/log.js'
import { type RandomSource, seededRandom } from '../../gateway/kernel/random.js'
import { err } from '../../gateway/kernel/result.js'
import type { Database } from '../../server/db/transaction.js'
import type { ChannelHttp, HttpAnswer } from '../../server/payment/channel/channel-http.js'
import { type VirtualClock, createVirtualClock } from '../support/virtual-clock.js'
import { issueRent, payAtTill } from './bills.js'
import { type ChannelSide, createChannelSide } from './channel-side.js'
import { Killed } from './kill-points.js'
import { type MerchantKeys, type ServerSide, startServerSide } from './server-side.js'

/** Faults of the channel that a run may have, and how often one order meets each. */
const RATES: Partial<Record<ChannelFault, number>> = {
  'notify-lost': 0.2, 'notify-first': 0.15, 'notify-amount': 0.12, 'notify-signature': 0.1, 'notify-serial': 0.05, 'notify-probe': 0.1, 'notify-stale': 0.1,
  'paid-after-close': 0.2, 'paying-fails': 0.1, 'lost-answer': 0.4, 'busy': 0.1, 'refund-abnormal': 0.1, 'refund-no-money': 0.1, 'refund-again-refused': 0.3,
}
const START_MS = Date.UTC(2026, 0, 31, 15, 40)
/** A server clock that is wrong: within what is let pass, beyond it, and by hours. */
const SKEWS_MS = [0, 0, -200_000, 400_000, -3_600_000, 7_200_000] as const
const MINUTE_MS = 60_000

export interface World {
  readonly estateId: string
  readonly billIds: readonly string[]
  readonly clock: VirtualClock
  readonly random: RandomSource
  readonly db: Database
  readonly channel: ChannelSide
  readonly history: string[]
  readonly counts: Record<string, number>
  server(): ServerSide
  note(what: string): void
  /** One more bill of the household. */
  issue(): Promise<void>
  /** Cash for a part of a bill. */
  till(billId: string): Promise<void>
  /** What the network does to the next call: nothing, loses it or its answer, or turns a bit of the answer. */
  spoil(what: 'request' | 'answer' | 'bit' | 'notify-first'): void
  setSkew(at: number): void
  /** Starts the server again where it was killed. */
  revive(): void
  /** Runs a step: what the services refuse is part of life, what they break on is not. */
  attempt(what: string, work: () => Promise<unknown>): Promise<void>
  heal(): void
  close(): Promise<void>
}

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent }

const turned = ({ status, headers, body }: HttpAnswer, random: RandomSource): HttpAnswer => {
  const bytes = Buffer.from(body)
  if (bytes.length > 0) bytes.writeUInt8(bytes.readUInt8(Math.floor(random.float() * bytes.length)) ^ (1 << Math.floor(random.float() * 8)), Math.floor(random.float() * bytes.length))
  return { status, headers, body: bytes }
}

export interface WorldDeps {
  readonly db: Database
  readonly keys: MerchantKeys
  readonly seed: number
  /** One of a kind among all worlds of a database. */
  readonly estateId: string
}

/** One estate's money for some hours: the channels' sandbox and the server's payment services, between them a network that fails. */
export async function createWorld({ db, keys, seed, estateId }: WorldDeps): Promise<World> {
  const random = seededRandom(seed)
  const clock = createVirtualClock(START_MS)
  const faults = createFaultPlan(seed)
  for (const fault of Object.keys(CHANNEL_FAULTS) as ChannelFault[]) faults.setRate(fault, RATES[fault] ?? 0)
  const channel = await createChannelSide({ keys: keys.sandbox, faults, clock, seed: seed % 100_000 })
  let skewMs = 0
  let spoiled: 'request' | 'answer' | 'bit' | 'notify-first' | null = null
  const serverClock: Clock = { ...clock, wallMs: () => clock.wallMs() + skewMs }
  const runtime = { clock: serverClock, random, ids: createIdSource({ clock: serverClock, random }), log: silent }
  const counts: Record<string, number> = {}
  const history: string[] = []
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1)
  const note = (what: string): void => { history.push(what); count(what.split(' ')[0] ?? what) }

  const network: ChannelHttp = async (call) => {
    const now = spoiled
    spoiled = null
    if (now !== null) count(`network:${now}`)
    if (now === 'request') return err('the request was lost')
    const answer = await channel.http(call)
    if (now === 'answer') return err('the answer was lost')
    if (now === 'notify-first') {
      const live = server
      for (const mail of channel.mails.filter((one) => !one.taken && !one.lost).slice(0, 3)) {
        const letter = mail.next()
        const reply = await live.notifies.receive(mail.channel, { headers: letter.headers, body: Buffer.from(letter.body) })
        mail.taken = reply.status < 300
      }
    }
    return now === 'bit' && answer.ok ? { ok: true, value: turned(answer.value, random) } : answer
  }
  const doublePayment = random.float() < 0.5 ? 'prepayment' : 'refund'
  const start = (): ServerSide => startServerSide({ db, keys, network, doublePayment, runtime })
  let server = start()
  const revive = (): void => {
    const died = server.kill.diedAt()
    if (died === null) return
    count(`killed:${died}`)
    history.push(`killed ${died}`)
    server = start()
  }

  const billIds: string[] = []
  const issue = async (count = 1): Promise<void> => {
    const bills = Array.from({ length: count }, (_, at) => ({ billId: `${estateId}-b${billIds.length + at + 1}`, fen: 1 + Math.floor(random.float() * 50_000) }))
    await issueRent(db, { estateId, householdId: `${estateId}-h`, bills, atMs: START_MS })
    billIds.push(...bills.map((bill) => bill.billId))
  }
  await issue(2 + Math.floor(random.float() * 4))
  return {
    estateId, billIds, clock, random, db, channel, history, counts, note, revive, issue,
    till: (billId) => payAtTill(db, { billId, share: random.float(), atMs: clock.wallMs() }),
    server: () => server,
    spoil: (what) => void (spoiled = what),
    setSkew(at) {
      skewMs = SKEWS_MS[at % SKEWS_MS.length] ?? 0
      note(`clock-off ${skewMs / MINUTE_MS} min`)
    },
    async attempt(what, work) {
      note(what)
      try {
        await work()
      } catch (error) {
        if (error instanceof Killed || server.kill.diedAt() !== null) return revive()
        if (!(error instanceof AppError) || !error.code.startsWith('SV_PAYMENT')) throw error
        history.push(`  refused ${error.code}`)
        count(`refused:${error.code}`)
      }
      revive()
    },
    heal() {
      skewMs = 0
      spoiled = null
      server.kill.arm(Number.MAX_SAFE_INTEGER)
    },
    close: () => channel.close(),
  }
}
