import type { AlarmService } from './alarm/alarm-service.js'
import { type BackupStatus, createBackupSchedule } from './backup/backup-schedule.js'
import { type BackupService, createBackupService } from './backup/backup-service.js'
import type { GatewayConfig } from './config.js'
import type { GatewayRuntime } from './app-estate.js'
import type { Lifecycle } from './lifecycle.js'
import type { GatewayStore } from './store/types.js'
import type { SyncService } from './sync/sync-service.js'

const BACKUP_FAILED = { alarm: 'backup-failed', gateId: null, deviceId: null } as const

/** `status` is null where no backups are configured. */
export type Backups = BackupService & { status(): BackupStatus | null }

/** Backups by the clock, where they are configured, and whenever they are asked for; none that is due is an alarm. */
export async function openBackups(
  deps: { config: GatewayConfig; store: GatewayStore; alarms: Pick<AlarmService, 'raise' | 'clear'>; runtime: GatewayRuntime; version: string }, parts: Lifecycle,
): Promise<Backups> {
  const { config, store, alarms, runtime: { clock, random }, version } = deps
  const log = deps.runtime.log.child({ part: 'backup' })
  const { folder, passphraseFile, keep, everyHours } = config.backup
  const backups = createBackupService({ store, settings: { dataDir: config.dataDir, version, folder, passphraseFile, keep }, clock, random, log })
  if (folder === null || passphraseFile === null) return { ...backups, status: () => null }
  const alarm = { failed: (detail: string) => alarms.raise({ ...BACKUP_FAILED, detail }), over: () => alarms.clear(BACKUP_FAILED) }
  const schedule = createBackupSchedule({ backups, alarm, everyHours, clock, random, log })
  await parts.open('backups', () => schedule.start(), () => schedule.stop())
  return schedule
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
