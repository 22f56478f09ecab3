import { type IncomingMessage, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HEARTBEAT_MS } from '../../../server/live/live-hub.js'
import { SHOWN_PER_ROUND_MAX } from '../../../server/live/live-round.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { command, controllerStatus, doorEvent, outcome, passage, passageIdOf } from '../sync/record-samples.js'
import { type SseEvent, eventsIn, lastIdIn } from './fake-sink.js'

interface Browser {
  readonly answer: IncomingMessage
  readonly closed: Promise<void>
  text(): string
  events(): SseEvent[]
  /** Waits for the server until `count` events are there, moving its clock past the pauses between rounds. */
  until(count: number): Promise<SseEvent[]>
  leave(): void
}

let server: TestServer
let register: Register
let gateway: ClaimedGateway
let port: number
let browsers: Browser[] = []

beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  await register.gate('jh', 'gate-1', { ...gateBody(), name: '南门', controllerId: 'ctl-1' })
  gateway = await claimedGateway(server, 'jh', register)
  await server.app.listen({ port: 0, host: '127.0.0.1' })
  port = (server.app.server.address() as AddressInfo).port
})
afterEach(async () => {
  for (const browser of browsers) browser.leave()
  browsers = []
  await server.close()
})

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))

async function browse(as: string, query = '', headers: Record<string, string> = {}): Promise<Browser> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: `/api/live${query}`, headers: { cookie: as, ...headers } }, resolve).on('error', reject)
  })
  let text = ''
  answer.setEncoding('utf8').on('data', (part: string) => { text += part })
  const closed = new Promise<void>((resolve) => answer.on('close', () => resolve()))
  answer.on('error', () => {})
  const events = (): SseEvent[] => eventsIn(text)
  const browser: Browser = {
    answer, closed, events, text: () => text,
    async until(count) {
      for (let turns = 0; events().length < count && turns < 1_000; turns++) {
        await server.clock.run(50)
        await turn()
      }
      return events()
    },
    leave: () => void answer.destroy(),
  }
  // The connection stands once its place is told.
  while (answer.statusCode === 200 && lastIdIn(text) === undefined && !text.includes('overflow')) await turn()
  browsers.push(browser)
  return browser
}
const kindsOf = (events: readonly SseEvent[]): unknown[] => events.map(({ event }) => event)
const dataOf = (events: readonly SseEvent[], kind: string): unknown[] => events.filter(({ event }) => event === kind).map(({ data }) => data)
const listed = async (path: string, as: string): Promise<unknown> => (await server.call('GET', path, { as })).body

