import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import { silentLogger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import { AppError } from '#kernel/app-error.js'
import { type GatewayStoreDeps, createGatewayStore } from '../../gateway/store/gateway-store.js'
import type { GatewayStore, StoredTemplates } from '../../gateway/store/types.js'
import { IDENTITY } from './identity.js'
import { tempDir } from './temp-dir.js'
import { createVirtualClock } from './virtual-clock.js'

export { GATEWAY_ID, IDENTITY } from './identity.js'

/** A store on a fresh file (or on `change.path`), claimed and in epoch 1 unless `bare`; closed when the test has ended. */
export async function openStore(change: Partial<GatewayStoreDeps> & { bare?: boolean } = {}): Promise<GatewayStore & { path: string }> {
  const { bare = false, ...deps } = change
  const path = deps.path ?? join(tempDir(), 'gateway.db')
  const store = createGatewayStore({
    path, templateKey: new Uint8Array(32).fill(7), clock: createVirtualClock(), random: seededRandom(1), log: silentLogger, ...deps,
  })
  await store.open()
  onTestFinished(() => store.close().catch((error: unknown) => {
    if (!(error instanceof AppError && error.code === 'GW_STORE_CLOSED')) throw error
  }))
  if (!bare && store.head() === undefined) {
    await store.saveIdentity(IDENTITY)
    await store.beginEpoch(1, GENESIS_HASH)
  }
  return { ...store, path }
}

/** Everything that the pages hold, in their order. */
export async function storedTemplates(store: Pick<GatewayStore, 'templatePages'>): Promise<StoredTemplates[]> {
  const all: StoredTemplates[] = []
  for await (const page of store.templatePages()) all.push(...page)
  return all
}
