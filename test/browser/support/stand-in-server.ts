import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { builtWeb } from './built-web.js'
import { createLiveLines } from './live-lines.js'
import { Refusal, createStandInApi } from './stand-in-api.js'
import { type World, createWorld } from './world.js'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
}
/** Stricter than the server's own: nothing inline, nothing foreign, nothing from a data address. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? {} : JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>
}

/** Delivers the built pages and answers their API from a world in memory, over real HTTP and real event streams. */
export async function startStandIn(world: World = createWorld(Date.now()), options: { warnings?: boolean } = {}) {
  const root = await builtWeb(options.warnings)
  const lines = createLiveLines()
  const api = createStandInApi(world, lines)
  /** Paths that fail, with the status; tests fill it. */
  const failing = new Map<string, number>()
  /** Paths that wait that long before they answer. */
  const slow = new Map<string, number>()

  async function deliver(path: string, response: ServerResponse): Promise<void> {
    const file = join(root, normalize(path))
    const known = TYPES[extname(file)] !== undefined && file.startsWith(root)
    const bytes = await readFile(known ? file : join(root, 'index.html')).catch(() => undefined)
    if (bytes === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[known ? extname(file) : '.html'] as string, 'content-security-policy': POLICY }).end(bytes)
  }
  function reply(response: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}): void {
    response.writeHead(status, body === undefined ? headers : { 'content-type': 'application/json', ...headers })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  }
  async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const waitMs = slow.get(url.pathname)
    if (waitMs !== undefined) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const status = failing.get(url.pathname)
    if (status !== undefined) throw new Refusal(status, status === 403 ? 'SV_AUTH_FORBIDDEN' : 'SV_HTTP_INTERNAL')
    const result = api.answer(request, response, url, await bodyOf(request))
    if (result !== 'stream') reply(response, result.status ?? 200, result.body, result.headers)
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    const done = url.pathname.startsWith('/api/') ? answer(request, response, url) : deliver(url.pathname, response)
    done.catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      const seconds = error.details?.['retryAfterSeconds']
      reply(response, error.status, { code: error.code, message: error.code, ...(error.details === undefined ? {} : { details: error.details }) },
        typeof seconds === 'number' ? { 'retry-after': String(seconds) } : {})
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    world, lines, failing, slow,
    endSessions: api.endSessions,
    forgive: api.forgive,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type StandIn = Awaited<ReturnType<typeof startStandIn>>
