import { Type } from 'typebox'
import type { Registry } from 'prom-client'
import type { Database } from '../db/transaction.js'
import { loopbackAccess, publicAccess } from './access.js'
import type { Routes } from './app-types.js'

const Health = Type.Object({
  status: Type.Union([Type.Literal('ok'), Type.Literal('failing')]),
  database: Type.Union([Type.Literal('ok'), Type.Literal('failing')]),
  waitingWrites: Type.Integer({ description: 'Transactions that wait for their turn' }),
})

/** For whoever watches over the process: /health for all, /metrics from the same machine only. */
export const operationRoutes = (deps: { db: Database; registry: Registry }): Routes => (app) => {
  app.get('/health', {
    config: { access: publicAccess },
    schema: { summary: 'Whether the server can do its work', tags: ['operation'], response: { 200: Health, 503: Health } },
  }, async (request, reply) => {
    const works = await deps.db.ping().then(() => true, (error: unknown) => {
      request.log.error({ err: error }, 'database does not answer')
      return false
    })
    const state = works ? 'ok' : 'failing'
    return reply.code(works ? 200 : 503).header('cache-control', 'no-store')
      .send({ status: state, database: state, waitingWrites: deps.db.waitingWrites() })
  })

  app.get('/metrics', {
    config: { access: loopbackAccess },
    schema: { summary: 'Prometheus metrics, for programs on the same machine', tags: ['operation'] },
  }, async (_request, reply) => reply.type(deps.registry.contentType).send(await deps.registry.metrics()))
}
