import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { fail } from '../errors.js'
import type { App } from './app-types.js'

/**
 * Requests of one address in a minute; above it 429 until the minute is over. An estate's office and its gateway may
 * stand behind one address: a gateway asks up to 240 times, an open page about 60.
 */
export const REQUESTS_PER_MINUTE = 3_000
/** Logins of one address in a minute, right or wrong: a whole office at eight in the morning. */
export const LOGINS_PER_MINUTE = 30
/** Addresses counted at a time; the one longest unseen is forgotten first. */
const ADDRESSES_MAX = 20_000
const MINUTE_MS = 60_000

/** The client's address as limits see it: IPv6 by its /64, which is one customer. */
export const clientAddress = (request: FastifyRequest): string => normalizeIP(request.ip, 64)

export const loginLimit = { max: LOGINS_PER_MINUTE, timeWindow: MINUTE_MS }

export async function rateLimits(app: App): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    max: REQUESTS_PER_MINUTE,
    timeWindow: MINUTE_MS,
    cache: ADDRESSES_MAX,
    keyGenerator: clientAddress,
    errorResponseBuilder: (_request, context) => fail('SV_HTTP_RATE_LIMIT', { retryAfterSeconds: Math.ceil(context.ttl / 1_000) }),
  })
}
