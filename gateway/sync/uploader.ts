import type { Result } from '#kernel/result.js'
import type { GatewayStore } from '../store/types.js'
import type { EpochKeeper } from './epoch.js'
import { type LiveLane, type Waiting, createLiveLane } from './live-lane.js'
import { type RetryLoop, type Round, createRetryLoop } from './retry-loop.js'
import { type ServerCallError, describeCallError } from './server-client.js'
import { type ContactStatus, type SyncPeer, type SyncRuntime, createContactLog } from './sync-peer.js'
import { sendAhead, sendBatch } from './upload-batch.js'

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

const createUploadLoop = (round: () => Promise<Round>, { clock, random, log }: SyncRuntime, idleMs: number): RetryLoop => createRetryLoop({
  round: () => round().catch((error: unknown) => {
    log.error({ err: error }, 'upload: failed in this gateway, trying again')
    return 'failed'
  }),
  times: { idleMs, coalesceMs: COALESCE_MS, retryMsMin: RETRY_MS_MIN, retryMsMax: RETRY_MS_MAX }, clock, random,
})

/** What happens now, ahead of all that waits, in whichever epoch that is; undefined where it is not its turn. */
async function sendNewest({ peer, store }: { peer: SyncPeer; store: GatewayStore }, lane: LiveLane, oldest: Waiting): Promise<Result<void, ServerCallError> | undefined> {
  const headEpoch = store.head()?.epoch ?? 0
  const newest = oldest.epoch === headEpoch ? oldest : await store.uploadPosition(headEpoch - 1)
  if (newest === undefined) return undefined
  const ahead = lane.ahead(newest, newest === oldest ? 0 : oldest.lastSeq - oldest.ackedSeq)
  return ahead === undefined ? undefined : sendAhead(peer, store, lane, newest, ahead)
}

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
  const succeeded = (): Round => {
    contact.succeeded()
    return 'more'
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

  const round = async (): Promise<Round> => {
    const confirmed = await epochs.confirm()
    if (!confirmed.ok) return failed(confirmed.error)
    const position = await store.uploadPosition(forkedEpoch)
    if (position === undefined || position.ackedSeq >= position.lastSeq) return 'idle'
    const { epoch, ackedSeq } = position
    const early = again === undefined ? await sendNewest(deps, lane, position) : undefined
    if (early !== undefined) return early.ok ? succeeded() : failed(early.error)
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
    return succeeded()
  }

  const loop = createUploadLoop(round, runtime, deps.uploadIntervalMs)

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
