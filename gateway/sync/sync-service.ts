import type { GatewayStore } from '../store/types.js'
import { createDownloader } from './downloader.js'
import type { EpochKeeper } from './epoch.js'
import type { RosterAge } from './roster-age.js'
import type { RosterApplier } from './roster-applier.js'
import type { ContactStatus, SyncPeer, SyncRuntime } from './sync-peer.js'
import { createUploader } from './uploader.js'

export interface SyncTimes {
  /** Longest pause between looks at what is left to send; a commit is sent at once. */
  readonly uploadIntervalMs: number
  /** Pause between questions for changes of the roster: a withdrawal takes this long to arrive. */
  readonly rosterIntervalMs: number
}

export interface SyncService {
  start(): void
  /** A record was committed and waits to be sent. */
  committed(): void
  /** Sends what is left, for `STOP_MS_MAX` at most, and closes the connections. */
  stop(): Promise<void>
  /** Resolves once the roster is what the server had at some moment since the start. */
  rosterComplete(): Promise<void>
  status(): { readonly epochConfirmed: boolean; readonly upload: ContactStatus; readonly roster: ContactStatus }
}

const STOP_MS_MAX = 2_000

/** Both directions between this gateway and its server. */
export function createSyncService(deps: {
  peer: SyncPeer; store: GatewayStore; epochs: EpochKeeper; roster: { applier: RosterApplier; age: Pick<RosterAge, 'heard'> }; runtime: SyncRuntime; times: SyncTimes
}): SyncService {
  const { peer, store, epochs, roster, runtime, times } = deps
  const uploader = createUploader({ peer, store, epochs, runtime, uploadIntervalMs: times.uploadIntervalMs })
  const downloader = createDownloader({ peer, ...roster, runtime, rosterIntervalMs: times.rosterIntervalMs })

  return {
    start() {
      uploader.start()
      downloader.start()
    },
    committed: () => uploader.committed(),
    async stop() {
      const cancel = runtime.clock.after(STOP_MS_MAX, () => peer.client.stop())
      await downloader.stop()
      await uploader.stop(runtime.clock.monoMs() + STOP_MS_MAX)
      cancel()
      peer.client.stop()
    },
    rosterComplete: () => downloader.complete(),
    status: () => ({ epochConfirmed: epochs.confirmed(), upload: uploader.status(), roster: downloader.status() }),
  }
}
