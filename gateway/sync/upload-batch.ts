import { LIMITS } from '#kernel/limits.js'
import { err, ok, type Result } from '#kernel/result.js'
import type { RecordsResponseV1 } from '#contract/sync-api.js'
import type { GatewayStore } from '../store/types.js'
import { cutBatch } from './batch-rules.js'
import type { LiveLane, Stretch, Waiting } from './live-lane.js'
import { type ServerAnswer, type ServerCallError, isTransient } from './server-client.js'
import { signedHead } from './signing-key.js'
import type { SyncPeer } from './sync-peer.js'

/** The first records of a stretch, as many as fit, under the signed head of everything that the epoch holds now. */
export async function sendBatch(
  peer: SyncPeer, store: GatewayStore, { epoch, lastSeq }: Waiting, { afterSeq, untilSeq }: Stretch,
): ServerAnswer<RecordsResponseV1> {
  // Records may have been appended since `lastSeq` was read: the batch ends where the signed head does.
  const ready = await store.recordsAfter(epoch, afterSeq, Math.min(LIMITS.syncBatchRecordsMax, untilSeq - afterSeq))
  if (ready[0]?.seq !== afterSeq + 1) {
    return err({ kind: 'invalid', message: `the server lost records after ${afterSeq}, and they are pruned here` })
  }
  const records = cutBatch(ready)
  const answer = await peer.client.records(peer.identity.credential, {
    epoch,
    previousHash: await store.hashAt(epoch, afterSeq),
    records,
    head: signedHead({ gatewayId: peer.identity.gatewayId, epoch, seq: lastSeq, hash: await store.hashAt(epoch, lastSeq) }, peer.key),
  })
  if (!answer.ok) return answer
  const { contiguousSeq } = answer.value
  // An earlier epoch of a restored log may be longer at the server: what came after the backup is there, and only there.
  const known = epoch === store.head()?.epoch ? contiguousSeq : Math.min(contiguousSeq, lastSeq)
  if (answer.value.epoch === epoch && known <= lastSeq) return ok({ ...answer.value, contiguousSeq: known })
  return err({ kind: 'invalid', message: `acknowledged ${answer.value.epoch}/${contiguousSeq}, the log ends at ${epoch}/${lastSeq}` })
}

/**
 * Sends a stretch ahead of the backlog. What the server says of it is for the lane alone: whether its history is the server's
 * is found out by the backlog. An error only where it may go better later.
 */
export async function sendAhead(peer: SyncPeer, store: GatewayStore, lane: LiveLane, position: Waiting, ahead: Stretch): Promise<Result<void, ServerCallError>> {
  const sent = await sendBatch(peer, store, position, ahead)
  if (!sent.ok && isTransient(sent.error)) return sent
  const { afterSeq } = ahead
  const isKept = sent.ok && (sent.value.contiguousSeq > afterSeq || sent.value.ahead.some(({ from, to }) => from <= afterSeq + 1 && to > afterSeq))
  if (!isKept) lane.refused(position.epoch)
  if (!sent.ok) return ok(undefined)
  lane.heard(sent.value)
  if (sent.value.contiguousSeq > position.ackedSeq) await store.markUploaded(position.epoch, sent.value.contiguousSeq)
  return ok(undefined)
}
