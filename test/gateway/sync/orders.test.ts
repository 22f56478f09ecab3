import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Order } from '#contract/sync-orders.js'
import { systemClock } from '#kernel/clock.js'
import { systemRandom } from '#kernel/random.js'
import { createAuthority, issueCertificate } from '../../../gateway/device/certificate-issuer.js'
import { ORDERS_WAIT_MS, createOrderPoller } from '../../../gateway/sync/order-poller.js'
import { readOrders } from '../../../gateway/sync/read-orders.js'
import { type ServerClient, createServerClient } from '../../../gateway/sync/server-client.js'
import type { SyncPeer } from '../../../gateway/sync/sync-peer.js'
import { uuid } from '../../support/factories.js'
import { IDENTITY } from '../../support/identity.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<ServerClient> {
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 600_000) }
  const subject = { commonName: 'test', organisationalUnit: 'test', organisation: 'test' }
  const authority = await createAuthority(subject, validity.notBefore, validity.notAfter, systemRandom)
  const own = await issueCertificate(authority, { subject, role: 'server', ...validity, alternativeNames: [{ type: 'ip', value: '127.0.0.1' }] }, systemRandom)
  const server = createServer({ key: own.keyPem, cert: own.certPem }, handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = createServerClient({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: authority.certPem, requestTimeoutMs: 1_000, clock: systemClock })
  onTestFinished(() => {
    client.stop()
    server.closeAllConnections()
    server.close()
  })
  return client
}

const ORDER: Order = { kind: 'open-door.v1', orderId: uuid(1), remainingMs: 10_000, operatorRef: uuid(2), gateId: 'gate-1', reason: 'visitor' }

describe('the question for orders', () => {
  it('names the wait and the gateway; the answer is held to the contract', async () => {
    const asked: unknown[] = []
    const bodies: unknown[] = [{ orders: [ORDER] }, { orders: [] }, { orders: 'none' }]
    const client = await serve((request, response) => {
      asked.push([request.method, request.url, request.headers.authorization, request.headers['x-gateway-life']])
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(bodies.shift()))
    })
    expect(await client.orders('secret', { waitMs: 5_000, life: uuid(9) }, 6_000)).toEqual({ ok: true, value: { orders: [ORDER], strange: [] } })
    expect(await client.orders('secret', { waitMs: 0, life: uuid(9) }, 1_000)).toEqual({ ok: true, value: { orders: [], strange: [] } })
    expect(await client.orders('secret', { waitMs: 0, life: uuid(9) }, 1_000)).toMatchObject({ ok: false, error: { kind: 'invalid' } })
    expect(asked[0]).toEqual(['GET', '/api/gateway/v1/orders?waitMs=5000', 'Bearer secret', uuid(9)])
  })
})

describe('an answer with an order that this gateway does not know', () => {
  it('brings the others, and names the one', () => {
    const [newer, broken, nameless] = [{ ...ORDER, kind: 'sound-siren.v1', orderId: uuid(3), decibels: 90 }, { ...ORDER, orderId: uuid(4), remainingMs: 0 }, { kind: 'x'.repeat(200), orderId: 'no' }]
    expect(readOrders([newer, ORDER, broken, nameless, null, 'text', { ...ORDER, kind: 'toString' }])).toEqual({
      orders: [ORDER],
      strange: [
        { orderId: uuid(3), kind: 'sound-siren.v1', reason: 'unknown-kind' }, { orderId: uuid(4), kind: 'open-door.v1', reason: 'malformed' },
        { orderId: null, kind: 'x'.repeat(64), reason: 'unknown-kind' }, { orderId: null, kind: 'undefined', reason: 'unknown-kind' },
        { orderId: null, kind: 'undefined', reason: 'unknown-kind' }, { orderId: uuid(1), kind: 'toString', reason: 'unknown-kind' },
      ],
    })
  })
})

