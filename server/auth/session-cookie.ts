import type { FastifyReply, FastifyRequest } from 'fastify'
import { SESSION_COOKIE } from '../http/authorize.js'

/** Plain HTTP is the loopback listener's alone. */
export const cookieOptions = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' }) as const

export function setSession(request: FastifyRequest, reply: FastifyReply, token: string, expiresAtMs: number): void {
  reply.setCookie(SESSION_COOKIE, token, { ...cookieOptions(request), expires: new Date(expiresAtMs) })
}
