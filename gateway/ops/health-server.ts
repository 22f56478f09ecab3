import type { AddressInfo } from 'node:net'
import { fastify, type FastifyInstance } from 'fastify'
import type { Logger } from '#kernel/log.js'
import { gatewayError } from '../errors.js'
import { answerErrors } from './http-errors.js'
import { type GatewayStatus, problemsOf } from './gateway-status.js'
import type { GatewayMetrics } from './metrics.js'

export interface HealthServer {
  /** @returns the port it listens on. @throws GW_LISTEN */
  start(): Promise<{ readonly port: number }>
  stop(): Promise<void>
}

/** Plain HTTP on a loopback address: `GET /health` and `GET /metrics`, nothing that changes anything. */
export function createHealthServer(deps: {
  host: string; port: number; status: () => Promise<GatewayStatus>; metrics: GatewayMetrics; log: Logger
}): HealthServer {
  let server: FastifyInstance | undefined

  const build = (): FastifyInstance => {
    const app = fastify({ bodyLimit: 1, requestTimeout: 10_000, forceCloseConnections: true })
    app.get('/health', async (_, reply) => {
      const status = await deps.status()
      const problems = problemsOf(status)
      return reply.code(problems.length === 0 ? 200 : 503).send({ healthy: problems.length === 0, problems, ...status })
    })
    app.get('/metrics', async (_, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.text(await deps.status())))
    answerErrors(app, deps.log)
    return app
  }

  return {
    async start() {
      server = build()
      try {
        await server.listen({ host: deps.host, port: deps.port })
      } catch (cause) {
        const { host, port } = deps
        throw gatewayError('GW_LISTEN', { what: 'ops', host, port, problem: (cause as NodeJS.ErrnoException).code }, cause)
      }
      return { port: (server.server.address() as AddressInfo).port }
    },
    async stop() {
      await server?.close()
    },
  }
}
