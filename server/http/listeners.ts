import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo } from 'node:net'
import type { Clock } from '#kernel/clock.js'
import { sleep } from '#kernel/clock.js'
import type { App } from './app-types.js'
import type { KeyedCertificate } from './certificates.js'

/** A client has this long to send its whole request: slower ones hold a connection for nothing. */
const REQUEST_MS_MAX = 60_000
const HEADERS_MS_MAX = 20_000
/** Longer than common proxies keep an idle connection, so that they close it first. */
const KEEP_ALIVE_MS = 72_000
/** Open connections; more are refused by the kernel. Eleven gateways and some hundred pages are far below. */
const CONNECTIONS_MAX = 2_000
/** Requests under way at the end have this long; then their connections are cut. */
const CLOSE_MS_MAX = 5_000

export interface ListenerOptions {
  readonly https: { readonly host: string; readonly port: number }
  /** Null for no plain HTTP; it listens on 127.0.0.1 and nowhere else. */
  readonly loopbackHttp: { readonly port: number } | null
}

export interface Listeners {
  /** @returns the ports in use. @throws where one cannot be had; none is open then */
  start(): Promise<{ httpsPort: number; httpPort: number | null }>
  /** Takes no new request, lets those under way end, then closes. */
  stop(): Promise<void>
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Closes a server that may never have listened. */
async function close(server: Server, clock: Clock): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  await Promise.race([closed, sleep(clock, CLOSE_MS_MAX)])
  server.closeAllConnections()
  await closed
}

/** Both ways in to one application: HTTPS for everyone, plain HTTP for this machine. */
export function createListeners(deps: { app: App; tls: KeyedCertificate; clock: Clock; options: ListenerOptions }): Listeners {
  const { app, tls, clock, options } = deps
  const limits = { requestTimeout: REQUEST_MS_MAX, headersTimeout: HEADERS_MS_MAX, keepAliveTimeout: KEEP_ALIVE_MS }
  const https = createHttpsServer({ ...limits, cert: tls.certPem, key: tls.keyPem, minVersion: 'TLSv1.2' }, (request, response) => app.routing(request, response))
  const http = createHttpServer(limits, (request, response) => app.routing(request, response))
  const servers: Server[] = [https, http]
  for (const server of servers) server.maxConnections = CONNECTIONS_MAX
  const stop = async (): Promise<void> => void (await Promise.all(servers.map((server) => close(server, clock))))
  return {
    async start() {
      try {
        const httpsPort = await listen(https, options.https.host, options.https.port)
        const httpPort = options.loopbackHttp === null ? null : await listen(http, '127.0.0.1', options.loopbackHttp.port)
        return { httpsPort, httpPort }
      } catch (error) {
        await stop()
        throw error
      }
    },
    stop,
  }
}
