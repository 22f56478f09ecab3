import { resolve } from 'node:path'
import { restoreBackup } from './backup/restore.js'
import { type CommandOutput, done, refused } from './cli-commands.js'
import type { GatewayConfig } from './config.js'
import type { ControlClient } from './ops/control-client.js'

/** Takes a backup now. */
export async function backup(client: ControlClient): Promise<CommandOutput> {
  const answer = await client.backup()
  if (!answer.ok) return refused(answer.error)
  const { file, bytes, tookMs } = answer.value
  return done(answer.value, `${file}: ${(bytes / 1_048_576).toFixed(1)} MiB, ${(tookMs / 1_000).toFixed(1)} s`)
}

export interface RestoreOptions {
  readonly from: string
  readonly passphraseFile: string
}

/** Puts a backup in the place of the data directory, with no gateway running. @throws GW_BACKUP_* */
export async function restore({ dataDir }: GatewayConfig, options: RestoreOptions): Promise<CommandOutput> {
  const header = await restoreBackup({ from: resolve(options.from), passphraseFile: resolve(options.passphraseFile), dataDir })
  const taken = new Date(header.takenAtMs).toISOString()
  return done({ ...header, dataDir }, `${dataDir}: gateway ${header.gatewayId} of ${header.estateId} as of ${taken}; put a token of \`replace\` into claimTokenFile and start it`)
}
