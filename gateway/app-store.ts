import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RandomSource } from '#kernel/random.js'
import type { GatewayDeps } from './app.js'
import { ensurePrivateFolder, readKeyIfAny, writeFileAtomic } from './device/key-files.js'
import { gatewayError } from './errors.js'
import type { Lifecycle } from './lifecycle.js'
import { createDiskReserve } from './store/disk-reserve.js'
import { createGatewayStore } from './store/gateway-store.js'
import { type SpaceGuard, createSpaceGuard } from './store/space-guard.js'
import type { GatewayStore } from './store/types.js'

const MEGABYTE = 1_000_000
/** Rows that make room at one look, so that whoever reads the log at the desk loses no more of it than is needed. */
const PRUNED_FOR_ROOM = 10_000

/** The gateway's database, and the watch over the space that it has. @throws GW_CONFIG, GW_STORE_* */
export async function openStore({ config, clock, random, log }: GatewayDeps, parts: Lifecycle): Promise<{ store: GatewayStore; space: SpaceGuard }> {
  const { dataDir } = config
  const { fileMbMax, reserveMb, frameFreeMbMin } = config.store
  const path = join(dataDir, 'gateway.db')
  await ensurePrivateFolder(dataDir).catch((cause: unknown) => {
    throw gatewayError('GW_CONFIG', { errors: [`dataDir: ${dataDir} cannot be made or entered`] }, cause)
  })
  const templateKey = await loadTemplateKey(dataDir, { random, mayCreate: !existsSync(path) })
  const reserve = createDiskReserve({ path: join(dataDir, 'reserve'), bytes: reserveMb * MEGABYTE, random })
  const store = createGatewayStore({
    path, templateKey, clock, random, log: log.child({ part: 'store' }), space: { fileBytesMax: fileMbMax * MEGABYTE, reserve },
  })
  await parts.open('store', () => store.open(), () => store.close())
  const space = createSpaceGuard({
    freeBytesOfLog: () => store.freeBytes(), reserve, frameBytesMin: frameFreeMbMin * MEGABYTE, clock, log: log.child({ part: 'space' }),
    pruneUploaded: () => store.prune({ recordsBeforeMs: Number.MAX_SAFE_INTEGER, claimsBeforeMs: 0, rowsMax: PRUNED_FOR_ROOM }),
  })
  await parts.open('space', () => space.start(), () => space.stop())
  return { store, space }
}

/** 32 bytes in `keys/template.key`, hex. A database without its key is never given another one. */
async function loadTemplateKey(dataDir: string, how: { random: RandomSource; mayCreate: boolean }): Promise<Uint8Array> {
  const path = join(dataDir, 'keys', 'template.key')
  const text = await readKeyIfAny(path)
  if (text !== undefined) return Buffer.from(text.trim(), 'hex')
  if (!how.mayCreate) throw gatewayError('GW_STORE_KEY', { path, problem: 'missing' })
  const key = how.random.bytes(32)
  await ensurePrivateFolder(join(dataDir, 'keys'))
  await writeFileAtomic(path, `${Buffer.from(key).toString('hex')}\n`, 0o600)
  return key
}
