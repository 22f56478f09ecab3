import { constants, createReadStream } from 'node:fs'
import { access, copyFile, mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import { create } from 'tar'
import type { Clock } from '#kernel/clock.js'
import { createExclusive } from '#kernel/exclusive.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { ensurePrivateFolder } from '../device/key-files.js'
import { gatewayError } from '../errors.js'
import type { GatewayStore } from '../store/types.js'
import { openStream, sealStream } from './sealed-stream.js'

export interface Backup {
  readonly file: string
  readonly bytes: number
  readonly takenAtMs: number
  readonly tookMs: number
}

export interface BackupService {
  /**
   * Takes a backup while the gateway works: log, roster, sealed templates, their key, the devices' certificate authority.
   * What signs the log and opens the server is left out: new hardware gets its own. The file is read again before it counts.
   * @throws GW_BACKUP_OFF, GW_BACKUP_FOLDER, GW_BACKUP_PASSPHRASE, GW_BACKUP_DAMAGED, GW_STORE_*
   */
  take(): Promise<Backup>
}

export interface BackupSettings {
  readonly dataDir: string
  readonly version: string
  readonly folder: string | null
  readonly passphraseFile: string | null
  /** Backups of this gateway that stay in the folder. */
  readonly keep: number
}

/** What a backup holds, from the data directory; a folder is taken whole. */
export const BACKED_UP = ['gateway.db', 'keys/template.key', 'pki'] as const
const SUFFIX = '.jmbackup'
/** What follows the estate in a file's name. */
const TAKEN = /^\d{8}T\d{9}Z\.jmbackup$/
const PASSPHRASE_CHARS_MIN = 16

/** First line of the file. @throws GW_BACKUP_PASSPHRASE */
export async function readPassphrase(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw gatewayError('GW_BACKUP_PASSPHRASE', { file, problem: 'cannot be read' }, cause)
  })
  const passphrase = text.split(/\r?\n/, 1)[0] ?? ''
  if (passphrase.length < PASSPHRASE_CHARS_MIN) throw gatewayError('GW_BACKUP_PASSPHRASE', { file, problem: `has fewer than ${PASSPHRASE_CHARS_MIN} characters` })
  return passphrase
}

/** Writes all parts to a file that is durable once this resolves. */
async function writeAll(path: string, parts: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(path, 'w', 0o600)
  let bytes = 0
  try {
    for await (const part of parts) {
      await file.write(part)
      bytes += part.length
    }
    await file.sync()
    return bytes
  } finally {
    await file.close()
  }
}

async function readThrough(path: string, passphrase: string): Promise<void> {
  const { plain } = await openStream(createReadStream(path), passphrase)
  for await (const part of plain) void part
}

export function createBackupService(deps: { store: GatewayStore; settings: BackupSettings; clock: Clock; random: RandomSource; log: Logger }): BackupService {
  const { store, settings, clock, random, log } = deps
  const inTurn = createExclusive()
  const staging = join(settings.dataDir, 'backup-staging')

  const stage = async (): Promise<void> => {
    await rm(staging, { recursive: true, force: true })
    await ensurePrivateFolder(staging)
    await mkdir(join(staging, 'keys'), { mode: 0o700 })
    await mkdir(join(staging, 'pki'), { mode: 0o700 })
    await store.snapshot(join(staging, 'gateway.db'))
    const files = ['keys/template.key', ...(await readdir(join(settings.dataDir, 'pki'))).map((name) => join('pki', name))]
    for (const file of files) await copyFile(join(settings.dataDir, file), join(staging, file))
  }

  const prune = async (folder: string, prefix: string): Promise<void> => {
    const old = (await readdir(folder)).filter((name) => name.startsWith(prefix) && TAKEN.test(name.slice(prefix.length))).sort().slice(0, -settings.keep)
    for (const name of old) await rm(join(folder, name), { force: true })
  }

  const write = async (folder: string, passphrase: string): Promise<Backup> => {
    const identity = await store.identity()
    if (identity === undefined) throw gatewayError('GW_CONTROL_NOT_READY', { state: 'unclaimed' })
    const { gatewayId, estateId } = identity
    const [sinceMs, takenAtMs] = [clock.monoMs(), clock.wallMs()]
    const prefix = `gateway-${estateId}-`
    const file = join(folder, `${prefix}${new Date(takenAtMs).toISOString().replace(/[-:]/g, '').replace('.', '')}${SUFFIX}`)
    const unfinished = `${file}.new`
    try {
      await stage()
      const archive = create({ cwd: staging, portable: true, gzip: true }, [...BACKED_UP]) as AsyncIterable<Uint8Array>
      const bytes = await writeAll(unfinished, sealStream({ gatewayId, estateId, takenAtMs, version: settings.version }, passphrase, archive, random))
      await readThrough(unfinished, passphrase)
      await rename(unfinished, file)
      await prune(folder, prefix)
      const tookMs = Math.round(clock.monoMs() - sinceMs)
      log.info({ file: basename(file), bytes, tookMs }, 'backup taken')
      return { file, bytes, takenAtMs, tookMs }
    } finally {
      await rm(staging, { recursive: true, force: true })
      await rm(unfinished, { force: true }).catch(() => undefined)
    }
  }

  return {
    take: () => inTurn(async () => {
      const { folder, passphraseFile } = settings
      if (folder === null || passphraseFile === null) throw gatewayError('GW_BACKUP_OFF')
      if (`${resolve(folder)}${sep}`.startsWith(`${resolve(settings.dataDir)}${sep}`)) throw gatewayError('GW_BACKUP_FOLDER', { folder, problem: 'is inside dataDir' })
      // Never made here: an absent mount would be the gateway's own disk.
      await access(folder, constants.W_OK).catch((cause: unknown) => {
        throw gatewayError('GW_BACKUP_FOLDER', { folder }, cause)
      })
      return write(folder, await readPassphrase(passphraseFile))
    }),
  }
}
