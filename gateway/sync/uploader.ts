import { LIMITS } from '#kernel/limits.js'
import { err, ok } from '#kernel/result.js'
import type { RecordsResponseV1 } from '#contract/sync-api.js'
import type { GatewayStore } from '../store/types.js'
import { cutBatch } from './batch-rules.js'
import type { EpochKeeper } from './epoch.js'
import { type Stretch, type Waiting, createLiveLane } from './live-lane.js'
import { type RetryLoop, type Round, createRetryLoop } from './retry-loop.js'
import { type ServerAnswer, type ServerCallError, describeCallError } from './server-client.js'
import { signedHead } from './signing-key.js'
import { type ContactStatus, type SyncPeer, type SyncRuntime, createContactLog } from './sync-peer.js'

export interface Uploader {
  start(): void
  /** A record was committed: it leaves within `COALESCE_MS`, together with those that follow it closely. */
  committed(): void
  /** Sends what is left while the server answers, at most until `deadlineMonoMs`, then stops. */
  stop(deadlineMonoMs: number): Promise<void>
  status(): ContactStatus
}

const COALESCE_MS = 50
const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 30_000
/** The server holds another history of this epoch, or none: what stands here cannot follow it, now or later. */
const FORK_CODES = ['SV_SYNC_CHAIN', 'SV_SYNC_CONFLICT', 'SV_SYNC_EPOCH']

/**
 * Sends the log, oldest epoch and record first, from where the server's acknowledgement stands in the store: a
 * killed process goes on where the server confirmed, and a repeated batch is stored once there. Ahead of a long backlog
 * go the newest records (`createLiveLane`).
 *
 * A log that was restored from a backup and written on while the server was out of reach holds another history than
 * the server. That tail stays here, named by the server as missing; the log goes on in a new epoch.
 */
export function createUploader(deps: {
  peer: SyncPeer; store: GatewayStore; epochs: EpochKeeper; runtime: SyncRuntime; uploadIntervalMs: number
}): Uploader {
  const { store, epochs, runtime } = deps
  const contact = createContactLog({ clock: runtime.clock, log: runtime.log, what: 'upload' })
  /** Where the server knows less than it once acknowledged (restored from a backup), it is told again from there. */
  let again: { epoch: number; seq: number } | undefined
  /** Newest epoch whose rest the server will never take. */
  let forkedEpoch = 0
  const lane = createLiveLane({ clock: runtime.clock })

  const failed = (error: ServerCallError): Round => {
    contact.failed(error)
    return 'failed'
  }

  /** Asks the server where to go on; only a new epoch leaves the refused rest behind. */
  const refused = async (epoch: number, error: ServerCallError): Promise<Round> => {
    if (store.head()?.epoch === epoch) epochs.renew()
    const confirmed = await epochs.confirm()
    if (!confirmed.ok) return failed(confirmed.error)
    if (store.head()?.epoch === epoch) return failed(error)
    forkedEpoch = epoch
    const problem = describeCallError(error)
    runtime.log.error({ epoch, problem }, 'upload: the server holds another history of this epoch; its rest stays here')
    return 'more'
  }

  /** What the server says of it is for the lane alone: whether its history is the server's is found out by the backlog. */
  const sendAhead = async (position: Waiting, ahead: Stretch): Promise<Round> => {
    const sent = await sendBatch(deps.peer, store, position, ahead)
    if (!sent.ok && sent.error.kind === 'unreachable') return failed(sent.error)
    const isKept = sent.ok && (sent.value.contiguousSeq > ahead.afterSeq || sent.value.ahead.some(({ from, to }) => from <= ahead.afterSeq + 1 && to > ahead.afterSeq))
    if (!isKept) lane.refused()
    if (!sent.ok) return 'more'
    lane.heard(sent.value)
    if (sent.value.contiguousSeq > position.ackedSeq) await store.markUploaded(position.epoch, sent.value.contiguousSeq)
    contact.succeeded()
    return 'more'
  }

  const round = async (): Promise<Round> => {
    const confirmed = await epochs.confirm()
    if (!confirmed.ok) return failed(confirmed.error)
    const position = await store.uploadPosition(forkedEpoch)
    if (position === undefined || position.ackedSeq >= position.lastSeq) return 'idle'
    const { epoch, ackedSeq } = position
    const ahead = again === undefined && store.head()?.epoch === epoch ? lane.ahead(position) : undefined
    if (ahead !== undefined) return sendAhead(position, ahead)
    const afterSeq = again?.epoch === epoch ? again.seq : ackedSeq
    const sent = await sendBatch(deps.peer, store, position, lane.history(position, afterSeq))
    if (!sent.ok && sent.error.kind === 'refused' && FORK_CODES.includes(sent.error.code)) return refused(epoch, sent.error)
    if (!sent.ok) return failed(sent.error)
    const { contiguousSeq } = sent.value
    lane.heard(sent.value)
    again = contiguousSeq < ackedSeq ? { epoch, seq: contiguousSeq } : undefined
    if (contiguousSeq > ackedSeq) await store.markUploaded(epoch, contiguousSeq)
    if (contiguousSeq === afterSeq) {
      return failed({ kind: 'invalid', message: `the batch after ${afterSeq} was not acknowledged` })
    }
    contact.succeeded()
    return 'more'
  }

  const loop: RetryLoop = createRetryLoop({
    round: () => round().catch((error: unknown) => {
      runtime.log.error({ err: error }, 'upload: failed in this gateway, trying again')
      return 'failed'
    }),
    times: { idleMs: deps.uploadIntervalMs, coalesceMs: COALESCE_MS, retryMsMin: RETRY_MS_MIN, retryMsMax: RETRY_MS_MAX },
    clock: runtime.clock,
    random: runtime.random,
  })

  return {
    start: () => loop.start(),
    committed: () => loop.kick(),
    async stop(deadlineMonoMs) {
      await loop.stop()
      if (loop.failures() > 0) return
      while (runtime.clock.monoMs() < deadlineMonoMs && await round().catch((): Round => 'failed') === 'more');
    },
    status: () => contact.status(),
  }
}

/** The first records of a stretch, as many as fit, under the signed head of everything that the epoch holds now. */
async function sendBatch(
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
