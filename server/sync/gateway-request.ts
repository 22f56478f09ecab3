import type { FastifyRequest } from 'fastify'
import type { App } from '../http/app-types.js'
import type { GatewayAuth, KnownGateway } from './gateway-auth.js'

declare module 'fastify' {
  interface FastifyRequest {
    gateway: KnownGateway | null
  }
}

/** A hook that finds the gateway behind a request before its body is read: megabytes are taken from known gateways only. */
export function knowsGateway(app: App, auth: GatewayAuth): (request: FastifyRequest) => Promise<void> {
  if (!app.hasRequestDecorator('gateway')) app.decorateRequest('gateway', null)
  return async (request) => {
    request.gateway = await auth.authenticate(request.headers.authorization)
  }
}

/** The gateway that the route's own hook found. @throws TypeError on a route without that hook */
export function gatewayOf(request: FastifyRequest): KnownGateway {
  if (request.gateway === null) throw new TypeError('route has no gateway')
  return request.gateway
}
