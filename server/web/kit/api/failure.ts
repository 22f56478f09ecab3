import type { ErrorBody } from './types.js'

/** What went wrong, as far as a page must tell the difference. The words of each stand under `failure.` */
export type FailureKind =
  | 'offline' | 'signed-out' | 'forbidden' | 'not-found' | 'conflict' | 'invalid' | 'too-many' | 'unavailable' | 'unexpected'

/** Why a call to the server did not succeed. Pages match on `kind`, people see words, `code` is for support. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'
  constructor(
    readonly kind: FailureKind,
    /** The server's error code, or the status, or '' where there was no answer. */
    readonly code: string,
    /** Name of the field that was refused, where the server named one. */
    readonly field: string | null = null,
    /** From `Retry-After`. */
    readonly retryAfterSeconds: number | null = null,
    cause?: unknown,
  ) {
    super(`${kind} ${code}`, cause === undefined ? undefined : { cause })
  }
}

const KIND_OF_STATUS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid', 401: 'signed-out', 403: 'forbidden', 404: 'not-found', 409: 'conflict', 413: 'invalid', 415: 'invalid', 422: 'invalid', 429: 'too-many',
}

/** The kind of an error answer by its status. */
export const kindOfStatus = (status: number): FailureKind =>
  KIND_OF_STATUS[status] ?? (status >= 500 ? 'unavailable' : 'unexpected')

const isErrorBody = (value: unknown): value is ErrorBody =>
  typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string'

/** Builds the failure of an error answer; a body that is not ours (a proxy's page) leaves the status as code. */
export function failureOf(status: number, body: unknown, retryAfter: string | null): ApiFailure {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter)
  const known = isErrorBody(body) ? body : undefined
  const field = known?.details?.['field']
  return new ApiFailure(
    kindOfStatus(status),
    known?.code ?? `HTTP ${status}`,
    typeof field === 'string' ? field : null,
    Number.isFinite(seconds) ? seconds : null,
  )
}

/** Every thrown thing as a failure, so that a page has one type to show. */
export const asFailure = (error: unknown): ApiFailure =>
  error instanceof ApiFailure ? error : new ApiFailure('unexpected', error instanceof Error ? error.name : 'unknown', null, null, error)
