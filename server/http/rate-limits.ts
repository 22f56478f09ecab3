import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { fail } from '../errors.js'
import type { App } from './app-types.js'

/**
 * Requests of one address in a minute; above it 429 until the minute is over. A page that is open asks about 60 times,
 * and an office stands behind one address.
 */
export const REQUESTS_PER_MINUTE = 3_000
/** Those of gateways and of payment channels, counted apart: eleven on one machine, each sending and asking a few times a second. */
export const GATEWAY_REQUESTS_PER_MINUTE = 12_000
/** Logins of one address in a minute, right or wrong: a whole office at eight in the morning. */
export const LOGINS_PER_MINUTE = 30
/** Addresses counted at a time; the one longest unseen is forgotten first. */
const ADDRESSES_MAX = 20_000
const MINUTE_MS = 60_000

/** The client's address as limits see it: IPv6 by its /64, which is one customer. */
export const clientAddress = (request: FastifyRequest): string => normalizeIP(request.ip, 64)

export const loginLimit = { max: LOGINS_PER_MINUTE, timeWindow: MINUTE_MS }

/**
 * Counts every request before anything else is done for it: wrong cookies and unknown paths too. A route's own, stricter
 * `config.rateLimit` comes after it. Register it before `authorize`.
 */
export async function rateLimits(app: App): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    timeWindow: MINUTE_MS,
    cache: ADDRESSES_MAX,
    keyGenerator: clientAddress,
    errorResponseBuilder: (_request, context) => fail('SV_HTTP_RATE_LIMIT', { retryAfterSeconds: Math.ceil(context.ttl / 1_000) }),
  })
  const ofAll = app.createRateLimit({ max: REQUESTS_PER_MINUTE, timeWindow: MINUTE_MS })
  const ofGateways = app.createRateLimit({ max: GATEWAY_REQUESTS_PER_MINUTE, timeWindow: MINUTE_MS })
  app.addHook('onRequest', async (request) => {
    const kind = request.routeOptions.config.access?.kind
    const limit = kind === 'gateway' || kind === 'channel' ? ofGateways : ofAll
    const count = await limit(request)
    if (!count.isAllowed && count.isExceeded) throw fail('SV_HTTP_RATE_LIMIT', { retryAfterSeconds: count.ttlInSeconds })
  })
}
