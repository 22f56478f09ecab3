import type { FastifyInstance } from 'fastify'
import { AppError } from '#kernel/app-error.js'
import type { Logger } from '#kernel/log.js'
import { gatewayError } from '../errors.js'

/**
 * Every error answer of the gateway's own HTTP: `{ code, message, details? }`. What the caller can do something about
 * is told with its details; anything else is one constant answer, and the log has the rest.
 */
export function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setNotFoundHandler(() => {
    throw gatewayError('GW_OPS_NOT_FOUND')
  })
  app.setErrorHandler((error: unknown, request, reply) => {
    const known = error instanceof AppError ? error : fromFastify(error)
    if (known === undefined) log.error({ err: error, method: request.method, path: request.url }, 'a request failed')
    const { code, message, httpStatus, details } = known ?? gatewayError('GW_OPS_INTERNAL')
    return reply.code(httpStatus).send({ code, message, ...(httpStatus < 500 ? { details } : {}) })
  })
}

/** A request that fastify itself refused: too large, not JSON, of another type. */
function fromFastify(error: unknown): AppError | undefined {
  const { statusCode, message } = error as { statusCode?: number; message?: string }
  if (statusCode === undefined || statusCode >= 500) return undefined
  return gatewayError('GW_CONTROL_INVALID', { problem: message })
}