describe('the poller', () => {
  it('counts what is left of an order from the moment it asked, and goes on after failures', async () => {
    const clock = createVirtualClock()
    const handed: unknown[] = []
    const asked: number[] = []
    const answers: Array<() => ReturnType<ServerClient['orders']>> = [
      // The server waits three seconds before it has an order.
      () => new Promise((resolve) => void clock.after(3_000, () => resolve({ ok: true, value: { orders: [ORDER], strange: [{ orderId: uuid(9), kind: 'new.v1', reason: 'unknown-kind' }] } }))),
      async () => ({ ok: false, error: { kind: 'unreachable', message: 'gone' } }),
      async () => ({ ok: true, value: { orders: [] } }),
    ]
    const client = { orders: (_: string, { waitMs }: { waitMs: number }) => {
      asked.push(waitMs)
      return (answers.shift() ?? (() => new Promise<never>(() => undefined)))()
    } } as unknown as ServerClient
    const peer = { client, identity: IDENTITY } as SyncPeer
    const startedMs = clock.monoMs()
    const poller = createOrderPoller({
      peer, runtime: { clock, random: systemRandom, log: createRecordingLog() }, requestTimeoutMs: 10_000,
      run: async (order, deadlineMonoMs) => void handed.push([order.orderId, deadlineMonoMs - startedMs]), refuse: async (order) => void handed.push(order.orderId),
    })
    poller.start()
    await clock.run(3_010)
    expect(handed).toEqual([[uuid(1), 10_000], uuid(9)])
    await clock.run(100)
    expect(poller.status().problem).toBe('unreachable: gone')
    await clock.run(2_000)
    expect(poller.status().problem).toBeNull()
    expect(asked.slice(0, 3)).toEqual([ORDERS_WAIT_MS, ORDERS_WAIT_MS, ORDERS_WAIT_MS])
  })

  it('leaves a question that the server holds when it is stopped, and complains of nothing', async () => {
    const log = createRecordingLog()
    const seen = new EventEmitter()
    const client = await serve((request) => {
      request.on('close', () => seen.emit('left'))
      seen.emit('asked')
    })
    const poller = createOrderPoller({
      peer: { client, identity: IDENTITY } as SyncPeer, runtime: { clock: systemClock, random: systemRandom, log }, requestTimeoutMs: 600_000,
      run: async () => undefined, refuse: async () => undefined,
    })
    const [asked, left] = [once(seen, 'asked'), once(seen, 'left')]
    poller.start()
    await asked
    await Promise.all([poller.stop(), left])
    expect([poller.status().problem, log.lines]).toEqual([null, []])
  })
})

describe('the file of a firmware order', () => {
  const content = Buffer.alloc(300_000, 'firmware')
  const sha256 = createHash('sha256').update(content).digest('hex')

  it('comes whole, with its length and sum', async () => {
    const asked: unknown[] = []
    const client = await serve((request, response) => {
      asked.push([request.url, request.headers.authorization])
      response.writeHead(200).end(content)
    })
    const path = join(tempDir(), 'job.part')
    expect(await client.firmware('secret', uuid(7), path, content.length)).toEqual({ ok: true, value: { bytes: content.length, sha256 } })
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(asked).toEqual([[`/api/gateway/v1/firmware/${uuid(7)}`, 'Bearer secret']])
  })

  it.each<[string, (response: ServerResponse) => void, object]>([
    ['one that is longer than it should be', (response) => void response.writeHead(200).end(Buffer.concat([content, Buffer.from('!')])), { kind: 'invalid' }],
    ['one that breaks off', (response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 1_000), () => response.destroy())
    }, { kind: 'unreachable' }],
    ['one that stands still', (response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 1_000))
    }, { kind: 'unreachable' }],
    ['none', (response) => void response.writeHead(404).end(), { kind: 'refused', status: 404 }],
  ])('%s is an answer that says so', async (_, respond, error) => {
    const client = await serve((__, response) => respond(response))
    const path = join(tempDir(), 'job.part')
    expect(await client.firmware('secret', uuid(7), path, content.length)).toMatchObject({ ok: false, error })
    expect(existsSync(path)).toBe(error !== undefined && 'status' in error ? false : true)
  })
})