describe('a manager\'s page', () => {
  it('is a stream of events that nobody keeps', async () => {
    const { answer } = await browse(await server.as('guard@jh'))
    expect([answer.statusCode, answer.headers['content-type'], answer.headers['cache-control'], answer.headers['x-content-type-options']])
      .toEqual([200, 'text/event-stream; charset=utf-8', 'no-store', 'nosniff'])
  })

  it('sees each passage as the list has it, the gate and the log, and the passage again with its outcome', async () => {
    const as = await server.as('guard@jh')
    const browser = await browse(as, '?estateId=jh')
    await gateway.report(controllerStatus(1, 'online'), passage(2), command(2))
    const first = await browser.until(4)
    expect(dataOf(first, 'device')).toEqual(((await listed('/api/devices', as)) as { devices: Array<{ deviceId: string }> }).devices.filter(({ deviceId }) => deviceId === 'ctl-1'))
    expect(dataOf(first, 'access')).toEqual([await listed(`/api/access-log/${passageIdOf(2)}`, as)])
    expect(dataOf(first, 'gate')).toEqual(((await listed('/api/gates', as)) as { gates: unknown[] }).gates)
    expect(dataOf(first, 'integrity')).toEqual(((await listed('/api/integrity', as)) as { gateways: unknown[] }).gateways)
    await gateway.report(outcome(2), doorEvent(5, 'relay-released'))
    const next = (await browser.until(7)).slice(4)
    expect(kindsOf(next)).toEqual(['access', 'gate', 'integrity'])
    expect(dataOf(next, 'access')).toEqual([expect.objectContaining({ passageId: passageIdOf(2), commandOutcome: 'executed', commandLatencyMs: 88.5 })])
    expect(dataOf(next, 'gate')).toEqual([expect.objectContaining({ gateId: 'gate-1', relay: 'released', controller: 'online', grantedToday: 1 })])
    expect(dataOf(next, 'integrity')).toEqual([expect.objectContaining({ epochs: [expect.objectContaining({ contiguousSeq: 5, headSeq: 5 })] })])
  })

  it('hears nothing of a repeated upload', async () => {
    const browser = await browse(await server.as('guard@jh'))
    await gateway.report(passage(1))
    await browser.until(3)
    await gateway.calls.records(gateway.log.batch(1, 1))
    // The count of repeats is the only thing that changed.
    expect((await browser.until(4)).slice(3)).toEqual([expect.objectContaining({ event: 'integrity', data: expect.objectContaining({ epochs: [expect.objectContaining({ duplicates: 1 })] }) as unknown })])
  })

  it('is told of a gateway that is heard of though it has nothing to report', async () => {
    const browser = await browse(await server.as('bureau-viewer@*'))
    server.clock.advance(20_000)
    await gateway.calls.roster(0)
    const now = server.clock.wallMs()
    expect(dataOf(await browser.until(2), 'integrity')).toEqual([expect.objectContaining({ gatewayId: gateway.gatewayId, lastContactAtMs: now })])
  })

  it('of another estate hears nothing of this one', async () => {
    const there = await browse(await server.as('guard@xh'))
    const here = await browse(await server.as('guard@jh'))
    await gateway.report(passage(1))
    await here.until(3)
    expect(there.events()).toEqual([])
    const as = await server.as('guard@xh')
    expect((await server.call('GET', '/api/live?estateId=jh', { as })).status).toBe(404)
  })

  it('comes back with its last event\'s id and gets what it missed', async () => {
    const as = await server.as('guard@jh')
    const before = await browse(as)
    await gateway.report(passage(1))
    await before.until(3)
    before.leave()
    await before.closed
    await gateway.report(passage(2))
    const after = await browse(as, '', { 'last-event-id': lastIdIn(before.text()) as string })
    expect(dataOf(await after.until(3), 'access')).toEqual([expect.objectContaining({ passageId: passageIdOf(2) })])
  })

  it('is told to load anew where it comes back to another life of the server', async () => {
    const browser = await browse(await server.as('guard@jh'), '', { 'last-event-id': '01890000-0000-7000-8000-000000000000-7' })
    await browser.closed
    expect(kindsOf(browser.events())).toEqual(['overflow'])
  })

  it('ends within a heartbeat of the logout, and of the session\'s time', async () => {
    const as = await server.as('guard@jh', 'resident@xh')
    const leaving = await browse(as)
    const idle = await browse(await server.as('estate-manager@jh'))
    await server.call('POST', '/api/auth/logout', { as })
    await server.clock.run(HEARTBEAT_MS)
    await leaving.closed
    expect(idle.answer.closed).toBe(false)
    server.clock.advance(12 * 3_600_000)
    await server.clock.run(HEARTBEAT_MS)
    await idle.closed
    expect(kindsOf([...leaving.events(), ...idle.events()])).toEqual([])
  })
})

describe('a backlog', () => {
  it('is not poured over the page: it is told once, when the flood is over, to load anew', async () => {
    const browser = await browse(await server.as('guard@jh'))
    for (let from = 1; from < 4 * SHOWN_PER_ROUND_MAX; from += 2 * SHOWN_PER_ROUND_MAX) {
      await gateway.report(...Array.from({ length: 2 * SHOWN_PER_ROUND_MAX }, (_, index) => passage(from + index)))
      await server.clock.run(300)
      await turn()
    }
    for (let turns = 0; !browser.text().includes('overflow') && turns < 500; turns++) {
      await server.clock.run(50)
      await turn()
    }
    await browser.closed
    const kinds = kindsOf(browser.events())
    expect([kinds.filter((kind) => kind === 'access'), kinds.filter((kind) => kind === 'overflow'), kinds.at(-1)]).toEqual([[], ['overflow'], 'overflow'])
  })
})
