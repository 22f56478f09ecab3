import { type Server, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Clock, sleep } from '#kernel/clock.js'
import { gatewayError } from '../errors.js'
import { publicAddress } from './lan-address.js'
import type { DeskApp } from './desk-access.js'

export interface DeskListenOptions {
  readonly host: string
  readonly port: number
  /** True where the estate means to serve the page on a public address. */
  readonly allowPublic: boolean
}

export interface DeskServer {
  /** @returns the port in use. @throws GW_LISTEN, GW_DESK_PUBLIC_ADDRESS */
  start(): Promise<{ readonly port: number }>
  /** Lets requests under way end, for a moment, and closes every line. */
  stop(): Promise<void>
}

/** Open connections: some pages on the estate's network. */
const CONNECTIONS_MAX = 200
const CLOSE_MS_MAX = 3_000

/** HTTPS on the estate's own network, with a certificate of the estate's own authority. */
export function createDeskServer(deps: {
  app: DeskApp; tls: { readonly certPem: string; readonly keyPem: string }; options: DeskListenOptions; machineAddresses: () => readonly string[]; clock: Clock
}): DeskServer {
  const { app, tls, options, clock } = deps
  let server: Server | undefined

  return {
    async start() {
      const { host, port, allowPublic } = options
      const found = allowPublic ? undefined : publicAddress(host, deps.machineAddresses())
      if (found !== undefined) {
        throw gatewayError('GW_DESK_PUBLIC_ADDRESS', { host, address: found, remedy: 'set desk.host to an address of the estate\'s network, or desk.allowPublic' })
      }
      const limits = { requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 72_000 }
      const opening = createServer({ ...limits, cert: tls.certPem, key: tls.keyPem, minVersion: 'TLSv1.2' }, (request, response) => app.routing(request, response))
      opening.maxConnections = CONNECTIONS_MAX
      await new Promise<void>((resolve, reject) => {
        opening.once('error', (cause: NodeJS.ErrnoException) => reject(gatewayError('GW_LISTEN', { what: 'desk', host, port, problem: cause.code }, cause)))
        opening.listen({ host, port }, resolve)
      })
      server = opening
      return { port: (opening.address() as AddressInfo).port }
    },
    async stop() {
      await app.close()
      const closing = server
      if (closing === undefined) return
      const closed = new Promise<void>((resolve) => closing.close(() => resolve()))
      closing.closeIdleConnections()
      await Promise.race([closed, sleep(clock, CLOSE_MS_MAX)])
      closing.closeAllConnections()
      await closed
    },
  }
}
