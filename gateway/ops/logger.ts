import { pino, type DestinationStream } from 'pino'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'

/** Fields that no log line may show, at the top or one level down, whoever passes them by mistake. */
const SECRET_FIELDS = [
  'credential', 'claimToken', 'authorization', 'keyPem', 'privateKey',
  'image', 'photo', 'photos', 'embedding', 'embeddings', 'payload', 'displayName',
]

/**
 * JSON lines, one object each: `level` in words, `time` in Unix milliseconds, `msg`, and the fields.
 */
export function createLogger(deps: {
  level: 'debug' | 'info' | 'warn' | 'error'; clock: Clock; destination: DestinationStream
}): Logger {
  const options = {
    level: deps.level,
    base: null,
    timestamp: () => `,"time":${deps.clock.wallMs()}`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[removed]' },
  }
  return pino(options, deps.destination)
}
