import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '#kernel/app-error.js'
import { SERVER_ERRORS, type ServerErrorCode, fail } from '../errors.js'

/** Body of every error answer; `ApiErrorV1` of the contract. */
interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** Fastify's own refusals by their code. */
const OF_FASTIFY: Readonly<Record<string, ServerErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'SV_HTTP_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'SV_HTTP_UNSUPPORTED_TYPE',
}

/** The table's error for whatever was thrown. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  const known = typeof code === 'string' ? OF_FASTIFY[code] : undefined
  if (known !== undefined) return fail(known)
  // Malformed JSON, URL or header: Fastify's message may hold a piece of the body.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return fail('SV_HTTP_MALFORMED')
  return fail('SV_HTTP_INTERNAL', {}, error)
}

function bodyOf(error: AppError): ErrorBody {
  const code = error.httpStatus === 500 || !(error.code in SERVER_ERRORS) ? 'SV_HTTP_INTERNAL' : (error.code as ServerErrorCode)
  const { message } = SERVER_ERRORS[code]
  // Above 500 the body is the table's line and nothing else.
  if (error.httpStatus >= 500 || Object.keys(error.details).length === 0) return { code, message }
  const { field, problem } = error.details
  const what = typeof field === 'string' && typeof problem === 'string' ? `: ${field} ${problem}` : ''
  return { code, message: `${message}${what}`.slice(0, 500), details: error.details }
}

/** Answers with the error's code; 5xx go to the log with their cause and say nothing else to the client. */
export function errorHandler(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = asAppError(thrown)
  if (error.httpStatus >= 500) request.log.error({ err: error }, 'request failed')
  const { retryAfterSeconds } = error.details
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds))
  // Whatever the route promised of its own body, this one is the error's.
  reply.header('cache-control', 'no-store').code(error.httpStatus).type('application/json; charset=utf-8').serializer(JSON.stringify).send(bodyOf(error))
}
