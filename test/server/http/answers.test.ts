import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { schemaError } from '../../../gateway/contract/codec.js'
import { ApiErrorV1 } from '../../../gateway/contract/sync-api.js'
import { LOGINS_PER_MINUTE, REQUESTS_PER_MINUTE } from '../../../server/http/rate-limits.js'
import { tempFolder } from '../support/temp-database.js'
import { type TestServer, startTestServer } from '../support/test-server.js'

const start = async (pageFolder?: string): Promise<TestServer> => {
  const server = await startTestServer(pageFolder)
  onTestFinished(() => server.close())
  return server
}

describe('every answer', () => {
  it('forbids foreign script, frames and caches, and has an id of its own', async () => {
    const server = await start()
    const [first, second] = [await server.call('GET', '/api/auth/me'), await server.call('GET', '/api/auth/me')]
    expect(first.headers['content-security-policy']).toContain("script-src 'self';")
    expect(first.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(first.headers['cache-control']).toBe('no-store')
    expect(first.headers['x-content-type-options']).toBe('nosniff')
    expect(first.headers).not.toHaveProperty('strict-transport-security')
    expect(first.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(first.headers['x-request-id']).not.toBe(second.headers['x-request-id'])
    // An id from outside would let a client write into our log.
    expect((await server.call('GET', '/health', { headers: { 'x-request-id': 'mine', 'request-id': 'mine' } })).headers['x-request-id']).not.toBe('mine')
  })

  it('says nothing of a defect but that there was one', async () => {
    const server = await start()
    await server.db.transact((tx) => tx.$executeRawUnsafe('DROP TABLE "ConsentNotice"'))
    const answer = await server.call('GET', '/api/consent-notices', { as: await server.as('admin@*') })
    expect([answer.status, answer.body]).toEqual([500, { code: 'SV_HTTP_INTERNAL', message: 'Internal error' }])
  })

  it('has the wire\'s error body where it refuses', async () => {
    const server = await start()
    for (const [method, url] of [['GET', '/api/none'], ['GET', '/api/users'], ['POST', '/api/auth/login'], ['PATCH', '/health']] as const) {
      const answer = await server.call(method, url, method === 'POST' ? { body: {} } : {})
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(schemaError(ApiErrorV1, answer.body), url).toBeUndefined()
    }
  })
})

describe('limits', () => {
  it('stop one address, with the time to wait, and not another', async () => {
    const server = await start()
    const login = (from: string) => server.call('POST', '/api/auth/login', { from, body: { loginName: `n${Math.random()}`, password: 'x' } })
    for (let i = 0; i < LOGINS_PER_MINUTE; i++) expect((await login('203.0.113.7')).status).toBe(401)
    const refused = await login('203.0.113.7')
    expect([refused.status, (refused.body as { code: string }).code]).toEqual([429, 'SV_HTTP_RATE_LIMIT'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await login('203.0.113.8')).status).toBe(401)
    expect((await server.call('GET', '/health', { from: '203.0.113.7' })).status).toBe(200)
  })

  it.each([
    ['unknown paths', '/api/none', 404], ['requests without a login', '/api/auth/me', 401],
  ])('count %s too, and leave gateways alone', async (_name, url, status) => {
    const server = await start()
    const ask = async (path: string) => (await server.app.inject({ url: path, remoteAddress: '203.0.113.9', headers: { cookie: `sid=${'A'.repeat(43)}` } })).statusCode
    const seen = new Map<number, number>()
    for (let i = 0; i <= REQUESTS_PER_MINUTE; i++) {
      const answer = await ask(url)
      seen.set(answer, (seen.get(answer) ?? 0) + 1)
    }
    expect([...seen]).toEqual([[status, REQUESTS_PER_MINUTE], [429, 1]])
    expect(await ask('/api/gateway/v1/roster?cursor=0')).toBe(401)
  })
})

describe('operation', () => {
  it('/health says 503 when the database does not answer', async () => {
    const server = await start()
    expect((await server.call('GET', '/health')).body).toEqual({ status: 'ok', database: 'ok', waitingWrites: 0 })
    Object.assign(server.db, { ping: () => Promise.reject(new Error('disk gone')) })
    const answer = await server.call('GET', '/health')
    expect([answer.status, answer.body]).toEqual([503, { status: 'failing', database: 'failing', waitingWrites: 0 }])
  })

  it('/metrics counts answers by route, not by path', async () => {
    const server = await start()
    await server.call('DELETE', '/api/permits/01890000-0000-7000-8000-000000000000', { as: await server.as('admin@*') })
    await server.call('GET', '/api/wp-admin.php')
    const text = String((await server.call('GET', '/metrics')).body)
    expect(text).toContain('sv_http_request_seconds_count{method="DELETE",route="/api/permits/:permitId",status="404"} 1')
    expect(text).not.toContain('wp-admin')
    expect(text).toContain('sv_process_cpu_seconds_total')
  })

  it('/openapi.json describes every API route with its error body', async () => {
    const server = await start()
    const { paths } = (await server.call('GET', '/openapi.json')).body as { paths: Record<string, Record<string, { responses: object; summary: string }>> }
    const described = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, route]) => ({ name: `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`, route })))
    const expected = server.app.routeTable.filter(({ url }) => url.startsWith('/api/') || url === '/health' || url === '/metrics')
    expect(described.map(({ name }) => name).sort()).toEqual(expected.map(({ method, url }) => `${method} ${url}`).sort())
    for (const { name, route } of described) {
      expect(route.summary, name).toBeTruthy()
      if (name.includes('/api/')) expect(Object.keys(route.responses), name).toContain('4XX')
    }
  })
})

