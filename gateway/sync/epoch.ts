import { sleep } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { type Result, err, ok } from '#kernel/result.js'
import { gatewayError } from '../errors.js'
import type { GatewayStore } from '../store/types.js'
import { retryDelayMs } from './retry-loop.js'
import { type ServerCallError, describeCallError, isTransient } from './server-client.js'
import { signedHead } from './signing-key.js'
import type { SyncPeer, SyncRuntime } from './sync-peer.js'

export interface EpochKeeper {
  /**
   * Shows the server the signed head of the log and takes the epoch it grants: the same one goes on, or a new one
   * begins where the server holds more than this log does (a restored or lost file). Once confirmed it answers at once.
   */
  confirm(timeoutMs?: number): Promise<Result<void, ServerCallError>>
  confirmed(): boolean
  /** The server refuses to go on in the present epoch: the next `confirm` asks again. */
  renew(): void
}

export function createEpochKeeper(deps: { peer: SyncPeer; store: GatewayStore; log: Logger }): EpochKeeper {
  const { store, log, peer: { client, key, identity } } = deps
  let done = false

  return {
    confirmed: () => done,
    renew() {
      done = false
    },
    async confirm(timeoutMs) {
      if (done) return ok(undefined)
      const head = store.head()
      const answer = await client.epoch(identity.credential, { head: head === undefined ? null : signedHead(head, key) }, timeoutMs)
      if (!answer.ok) return answer
      const { epoch, continues, startHash } = answer.value
      if (continues ? epoch !== head?.epoch : epoch <= (head?.epoch ?? 0)) {
        const message = `epoch ${epoch} granted (continues: ${continues}) to a log in epoch ${head?.epoch ?? 'none'}`
        return err({ kind: 'invalid', message })
      }
      if (!continues) await store.beginEpoch(epoch, startHash)
      if (!continues && head !== undefined) {
        log.warn({ epoch, previousEpoch: head.epoch }, 'the server holds more than this log: a new epoch begins')
      }
      done = true
      return ok(undefined)
    },
  }
}

const RETRY = { idleMs: 0, coalesceMs: 0, retryMsMin: 1_000, retryMsMax: 30_000 }
/** How long a start waits for the server where the log can go on without it. */
const ASK_MS_MAX = 3_000

/**
 * Makes the log writable at start. A log that stands in an epoch goes on in it when the server does not answer soon; a new
 * one waits until the server has granted its first. So does one that was restored from a backup: the server may hold another
 * history of its epoch, and what was written on in it would never reach the server.
 * @returns false where `signal` aborted before
 * @throws GW_SYNC_EPOCH_REFUSED where a log that must wait is refused
 */
export async function beginWriting(
  deps: { epochs: EpochKeeper; store: GatewayStore; runtime: SyncRuntime }, signal: AbortSignal,
): Promise<boolean> {
  const { epochs, store, runtime: { clock, random, log } } = deps
  const goesOn = store.head() !== undefined && !await store.isRestored()
  for (let failures = 1; !signal.aborted; failures += 1) {
    const answer = await epochs.confirm(goesOn ? ASK_MS_MAX : undefined)
    if (answer.ok) return true
    const problem = describeCallError(answer.error)
    if (goesOn) {
      log.warn({ problem }, 'the server does not answer: the log goes on in its epoch')
      return true
    }
    if (!isTransient(answer.error)) throw gatewayError('GW_SYNC_EPOCH_REFUSED', { problem })
    const delayMs = Math.round(retryDelayMs(failures, RETRY, random))
    log.warn({ problem, delayMs }, 'no epoch to write in yet: the server gave no answer, trying again')
    await sleep(clock, delayMs, signal)
  }
  return false
}
