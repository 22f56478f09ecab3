import type { FastifyRequest } from 'fastify'
import { type Caller, type EstateScope, type Role, covers } from '../auth/roles.js'
import { fail } from '../errors.js'

/** Says which estate a request is about; undefined where what it names does not exist. */
export type EstateFinder = (request: FastifyRequest) => string | undefined | Promise<string | undefined>

/** Who may call a route. A route without one fails when it is registered. */
export type Access =
  /** Anyone, without login. */
  | { readonly kind: 'public' }
  /** Programs on the server's own machine. */
  | { readonly kind: 'loopback' }
  /** A gateway's credential; the route's own hook checks it. */
  | { readonly kind: 'gateway' }
  /** A payment channel: no page, so it cannot send the header of one; the route checks its signature. */
  | { readonly kind: 'channel' }
  /** Anyone who is logged in. */
  | { readonly kind: 'login' }
  /** One of the roles, at the estate that the request is about. */
  | { readonly kind: 'estate'; readonly roles: readonly Role[]; readonly estateOf: EstateFinder }
  /** One of the roles anywhere; the handler keeps to `scopeOfRequest`. */
  | { readonly kind: 'scoped'; readonly roles: readonly Role[] }
  /** One of the roles for all estates. */
  | { readonly kind: 'everywhere'; readonly roles: readonly Role[] }

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    caller: Caller | null
    estateScope: EstateScope | null
  }
}

export const publicAccess: Access = { kind: 'public' }
export const loopbackAccess: Access = { kind: 'loopback' }
export const gatewayAccess: Access = { kind: 'gateway' }
export const channelAccess: Access = { kind: 'channel' }
export const anyLogin: Access = { kind: 'login' }
export const everywhere = (...roles: Role[]): Access => ({ kind: 'everywhere', roles })
export const scoped = (...roles: Role[]): Access => ({ kind: 'scoped', roles })
export const atEstate = (estateOf: EstateFinder, ...roles: Role[]): Access => ({ kind: 'estate', roles, estateOf })

const field = (name: string, part: unknown): string | undefined => {
  const value: unknown = part === null || typeof part !== 'object' ? undefined : (part as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}
/** The estate is a field of the path, the query or the body, validated before anyone is asked. */
export const estateInParams: EstateFinder = (request) => field('estateId', request.params)
export const estateInQuery: EstateFinder = (request) => field('estateId', request.query)
export const estateInBody: EstateFinder = (request) => field('estateId', request.body)

/** The logged-in caller of a route that needs one. @throws TypeError on a route that needs none */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new TypeError('route has no caller')
  return request.caller
}

/** Estates at which the caller has a role that the route asks for. @throws TypeError on a route that asks for none */
export function scopeOfRequest(request: FastifyRequest): EstateScope {
  if (request.estateScope === null) throw new TypeError('route has no scope')
  return request.estateScope
}

/**
 * The part of the scope that a list is asked for: one estate, or all of it.
 * @throws AppError SV_HTTP_NOT_FOUND where that estate is not in it
 */
export function requestedScope(request: FastifyRequest, estateId: string | undefined): EstateScope {
  const scope = scopeOfRequest(request)
  if (estateId === undefined) return scope
  if (!covers(scope, estateId)) throw fail('SV_HTTP_NOT_FOUND')
  return [estateId]
}
