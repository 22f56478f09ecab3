import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyReply, type FastifyRequest, type FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { schemaError } from '#contract/schema-error.js'
import { AppError } from '#kernel/app-error.js'
import type { Logger } from '#kernel/log.js'
import { GATEWAY_ERRORS, gatewayError } from '../errors.js'
import { type DeskApp, type DeskRoutes, type OperatorOfToken, guardRoutes } from './desk-access.js'

/** Body of one request; larger ones are refused with 413. Photos have a bound of their own. */
const BODY_BYTES_MAX = 16_384
/** Requests of one address in a minute; above it 429. A page that watches a face asks about 200 times. */
const REQUESTS_PER_MINUTE = 1_500
const ADDRESSES_MAX = 2_000
const NUMBER = /^-?\d{1,15}$/

/** Path and query are text: what the schema calls a whole number is read from it. */
function fromText(schema: TSchema, value: unknown): unknown {
  const { properties } = schema as { properties?: Readonly<Record<string, { type?: unknown }>> }
  if (properties === undefined || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, text]) =>
    [name, properties[name]?.type === 'integer' && typeof text === 'string' && NUMBER.test(text) ? Number(text) : text]))
}

/** Validates with the compiler that the wire uses; the error names the field. */
const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => (value: unknown) => {
  const converted = httpPart === 'body' ? value : fromText(schema, value)
  const error = schemaError(schema, converted)
  if (error === undefined) return { value: converted }
  const [path = '', ...problem] = error.split(': ')
  return { error: gatewayError('GW_DESK_INVALID', { in: httpPart, field: path.replace(/^\//, '').replaceAll('/', '.'), problem: problem.join(': ') }) }
}

/** The table's error for whatever was thrown. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown }
  // Malformed JSON, URL or header: Fastify's own message may hold a piece of the body.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return gatewayError('GW_DESK_INVALID', { problem: String(code) })
  return gatewayError('GW_OPS_INTERNAL', {}, error)
}

/** `{ code, message, details? }`; from 500 on the table's line and nothing else, and the log has the cause. */
const errorHandler = (log: Logger) => (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const error = asAppError(thrown)
  const { httpStatus, details } = error
  if (httpStatus >= 500) log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'desk: a request failed')
  const code = httpStatus === 500 || !(error.code in GATEWAY_ERRORS) ? 'GW_OPS_INTERNAL' : (error.code as keyof typeof GATEWAY_ERRORS)
  if (typeof details['retryAfterSeconds'] === 'number') reply.header('retry-after', String(details['retryAfterSeconds']))
  const body = { code, message: GATEWAY_ERRORS[code].message, ...(httpStatus < 500 && Object.keys(details).length > 0 ? { details } : {}) }
  reply.header('cache-control', 'no-store').code(httpStatus).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body)
}

/** Script, style and pictures of our own origin; the camera for enrolment; nobody may frame the page. */
async function securityHeaders(app: DeskApp): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], styleSrcAttr: ["'unsafe-inline'"], imgSrc: ["'self'", 'data:'], mediaSrc: ["'self'", 'blob:'],
        fontSrc: ["'self'"], connectSrc: ["'self'"], formAction: ["'self'"], baseUri: ["'none'"], frameAncestors: ["'none'"],
      },
    },
    // The certificate is the estate's own: the rule would hold for every port of the same name.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('permissions-policy', 'camera=(self), microphone=(), geolocation=()')
    // Nothing that the desk shows stays in the browser.
    reply.header('cache-control', 'no-store')
  })
}

const isPagePath = (path: string): boolean => extname(path) === '' && !path.split('/').some((name) => name.startsWith('.'))

/** The built page under `/`; files under `assets/` carry a hash of their content. Where the folder is missing only the API answers. */
async function pageRoutes(app: DeskApp, folder: string): Promise<void> {
  app.setNotFoundHandler(() => {
    throw gatewayError('GW_DESK_NOT_FOUND')
  })
  if (!existsSync(folder)) return
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false, dotfiles: 'ignore' })
  app.get('/*', { config: { deskAccess: 'public' } }, (request, reply) => {
    const path = (request.params as { '*': string })['*']
    if (path.startsWith('api/')) throw gatewayError('GW_DESK_NOT_FOUND')
    void reply.header('cache-control', path.startsWith('assets/') ? 'private, max-age=31536000, immutable' : 'no-store').sendFile(isPagePath(path) ? 'index.html' : path)
  })
}

export interface DeskHttpDeps {
  readonly operatorOfToken: OperatorOfToken
  readonly routes: readonly DeskRoutes[]
  /** The built page. */
  readonly pageFolder: string
  readonly log: Logger
}

/** The desk's HTTP application without a listener. Order matters: headers and limits, then who may, then routes, the page last. */
export async function buildDeskHttp(deps: DeskHttpDeps): Promise<DeskApp> {
  const handler = errorHandler(deps.log)
  const app: DeskApp = Fastify({ bodyLimit: BODY_BYTES_MAX, requestTimeout: 60_000, routerOptions: { maxParamLength: 100 }, frameworkErrors: handler })
    .setValidatorCompiler<TSchema>(validatorCompiler)
  app.setErrorHandler(handler)
  await securityHeaders(app)
  await app.register(rateLimit, {
    max: REQUESTS_PER_MINUTE, timeWindow: 60_000, cache: ADDRESSES_MAX,
    errorResponseBuilder: (_request, context) => gatewayError('GW_DESK_SLOW_DOWN', { retryAfterSeconds: Math.ceil(context.ttl / 1_000) }),
  })
  await app.register(cookie)
  guardRoutes(app, deps.operatorOfToken)
  for (const routes of deps.routes) routes(app)
  await pageRoutes(app, deps.pageFolder)
  await app.ready()
  return app
}
