import type { FastifyInstance, FastifyRequest, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault, FastifyBaseLogger } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { gatewayError } from '../errors.js'
import type { DeskRole, OperatorRow } from './ports.js'

/** The Fastify instance with TypeBox types: a route's schema is its handler's types. */
export type DeskApp = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>
export type DeskRoutes = (app: DeskApp) => void

/** Who may call a route: anyone without login, anyone with one, or managers alone. */
export type DeskAccess = 'public' | DeskRole

export interface DeskRoute {
  readonly method: string
  readonly url: string
  readonly access: DeskAccess
}

declare module 'fastify' {
  interface FastifyContextConfig {
    deskAccess?: DeskAccess
  }
  interface FastifyRequest {
    operator: OperatorRow | null
  }
  interface FastifyInstance {
    /** Every route of the desk with who may call it. */
    deskRoutes: readonly DeskRoute[]
  }
}

export const SESSION_COOKIE = 'desk'
/** Only script of our own origin can set a header of this name: a foreign page's form or picture cannot. */
export const REQUESTED_WITH = { name: 'x-requested-with', value: 'smart-estates' } as const
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whose login a token is. `use` is false where the question is no use of it. */
export type OperatorOfToken = (token: string, use?: boolean) => Promise<OperatorRow | undefined>

/** The logged-in operator of a route that needs one. @throws TypeError on a route that needs none */
export function operatorOf(request: FastifyRequest): OperatorRow {
  if (request.operator === null) throw new TypeError('route has no operator')
  return request.operator
}

/**
 * Denies by default: a route that does not say who may call it cannot be registered, and one that does is asked for login,
 * role and origin before its body is read. Register it before any route.
 */
export function guardRoutes(app: DeskApp, operatorOfToken: OperatorOfToken): void {
  const table: DeskRoute[] = []
  app.decorate('deskRoutes', table)
  app.decorateRequest('operator', null)
  app.addHook('onRoute', (route) => {
    const access = route.config?.deskAccess
    if (access === undefined) throw gatewayError('GW_DESK_ROUTE', { method: route.method, url: route.url })
    for (const method of [route.method].flat()) if (method !== 'HEAD') table.push({ method, url: route.url, access })
  })
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.deskAccess
    // Only the answer "no such route" has none.
    if (access === undefined) return
    if (!SAFE_METHODS.has(request.method) && request.headers[REQUESTED_WITH.name] !== REQUESTED_WITH.value) throw gatewayError('GW_DESK_HEADER')
    if (access === 'public') return
    const token = request.cookies[SESSION_COOKIE]
    const operator = token === undefined ? undefined : await operatorOfToken(token)
    if (operator === undefined) throw gatewayError('GW_DESK_SESSION')
    if (access === 'manager' && operator.role !== 'manager') throw gatewayError('GW_DESK_FORBIDDEN')
    request.operator = operator
  })
}
