import { Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { App } from './app-types.js'

const SECONDS_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The process's registry; parts add their own metrics to it. All names begin with `sv_`. */
export function createMetrics(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'sv_' })
  return registry
}

/** Times every answer by route; paths that are no route count as one. */
export function measureRequests(app: App, registry: Registry): void {
  const duration = new Histogram({
    name: 'sv_http_request_seconds', help: 'Time from request to the end of its answer', registers: [registry],
    labelNames: ['method', 'route', 'status'], buckets: SECONDS_BUCKETS,
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? '(none)'
    duration.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000)
  })
}
