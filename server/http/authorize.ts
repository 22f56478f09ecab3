import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { ApiErrorV1 } from '#contract/sync-api.js'
import { type Caller, covers, scopeOf } from '../auth/roles.js'
import { fail } from '../errors.js'
import type { Access } from './access.js'
import type { App } from './app-types.js'

export const SESSION_COOKIE = 'sid'
/** Only script of our own origin can set a header of this name: a foreign page's form or picture cannot. */
export const REQUESTED_WITH = { name: 'x-requested-with', value: 'smart-estates' } as const
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface AuthorizeDeps {
  callerOfToken(token: string): Promise<Caller | null>
}

export interface RegisteredRoute {
  readonly method: string
  readonly url: string
  readonly access: Access
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route with who may call it, in the order of registration. */
    routeTable: readonly RegisteredRoute[]
  }
}

function refuseForeignOrigin(request: FastifyRequest, access: Access): void {
  if (access.kind === 'gateway' || access.kind === 'channel' || SAFE_METHODS.has(request.method)) return
  if (request.headers[REQUESTED_WITH.name] !== REQUESTED_WITH.value) throw fail('SV_AUTH_HEADER', { header: REQUESTED_WITH.name, value: REQUESTED_WITH.value })
}

async function identify(request: FastifyRequest, deps: AuthorizeDeps): Promise<Caller> {
  const token = request.cookies[SESSION_COOKIE]
  const caller = token === undefined ? null : await deps.callerOfToken(token)
  if (caller === null) throw fail('SV_AUTH_REQUIRED')
  request.caller = caller
  return caller
}

/** Before the body is read: who it is, and whether any of the roles is theirs. */
async function checkRoles(request: FastifyRequest, access: Access, deps: AuthorizeDeps): Promise<void> {
  if (access.kind === 'public' || access.kind === 'gateway' || access.kind === 'channel') return
  if (access.kind === 'loopback') {
    if (!LOOPBACK.has(request.socket.remoteAddress ?? '')) throw fail('SV_HTTP_NOT_FOUND')
    return
  }
  const caller = await identify(request, deps)
  if (access.kind === 'login') return
  request.estateScope = scopeOf(caller, access.roles)
  const enough = access.kind === 'everywhere' ? request.estateScope === 'all' : request.estateScope.length > 0
  if (!enough) throw fail('SV_AUTH_FORBIDDEN')
}

/** After validation: whether the estate is theirs. What is not reads as if it did not exist. */
async function checkEstate(request: FastifyRequest): Promise<void> {
  const access = request.routeOptions.config.access
  if (access?.kind !== 'estate') return
  const estateId = await access.estateOf(request)
  if (estateId === undefined || request.estateScope === null || !covers(request.estateScope, estateId)) throw fail('SV_HTTP_NOT_FOUND')
}

/** Every API route's description names the error body too. */
function describeErrors(route: RouteOptions): void {
  if (!route.url.startsWith('/api/')) return
  const schema = (route.schema ?? {}) as { response?: object }
  route.schema = { ...schema, response: { ...schema.response, '4xx': ApiErrorV1 } }
}

/**
 * Denies by default: a route that does not say who may call it cannot be registered, and one that does is asked for
 * role, origin and estate before its handler runs. Register it before any route.
 */
export function authorize(app: App, deps: AuthorizeDeps): void {
  const table: RegisteredRoute[] = []
  app.decorate('routeTable', table)
  app.decorateRequest('caller', null)
  app.decorateRequest('estateScope', null)
  app.addHook('onRoute', (route) => {
    const access = route.config?.access
    if (access === undefined) throw fail('SV_HTTP_ROUTE_WITHOUT_ACCESS', { method: route.method, url: route.url })
    for (const method of [route.method].flat()) if (method !== 'HEAD') table.push({ method, url: route.url, access })
    describeErrors(route)
  })
  app.addHook('onRequest', async (request: FastifyRequest, _reply: FastifyReply) => {
    const access = request.routeOptions.config.access
    // Only the answer "no such route" has none.
    if (access === undefined) return
    refuseForeignOrigin(request, access)
    await checkRoles(request, access, deps)
  })
  app.addHook('preHandler', checkEstate)
}
