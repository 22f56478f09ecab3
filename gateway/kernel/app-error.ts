/** One line of a process's error table. A retired code is never given a new meaning. */
export interface ErrorSpec {
  /** What happened, in one sentence, without data of persons. */
  readonly message: string
  /** Status for HTTP answers; 500 where the caller can do nothing about it. */
  readonly httpStatus?: number
}

/**
 * A failure: something that should not have happened or that the caller must be told of. Expected refusals are
 * values, not errors. Match on `code`, never on text.
 */
export class AppError<Code extends string = string> extends Error {
  override readonly name = 'AppError'
  readonly code: Code
  readonly httpStatus: number
  /** Machine-readable facts about this instance: field names, limits, counts. Never a secret, face or payload. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: Code, spec: ErrorSpec, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(`${spec.message} (${code})`, cause === undefined ? undefined : { cause })
    this.code = code
    this.httpStatus = spec.httpStatus ?? 500
    this.details = details
  }
}

/** Builds the thrower for one process's table: `fail('GW_CONFIG', { errors })`. */
export function errorFactory<Table extends Record<string, ErrorSpec>>(table: Table) {
  return <Code extends keyof Table & string>(
    code: Code,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ): AppError<Code> => new AppError(code, table[code] as ErrorSpec, details, cause)
}
