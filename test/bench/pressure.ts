import { readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { type Socket, connect } from 'node:net'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { topicOf, topicsOf } from '#contract/topics.js'
import { ESTATE } from '../flow/support/estate-under-test.js'
import { connectBytes, subscribeBytes, sureBytes } from '../support/mqtt-bytes.js'
import { type EstateLoad, startLoad } from './estate-load.js'
import { readMetrics } from './prometheus.js'
import { spread } from './timing.js'

const CARDS = 40
const PAUSE_MS = 50
const WARM_UP_SECONDS = 5
/** Of one user there may be 20 in all. */
const STALLED_BROWSERS = 15
/** More would measure what many events cost, not what a reader that stands still does. */
const UNREAD_EVERY_MS = 100
const DONE_MS_MAX = 60_000
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export interface PressureOptions {
  readonly seconds: number
  readonly rounds: number
}

type Probe = 'door' | 'live' | 'page'
type Samples = Record<Probe, number[]>

/** Something stands still: what of the others is looked at meanwhile, and how it is brought about and ended. */
interface Scenario {
  readonly probes: readonly Probe[]
  begin(load: EstateLoad): Promise<() => Promise<void>>
}

async function probe(load: EstateLoad, probes: readonly Probe[], seconds: number, into: Samples): Promise<void> {
  const endMs = performance.now() + seconds * 1_000
  while (performance.now() < endMs) {
    if (probes.includes('door')) {
      const { doorMs, liveMs } = load.pass()
      into.door.push(await doorMs)
      if (probes.includes('live')) into.live.push(await liveMs)
    }
    if (probes.includes('page')) into.page.push(await load.pageMs())
    await wait(PAUSE_MS)
  }
}

const backlogOf = async ({ system }: EstateLoad): Promise<number> => (await readMetrics(system.estate.opsPort()))('gw_backlog_records')[''] ?? Number.NaN

async function untilTrue(check: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + DONE_MS_MAX
  while (!(await check()) && performance.now() < endMs) await wait(200)
}

/** Browsers that open the live line and never read it. */
async function stallBrowsers({ system, cookie }: EstateLoad): Promise<() => Promise<void>> {
  const sockets: Socket[] = []
  for (let n = 0; n < STALLED_BROWSERS; n++) {
    const socket = connect(system.server.httpPort(), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`GET /api/live?estateId=${ESTATE} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: ${cookie}\r\n\r\n`)
    sockets.push(socket)
  }
  return async () => sockets.forEach((socket) => socket.destroy())
}

/** A controller that sends events and reads no acknowledgement; cut off, it comes again. */
async function stallSubscriber(load: EstateLoad): Promise<() => Promise<void>> {
  const { address, folder } = await load.device('controller', 'bad-1')
  const pem = (name: string): Buffer => readFileSync(join(folder, name))
  const tls = { host: '127.0.0.1', port: load.system.estate.mqttPort(), servername: 'localhost', ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') }
  const bootId = randomUUID()
  let socket = tlsConnect(tls)
  let over = false
  const begin = (): void => {
    socket.on('error', () => {})
    socket.once('close', () => {
      if (over) return
      socket = tlsConnect(tls)
      begin()
    })
    socket.write(Buffer.concat([connectBytes('bad-1', 300), subscribeBytes(topicsOf(address).subscribe, 1)]))
  }
  begin()
  const event = (): Buffer => Buffer.from(JSON.stringify({ v: 1, eventId: randomUUID(), bootId, monoMs: performance.now(), wallMs: Date.now(), doorNo: 1, type: 'exit-button', live: true }))
  const sending = setInterval(() => void socket.write(sureBytes(topicOf('doorEvent', address), event(), 1 + Math.floor(Math.random() * 65_000))), UNREAD_EVERY_MS)
  return async () => {
    over = true
    clearInterval(sending)
    socket.destroy()
  }
}

const SCENARIOS = {
  'stopped server': {
    probes: ['door'],
    async begin(load) {
      load.system.server.signal('SIGSTOP')
      return async () => {
        load.system.server.signal('SIGCONT')
        await untilTrue(async () => await backlogOf(load) === 0)
      }
    },
  },
  'stopped gateway': {
    probes: ['page'],
    async begin(load) {
      load.system.estate.signal('SIGSTOP')
      return async () => {
        load.system.estate.signal('SIGCONT')
        await wait(3_000)
      }
    },
  },
  'stalled browsers': { probes: ['door', 'live', 'page'], begin: stallBrowsers },
  'stalled subscriber': { probes: ['door', 'live', 'page'], begin: stallSubscriber },
} satisfies Record<string, Scenario>

const none = (): Samples => ({ door: [], live: [], page: [] })

function compared(quiet: Samples, pressed: Samples, probes: readonly Probe[]) {
  return Object.fromEntries(probes.map((name) => {
    const [before, during] = [spread(quiet[name]), spread(pressed[name])]
    const ratio = (a: number, b: number): number => Number((a / b).toFixed(2))
    return [name, {
      p50Before: before.p50, p50During: during.p50, p50Ratio: ratio(during.p50, before.p50), p99Before: before.p99, p99During: during.p99, p99Ratio: ratio(during.p99, before.p99),
      samples: during.runs, unanswered: pressed[name].filter((ms) => !Number.isFinite(ms)).length,
    }]
  }))
}

/** Quiet and pressed in turn, so that a slow moment of the machine hits both; every process is a real one. */
export async function benchPressure({ seconds, rounds }: PressureOptions) {
  const load = await startLoad('pressure', CARDS)
  try {
    await probe(load, ['door', 'live', 'page'], WARM_UP_SECONDS, none())
    const results: Record<string, ReturnType<typeof compared>> = {}
    for (const [name, { probes, begin }] of Object.entries<Scenario>(SCENARIOS)) {
      const [quiet, pressed] = [none(), none()]
      for (let round = 0; round < rounds; round++) {
        await probe(load, probes, seconds, quiet)
        const end = await begin(load)
        await probe(load, probes, seconds, pressed)
        await end()
      }
      results[name] = compared(quiet, pressed, probes)
      process.stderr.write(`${name}: ${JSON.stringify(results[name])}\n`)
    }
    await untilTrue(async () => await backlogOf(load) === 0)
    return { seconds, rounds, results, passages: load.passages(), backlogAtEnd: await backlogOf(load) }
  } finally {
    await load.close()
  }
}
