import { type ErrorSpec, errorFactory } from '#kernel/app-error.js'

/**
 * Every failure the server reports, by area. Codes are stable: clients match on them. A retired code is never given
 * a new meaning.
 */
export const SERVER_ERRORS = {
  SV_CONFIG: { message: 'The configuration is not valid' },
  SV_USAGE: { message: 'The command line is not understood' },

  SV_DB_BUSY: { message: 'Too many writes are waiting; try again later', httpStatus: 503 },
  SV_DB_IN_USE: { message: 'Another server works on this database' },
  SV_DB_MIGRATION_CHANGED: { message: 'A migration that was applied to this database has been changed since' },
  SV_DB_MIGRATION_FAILED: { message: 'A migration failed; the database is as it was before it' },
  SV_DB_MIGRATION_UNKNOWN: { message: 'This database was migrated by a newer version of the server' },
  SV_DB_URL: { message: 'The database address is not supported' },

  SV_HTTP_INTERNAL: { message: 'Internal error' },
  SV_HTTP_MALFORMED: { message: 'The request is not understood', httpStatus: 400 },
  SV_HTTP_NOT_FOUND: { message: 'No such thing, or not yours to see', httpStatus: 404 },
  SV_HTTP_RATE_LIMIT: { message: 'Too many requests; try again later', httpStatus: 429 },
  SV_HTTP_ROUTE_WITHOUT_ACCESS: { message: 'A route does not say who may call it' },
  SV_HTTP_TOO_LARGE: { message: 'The request body is too large', httpStatus: 413 },
  SV_HTTP_UNSUPPORTED_TYPE: { message: 'The request body is not JSON', httpStatus: 415 },
  SV_HTTP_VALIDATION: { message: 'A field of the request is not valid', httpStatus: 400 },
} as const satisfies Record<string, ErrorSpec>

export type ServerErrorCode = keyof typeof SERVER_ERRORS

/** Builds an error of the server's table: `throw fail('SV_HTTP_NOT_FOUND')`. */
export const fail = errorFactory(SERVER_ERRORS)
