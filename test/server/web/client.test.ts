import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApi } from '../../../server/web/kit/api/api.js'
import { createHttpClient, withQuery } from '../../../server/web/kit/api/client.js'
import { type ApiFailure, asFailure, kindOfStatus } from '../../../server/web/kit/api/failure.js'
import { NOW_MS } from './support/samples.js'

let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void
const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part)).on('end', () => answer(request, response, Buffer.concat(parts).toString()))
})
let origin = ''
let signedOut = 0
const http = createHttpClient({
  fetch: (input, init) => fetch(`${origin}${String(input)}`, init),
  nowMs: () => NOW_MS,
  onSignedOut: () => { signedOut++ },
})
const failure = (work: Promise<unknown>): Promise<ApiFailure> => work.then(() => { throw new Error('no failure') }, asFailure)

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => { server.close() })

describe('a question', () => {
  it('leaves out what is empty and escapes the rest', () => {
    expect(withQuery('/a', { x: '', y: undefined, z: null, q: '1 栋&x=1', n: 0 })).toBe('/a?q=1+%E6%A0%8B%26x%3D1&n=0')
    expect(withQuery('/a')).toBe('/a')
    expect(createApi(http).liveUrl('')).toBe('/api/live')
  })

  it('carries the header that a foreign page cannot send only where it changes something', async () => {
    const seen: unknown[] = []
    answer = (request, response, body) => {
      seen.push([request.method, request.url, request.headers['x-requested-with'], request.headers['content-type'], body])
      response.writeHead(204).end()
    }
    await createApi(http).withdrawConsent('a/b')
    await createApi(http).logout()
    await http.get('/api/estates')
    expect(seen).toEqual([
      ['POST', '/api/consents/a%2Fb/withdraw', 'smart-estates', 'application/json', '{}'],
      ['POST', '/api/auth/logout', 'smart-estates', undefined, ''],
      ['GET', '/api/estates', undefined, undefined, ''],
    ])
  })
})

describe('an error answer', () => {
  const refuse = (status: number, body: string, headers: Record<string, string> = {}): void => {
    answer = (_request, response) => response.writeHead(status, headers).end(body)
  }

  it('is told apart by its status and keeps the code and the field', async () => {
    refuse(400, '{"code":"SV_HTTP_VALIDATION","message":"x","details":{"field":"body/name"}}')
    const error = await failure(http.get('/api/x'))
    expect([error.kind, error.code, error.field]).toEqual(['invalid', 'SV_HTTP_VALIDATION', 'body/name'])
    expect([401, 403, 404, 409, 413, 418, 429, 500, 503].map(kindOfStatus))
      .toEqual(['signed-out', 'forbidden', 'not-found', 'conflict', 'invalid', 'unexpected', 'too-many', 'unavailable', 'unavailable'])
  })

  it('says when to come back', async () => {
    refuse(429, '{"code":"SV_AUTH_SLOW_DOWN","message":"x"}', { 'retry-after': '30' })
    expect((await failure(http.send('POST', '/api/auth/login', {}))).retryAfterSeconds).toBe(30)
    refuse(429, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' })
    expect((await failure(http.get('/api/x'))).retryAfterSeconds).toBeNull()
  })

  it('from something that is not our server still is a failure', async () => {
    refuse(502, '<html>bad gateway</html>')
    expect(await failure(http.get('/api/x'))).toMatchObject({ kind: 'unavailable', code: 'HTTP 502' })
    answer = (_request, response) => response.writeHead(200).end('<html>')
    expect(await failure(http.get('/api/x'))).toMatchObject({ kind: 'unexpected', code: 'HTTP 200' })
  })

  it('ends the session, but a refused login ends none', async () => {
    refuse(401, '{"code":"SV_AUTH_REQUIRED","message":"x"}')
    await failure(http.get('/api/auth/me'))
    await failure(http.send('POST', '/api/auth/login', {}))
    expect(signedOut).toBe(0)
    await failure(http.get('/api/gates'))
    expect(signedOut).toBe(1)
  })
})

describe('no answer', () => {
  it('is "offline"; an abandoned question is no failure of the network', async () => {
    answer = (request) => request.socket.destroy()
    expect((await failure(http.get('/api/x'))).kind).toBe('offline')
    const controller = new AbortController()
    answer = () => controller.abort()
    await expect(http.get('/api/x', {}, controller.signal)).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('the server\'s time', () => {
  it('replaces a wrong clock of this machine and leaves a right one alone', async () => {
    const date = (ms: number): void => { answer = (_request, response) => response.writeHead(200, { date: new Date(ms).toUTCString() }).end('{}') }
    date(NOW_MS + 1_000)
    await http.get('/api/x')
    expect(http.serverNowMs()).toBe(NOW_MS)
    date(NOW_MS + 3_600_000)
    await http.get('/api/x')
    expect(http.serverNowMs()).toBe(NOW_MS + 3_600_000)
  })
})
