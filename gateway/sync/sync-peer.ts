import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { GatewayIdentity } from '../store/types.js'
import { type ServerCallError, type ServerClient, describeCallError } from './server-client.js'
import type { SigningKey } from './signing-key.js'

/** This gateway towards its server: who it is, what it signs with, how it calls. */
export interface SyncPeer {
  readonly client: ServerClient
  readonly identity: GatewayIdentity
  readonly key: SigningKey
}

/** What every loop of the sync runs on. */
export interface SyncRuntime {
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
}

export interface ContactStatus {
  /** Wall clock of the last answer of the contract, null before the first. */
  readonly lastContactAtMs: number | null
  /** What went wrong last, null while all is well. */
  readonly problem: string | null
}

/** Remembers how calls end; says a problem once when it begins and once when it is over, not at every try. */
export interface ContactLog {
  succeeded(): void
  failed(error: ServerCallError): void
  status(): ContactStatus
}

export function createContactLog(deps: { clock: Clock; log: Logger; what: string }): ContactLog {
  let lastContactAtMs: number | null = null
  let problem: string | null = null
  return {
    succeeded() {
      if (problem !== null) deps.log.info({}, `${deps.what}: the server answers again`)
      problem = null
      lastContactAtMs = deps.clock.wallMs()
    },
    failed(error) {
      const text = describeCallError(error)
      if (text !== problem) deps.log.warn({ problem: text }, `${deps.what}: failed, trying again`)
      problem = text
    },
    status: () => ({ lastContactAtMs, problem }),
  }
}
