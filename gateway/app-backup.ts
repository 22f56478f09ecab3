import { type BackupService, createBackupService } from './backup/backup-service.js'
import type { GatewayConfig } from './config.js'
import type { GatewayRuntime } from './app-estate.js'
import type { Lifecycle } from './lifecycle.js'
import type { GatewayStore } from './store/types.js'
import { createRetryLoop } from './sync/retry-loop.js'
import type { SyncService } from './sync/sync-service.js'

const HOUR_MS = 3_600_000

/** Backups by the clock, where they are configured, and whenever they are asked for. */
export async function openBackups(
  deps: { config: GatewayConfig; store: GatewayStore; runtime: GatewayRuntime; version: string }, parts: Lifecycle,
): Promise<BackupService> {
  const { config, store, runtime: { clock, random }, version } = deps
  const log = deps.runtime.log.child({ part: 'backup' })
  const { folder, passphraseFile, keep, everyHours } = config.backup
  const backups = createBackupService({ store, settings: { dataDir: config.dataDir, version, folder, passphraseFile, keep }, clock, random, log })
  if (folder === null || passphraseFile === null) return backups
  const loop = createRetryLoop({
    clock, random, times: { idleMs: everyHours * HOUR_MS, coalesceMs: 0, retryMsMin: 60_000, retryMsMax: HOUR_MS },
    round: () => backups.take().then(() => 'idle' as const, (error: unknown) => {
      log.error({ err: error }, 'no backup could be taken, trying again')
      return 'failed' as const
    }),
  })
  await parts.open('backups', () => loop.start(), () => loop.stop())
  return backups
}

/**
 * A restored gateway opens no door before it knows what was revoked since its backup was taken.
 * @returns once it does, or was told to stop
 */
export async function awaitRevocations(deps: { store: GatewayStore; sync: SyncService; runtime: GatewayRuntime }, signal: AbortSignal): Promise<void> {
  const { store, sync, runtime: { log } } = deps
  if (!await store.isRestored() || signal.aborted) return
  log.warn({}, 'restored from a backup: nothing opens before the roster is that of the server')
  await Promise.race([sync.rosterComplete(), new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))])
  if (!signal.aborted) await store.restoreDone()
}
