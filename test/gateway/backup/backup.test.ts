import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import { silentLogger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import { createBackupService } from '../../../gateway/backup/backup-service.js'
import { restoreBackup } from '../../../gateway/backup/restore.js'
import { statusRecord, uuid } from '../../support/factories.js'
import { IDENTITY, openStore } from '../../support/open-store.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const clock = createVirtualClock()
let home: string
let dataDir: string
let folder: string
let passphraseFile: string
beforeEach(() => {
  home = tempDir()
  dataDir = join(home, 'data')
  folder = join(home, 'usb')
  passphraseFile = join(home, 'passphrase')
  for (const made of [folder, join(dataDir, 'keys'), join(dataDir, 'pki')]) mkdirSync(made, { recursive: true })
  writeFileSync(passphraseFile, 'correct horse battery staple\n')
  writeFileSync(join(dataDir, 'keys', 'template.key'), `${'07'.repeat(32)}\n`, { mode: 0o600 })
  writeFileSync(join(dataDir, 'keys', 'signing-key.pem'), 'the key that signs', { mode: 0o600 })
  writeFileSync(join(dataDir, 'pki', 'ca.key.pem'), 'the key of the authority', { mode: 0o600 })
})

async function gateway(change: { keep?: number; folder?: string | null } = {}) {
  const store = await openStore({ path: join(dataDir, 'gateway.db'), clock })
  const settings = { dataDir, version: '0.1.0', folder: change.folder === undefined ? folder : change.folder, passphraseFile, keep: change.keep ?? 3 }
  return { store, backups: createBackupService({ store, settings, clock, random: seededRandom(5), log: silentLogger }) }
}
const restored = (from: string) => restoreBackup({ from, passphraseFile, dataDir: join(home, 'new') })

describe('a backup of a gateway', { timeout: 60_000 }, () => {
  it('holds log, keys and authority as they were, and neither signing key nor credential', async () => {
    const { store, backups } = await gateway()
    await store.transact(async (tx) => {
      for (const number of [1, 2, 3]) await tx.append(statusRecord(number))
    })
    const { file, bytes } = await backups.take()
    expect([statSync(file).size, statSync(file).mode & 0o777, readdirSync(folder)]).toEqual([bytes, 0o600, [file.slice(folder.length + 1)]])
    await store.transact((tx) => tx.append(statusRecord(4)))
    const header = await restored(file)
    expect(header).toEqual({ gatewayId: IDENTITY.gatewayId, estateId: IDENTITY.estateId, takenAtMs: clock.wallMs(), version: '0.1.0' })
    const at = (...path: string[]): string => join(home, 'new', ...path)
    expect([readdirSync(at()).sort(), readdirSync(at('keys')), readdirSync(at('pki'))]).toEqual([['gateway.db', 'keys', 'pki'], ['template.key'], ['ca.key.pem']])
    expect(readFileSync(at('pki', 'ca.key.pem'), 'utf8')).toBe('the key of the authority')
    for (const path of [at('gateway.db'), at('keys', 'template.key'), at('pki', 'ca.key.pem')]) expect(statSync(path).mode & 0o077, path).toBe(0)
    expect(readFileSync(at('gateway.db')).includes(IDENTITY.gatewayId)).toBe(true)
    const again = await openStore({ path: at('gateway.db'), bare: true, clock })
    expect([await again.identity(), again.head(), await again.isRestored()]).toEqual([undefined, undefined, true])
    expect((await again.recordsAfter(1, 0, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  it('goes on as the gateway that wrote it, in a new epoch, and as no other', async () => {
    const { store, backups } = await gateway()
    await store.transact((tx) => tx.append(statusRecord(1)))
    await restored((await backups.take()).file)
    const again = await openStore({ path: join(home, 'new', 'gateway.db'), bare: true, clock })
    await expect(again.saveIdentity({ ...IDENTITY, gatewayId: uuid(99) })).rejects.toMatchObject({ code: 'GW_STORE_IDENTITY' })
    await again.saveIdentity({ ...IDENTITY, credential: 'n'.repeat(43) })
    expect(again.head()).toMatchObject({ gatewayId: IDENTITY.gatewayId, epoch: 1, seq: 1 })
    await again.beginEpoch(2, GENESIS_HASH)
    await again.transact((tx) => tx.append(statusRecord(2)))
    expect(again.head()).toMatchObject({ epoch: 2, seq: 1 })
    await again.restoreDone()
    expect(await again.isRestored()).toBe(false)
  })

  it('keeps the newest ones of this gateway, and touches nothing else', async () => {
    const { backups } = await gateway({ keep: 2 })
    const others = ['gateway-other-20260101T000000000Z.jmbackup', `gateway-${IDENTITY.estateId}-2-20260101T000000000Z.jmbackup`, 'photo.jpg']
    for (const name of others) writeFileSync(join(folder, name), 'x')
    const files: string[] = []
    for (let taken = 0; taken < 3; taken += 1) {
      files.push((await backups.take()).file.slice(folder.length + 1))
      clock.advance(1_000)
    }
    expect(readdirSync(folder).sort()).toEqual([...others, ...files.slice(1)].sort())
    expect(readdirSync(dataDir)).not.toContain('backup-staging')
  })

  it.each<[string, () => Promise<unknown>, string]>([
    ['nothing is configured', async () => (await gateway({ folder: null })).backups.take(), 'GW_BACKUP_OFF'],
    ['the disk is not there', async () => (await gateway({ folder: join(home, 'absent') })).backups.take(), 'GW_BACKUP_FOLDER'],
    ['the folder is on the gateway itself', async () => (await gateway({ folder: join(dataDir, 'pki') })).backups.take(), 'GW_BACKUP_FOLDER'],
    ['the passphrase is short', async () => {
      writeFileSync(passphraseFile, 'short\n')
      return (await gateway()).backups.take()
    }, 'GW_BACKUP_PASSPHRASE'],
    ['a data directory is in the way', async () => restoreBackup({ from: (await (await gateway()).backups.take()).file, passphraseFile, dataDir }), 'GW_BACKUP_TARGET'],
    ['another passphrase is given', async () => {
      const { file } = await (await gateway()).backups.take()
      writeFileSync(passphraseFile, 'another passphrase than that one')
      return restored(file)
    }, 'GW_BACKUP_PASSPHRASE'],
    ['there is no such backup', () => restored(join(home, 'none')), 'GW_BACKUP_DAMAGED'],
    ['it was cut off', async () => {
      const { file } = await (await gateway()).backups.take()
      writeFileSync(file, readFileSync(file).subarray(0, -1))
      return restored(file)
    }, 'GW_BACKUP_DAMAGED'],
  ])('where %s it says so and leaves nothing half done', async (_name, work, code) => {
    await expect(work()).rejects.toMatchObject({ code })
    expect(readdirSync(home).filter((name) => name.startsWith('new'))).toEqual([])
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
  })
})