describe('page', () => {
  const built = async (): Promise<TestServer> => {
    const folder = await tempFolder()
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), '<title>page</title>')
    await writeFile(join(folder, 'assets/app-1a2b.js'), 'export {}')
    for (const [ending, bytes] of [['', 'export const large = 1'], ['.br', 'brotli bytes'], ['.gz', 'gzip bytes']] as const) {
      await writeFile(join(folder, `assets/large-1a2b.js${ending}`), bytes)
    }
    await writeFile(join(folder, '.secret'), 'x')
    return start(folder)
  }

  it('is sent for / and for every path of its router, never from a cache', async () => {
    const server = await built()
    for (const url of ['/', '/live', '/persons/01890000?q=1', '/index.html']) {
      const answer = await server.call('GET', url)
      expect([answer.status, answer.body, answer.headers['cache-control']], url).toEqual([200, '<title>page</title>', 'no-cache'])
    }
  })

  it('has files that are kept for ever, by the hash in their name', async () => {
    const server = await built()
    const answer = await server.call('GET', '/assets/app-1a2b.js')
    expect([answer.status, answer.body, answer.headers['cache-control']]).toEqual([200, 'export {}', 'public, max-age=31536000, immutable'])
    expect(answer.headers['content-type']).toContain('javascript')
  })

  it.each([
    ['br, gzip', 'br', 'brotli bytes'], ['gzip, deflate', 'gzip', 'gzip bytes'], ['identity', undefined, 'export const large = 1'], [undefined, undefined, 'export const large = 1'],
  ])('are sent compressed to whoever reads it: %s', async (accepted, encoding, body) => {
    const server = await built()
    const answer = await server.call('GET', '/assets/large-1a2b.js', { headers: accepted === undefined ? {} : { 'accept-encoding': accepted } })
    expect([answer.status, answer.headers['content-encoding'], answer.body]).toEqual([200, encoding, body])
    expect(answer.headers['content-type']).toContain('javascript')
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(answer.headers['vary']).toContain('accept-encoding')
  })

  it.each(['/assets/app-old.js', '/api/none', '/api/', '/favicon.ico', '/.secret', '/assets/../.secret', '/%2e%2e/package.json', '/..%2fpackage.json'])('does not stand for %s', async (url) => {
    const server = await built()
    const answer = await server.call('GET', url)
    expect([400, 404]).toContain(answer.status)
    expect(answer.headers['content-type']).toContain('application/json')
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('leaves the API as it is where it was not built', async () => {
    const server = await start()
    const answer = await server.call('GET', '/')
    expect([answer.status, answer.body]).toEqual([404, { code: 'SV_HTTP_NOT_FOUND', message: 'No such thing, or not yours to see' }])
    expect((await server.call('GET', '/health')).status).toBe(200)
  })
})
