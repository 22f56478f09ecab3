import cookie from '@fastify/cookie'
import Fastify, { LogController, type FastifyBaseLogger } from 'fastify'
import type { TSchema } from 'typebox'
import type { Registry } from 'prom-client'
import type { IdSource } from '#kernel/ids.js'
import type { App, Routes } from './app-types.js'
import { type AuthorizeDeps, authorize } from './authorize.js'
import { errorHandler } from './error-handler.js'
import { measureRequests } from './metrics.js'
import { openApi } from './openapi.js'
import { pageRoutes } from './page-routes.js'
import { rateLimits } from './rate-limits.js'
import { securityHeaders } from './security-headers.js'
import { serializerCompiler } from './serialization.js'
import { validatorCompiler } from './validation.js'

/** Body of one request; larger ones are refused with 413. A route that takes more says so itself. */
const BODY_BYTES_MAX = 65_536

export interface BuildAppDeps {
  readonly authorize: AuthorizeDeps
  readonly routes: readonly Routes[]
  readonly registry: Registry
  readonly ids: IdSource
  readonly log: FastifyBaseLogger
  readonly options: {
    readonly version: string
    /** The built page of staff, `dist/web`. */
    readonly pageFolder: string
    /** The built page of residents, `dist/resident`. */
    readonly residentFolder: string
    readonly strictTransport: boolean
  }
}

/**
 * The server's HTTP application without a listener: tests call it in process. Order matters and is this: headers and
 * limits first, then who may, then routes, the page last.
 */
export async function buildApp(deps: BuildAppDeps): Promise<App> {
  const app: App = Fastify({
    loggerInstance: deps.log,
    // Addresses hold names that somebody searched for: requests are measured, not logged.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => deps.ids.uuid(),
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: errorHandler,
  }).setValidatorCompiler<TSchema>(validatorCompiler).setSerializerCompiler<TSchema>(serializerCompiler)
  app.setErrorHandler(errorHandler)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id))
  // Answers hold data of persons: no cache keeps them, unless a route says otherwise.
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
  measureRequests(app, deps.registry)
  await securityHeaders(app, deps.options)
  await rateLimits(app)
  await app.register(cookie)
  authorize(app, deps.authorize)
  await openApi(app, deps.options.version)
  for (const routes of deps.routes) routes(app)
  await pageRoutes(app, { staff: deps.options.pageFolder, residents: deps.options.residentFolder })
  await app.ready()
  return app
}
