import { createReadStream, existsSync } from 'node:fs'
import { chmod, open, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar'
import { ensurePrivateFolder } from '../device/key-files.js'
import { gatewayError } from '../errors.js'
import { BACKED_UP, readPassphrase } from './backup-service.js'
import { type BackupHeader, openStream } from './sealed-stream.js'

/** Files and folders that a backup may hold, as the archive names them. */
const isExpected = (path: string): boolean => BACKED_UP.some((name) => path === name || path === `${name}/`) || /^pki\/[\w.-]+$/.test(path)

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Puts a backup in the place of a data directory that is not there yet: all of it or nothing. The gateway that starts on
 * it claims its identity anew (`claimTokenFile`), with a key of its own.
 * @throws GW_BACKUP_TARGET, GW_BACKUP_PASSPHRASE, GW_BACKUP_DAMAGED
 */
export async function restoreBackup(request: { from: string; passphraseFile: string; dataDir: string }): Promise<Omit<BackupHeader, 'salt'>> {
  const { from, passphraseFile, dataDir } = request
  // An empty folder, as an installer makes it, is none.
  if (existsSync(dataDir)) await rmdir(dataDir).catch((cause: unknown) => {
    throw gatewayError('GW_BACKUP_TARGET', { dataDir, problem: 'is not empty' }, cause)
  })
  const passphrase = await readPassphrase(passphraseFile)
  const restoring = `${dataDir}.restoring`
  await rm(restoring, { recursive: true, force: true })
  try {
    await ensurePrivateFolder(restoring)
    const { header: { salt: _salt, ...header }, plain } = await openStream(readable(from), passphrase)
    await pipeline(Readable.from(plain), extract({ cwd: restoring, strict: true, preserveOwner: false, filter: isExpected }))
    const database = join(restoring, 'gateway.db')
    if (!existsSync(database) || !existsSync(join(restoring, 'keys', 'template.key'))) throw gatewayError('GW_BACKUP_DAMAGED', { problem: 'its database or key is missing' })
    for (const folder of ['keys', 'pki']) await chmod(join(restoring, folder), 0o700)
    await chmod(database, 0o600)
    await syncFile(database)
    await rename(restoring, dataDir)
    return header
  } finally {
    await rm(restoring, { recursive: true, force: true })
  }
}

async function* readable(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path) as AsyncIterable<Buffer>
  } catch (cause) {
    throw gatewayError('GW_BACKUP_DAMAGED', { file: path, problem: 'cannot be read' }, cause)
  }
}
