import { type Result, err, ok } from '#kernel/result.js'
import type { Logger } from '#kernel/log.js'
import type { GatewayIdentity, GatewayStore } from '../store/types.js'
import type { ServerCallError, ServerClient } from './server-client.js'
import { type SigningKey, signedHead } from './signing-key.js'

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

export function createEpochKeeper(deps: {
  client: ServerClient; store: GatewayStore; key: SigningKey; identity: GatewayIdentity; log: Logger
}): EpochKeeper {
  const { client, store, key, identity, log } = deps
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
        return err({ kind: 'invalid', message: `epoch ${epoch} granted (continues: ${continues}) to a log in epoch ${head?.epoch ?? 'none'}` })
      }
      if (!continues) await store.beginEpoch(epoch, startHash)
      if (!continues && head !== undefined) log.warn({ epoch, previousEpoch: head.epoch }, 'the server holds more than this log: a new epoch begins')
      done = true
      return ok(undefined)
    },
  }
}
