import { rm } from 'node:fs/promises'
import { gatewayError } from '../errors.js'
import { dropRestoredFrom, readRestoredFrom } from './meta-tables.js'
import { type Connect, type SqlConnection, storeError } from './sqlite.js'
import type { GatewayIdentity, GatewayStore } from './types.js'

/** How long a statement waits for the process that writes. */
const BUSY_MS = 30_000

/**
 * Copies the database as last committed to a new file, while it is written on. The copy has no identity towards the
 * server: what is restored from it introduces itself anew, as the gateway that `restored_from` names.
 * @throws GW_STORE_READ, GW_STORE_FULL
 */
async function snapshotDatabase(connect: Connect, path: string, target: string, gatewayId: string): Promise<void> {
  try {
    await rm(target, { force: true })
    const source = await connect(path, 'read', BUSY_MS)
    try {
      await source.run('VACUUM INTO ?', [target])
    } finally {
      await source.close()
    }
    const copy = await connect(target, 'create', BUSY_MS)
    try {
      await copy.exec('PRAGMA journal_mode = DELETE; PRAGMA secure_delete = ON; DELETE FROM identity')
      await copy.run(`INSERT INTO meta (name, value) VALUES ('restored_from', ?), ('shutdown', 'clean') ON CONFLICT (name) DO UPDATE SET value = excluded.value`, [gatewayId])
    } finally {
      await copy.close()
    }
  } catch (error) {
    throw storeError(error, 'GW_STORE_READ')
  }
}

type Run = <T>(work: (connection: SqlConnection) => Promise<T>) => Promise<T>

/** What a store does for backups, and after one was restored. */
export const backupOperations = (deps: { connect: Connect; path: string; read: Run; write: Run; identity: () => GatewayIdentity | undefined }):
Pick<GatewayStore, 'isRestored' | 'restoreDone' | 'snapshot'> => ({
  isRestored: async () => (await deps.read(readRestoredFrom)) !== undefined,
  restoreDone: () => deps.write(dropRestoredFrom),
  async snapshot(target) {
    const identity = deps.identity()
    if (identity === undefined) throw gatewayError('GW_STORE_NO_EPOCH')
    await snapshotDatabase(deps.connect, deps.path, target, identity.gatewayId)
  },
})
