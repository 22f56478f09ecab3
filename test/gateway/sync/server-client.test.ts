import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock.js'
import { LIMITS } from '#kernel/limits.js'
import { createServerClient, isTransient } from '../../../gateway/sync/server-client.js'
import { person } from '../../support/factories.js'
import { type GatewayApiServer, startGatewayApiServer } from '../../support/gateway-api-server.js'
import { IDENTITY } from '../../support/open-store.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'

let server: GatewayApiServer
beforeAll(async () => { server = await startGatewayApiServer() })
afterAll(() => server.close())

const clientOf = (change: { url?: string; ca?: string | null; clock?: typeof systemClock } = {}) =>
  createServerClient({ url: server.url, ca: server.caPem, requestTimeoutMs: 5_000, clock: systemClock, ...change })

const answering = async (status: number, body: unknown) => {
  server.intercept = () => ({ status, body })
  const result = await clientOf().roster(IDENTITY.credential, 0)
  server.intercept = undefined
  return result
}

describe('server client', () => {
  it('hands over an answer of the contract', async () => {
    server.publish(person(1))
    expect(await clientOf().roster(IDENTITY.credential, 0)).toEqual({ ok: true, value: { items: [person(1)], cursor: 1, complete: true } })
  })

  it('keeps its connection for the next request', async () => {
    const client = clientOf()
    server.connections()
    for (let i = 0; i < 3; i++) await client.roster(IDENTITY.credential, 1)
    expect(server.connections()).toBe(1)
    client.stop()
  })

  it('tells a refusal by its code', async () => {
    expect(await clientOf().roster('x'.repeat(43), 0))
      .toEqual({ ok: false, error: { kind: 'refused', status: 401, code: 'SV_CREDENTIAL', message: 'unknown credential' } })
  })

  it.each([
    ['an error without a body of the contract', 502, '<html>', { kind: 'refused', status: 502, code: 'UNKNOWN', message: 'status 502 without an error body' }, true],
    ['a redirect', 301, {}, { kind: 'refused', status: 301, code: 'UNKNOWN', message: 'status 301 without an error body' }, false],
    ['an answer that breaks the schema', 200, { items: [], cursor: -1, complete: true }, { kind: 'invalid', message: 'answer 200: /cursor: must be >= 0' }, false],
    ['a field that the schema does not know', 200, { items: [], cursor: 1, complete: true, photo: 'x' }, { kind: 'invalid', message: 'answer 200: (root): unknown field "photo"' }, false],
    ['an answer that is too long', 200, 'x'.repeat(LIMITS.syncBodyBytesMax), { kind: 'invalid', message: `answer longer than ${LIMITS.syncBodyBytesMax} bytes` }, false],
  ])('%s', async (_, status, body, error, transient) => {
    const result = await answering(status, body)
    expect(result).toEqual({ ok: false, error })
    expect(!result.ok && isTransient(result.error)).toBe(transient)
  })

  it('a connection that ends in the middle is unreachable', async () => {
    server.intercept = () => 'hang-up'
    expect(await clientOf().roster(IDENTITY.credential, 0)).toEqual({ ok: false, error: { kind: 'unreachable', message: expect.stringContaining('hang up') } })
    server.intercept = undefined
  })

  it('a server that is not there is unreachable, and says why', async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = probe.address() as AddressInfo
        probe.close(() => resolve(free))
      })
    })
    for (const host of ['127.0.0.1', 'localhost']) {
      const result = await clientOf({ url: `https://${host}:${port}` }).roster(IDENTITY.credential, 0)
      expect(result).toEqual({ ok: false, error: { kind: 'unreachable', message: expect.stringContaining('ECONNREFUSED') } })
    }
  })

  it('a server under another authority is unreachable', async () => {
    const result = await clientOf({ ca: null }).roster(IDENTITY.credential, 0)
    expect(result).toEqual({ ok: false, error: { kind: 'unreachable', message: expect.stringMatching(/certificate/) } })
  })

  it('gives up after the timeout', async () => {
    const clock = createVirtualClock()
    server.intercept = () => 'silence'
    const result = clientOf({ clock }).roster(IDENTITY.credential, 0)
    await settle()
    clock.advance(4_999)
    expect(await Promise.race([result, settle(20).then(() => 'pending')])).toBe('pending')
    clock.advance(1)
    expect(await result).toEqual({ ok: false, error: { kind: 'unreachable', message: 'no answer within 5000 ms' } })
    expect(clock.pending()).toBe(0)
    server.intercept = undefined
  })

  it('after stop every call, open or new, is unreachable', async () => {
    server.intercept = () => 'silence'
    const client = clientOf()
    const open = client.roster(IDENTITY.credential, 0)
    await settle(20)
    client.stop()
    expect(await open).toMatchObject({ ok: false, error: { kind: 'unreachable' } })
    expect(await client.roster(IDENTITY.credential, 0)).toMatchObject({ ok: false, error: { kind: 'unreachable' } })
    server.intercept = undefined
  })
})
