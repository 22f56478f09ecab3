import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { EpochResponseV1 } from '#contract/sync-api.js'
import { silentLogger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import { type Result, err, ok } from '#kernel/result.js'
import { beginWriting, createEpochKeeper } from '../../../gateway/sync/epoch.js'
import type { ServerCallError, ServerClient } from '../../../gateway/sync/server-client.js'
import { loadSigningKey } from '../../../gateway/sync/signing-key.js'
import { statusRecord } from '../../support/factories.js'
import { IDENTITY, openStore } from '../../support/open-store.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'

const unreachable: Result<EpochResponseV1, ServerCallError> = err({ kind: 'unreachable', message: 'no answer' })

/** A start on this log, at a server that gives these answers one after the other. */
async function startOn(store: Awaited<ReturnType<typeof openStore>>, answers: Array<Result<EpochResponseV1, ServerCallError>>) {
  const clock = createVirtualClock()
  const client = { epoch: async () => answers.shift() ?? unreachable } as Partial<ServerClient> as ServerClient
  const peer = { client, identity: IDENTITY, key: await loadSigningKey({ dataDir: tempDir(), mayCreate: true }) }
  const writing = beginWriting({ epochs: createEpochKeeper({ peer, store, log: silentLogger }), store, runtime: { clock, random: seededRandom(1), log: silentLogger } },
    new AbortController().signal)
  let begun = false
  void writing.then(() => { begun = true })
  await settle()
  return { clock, writing, hasBegun: () => begun }
}

it('a log goes on in its epoch where the server does not answer', async () => {
  const store = await openStore()
  const { writing } = await startOn(store, [unreachable])
  expect(await writing).toBe(true)
  expect(store.head()?.epoch).toBe(1)
})

it('regression: a restored log that got no answer went on in its old epoch, and what it wrote there never reached the server', async () => {
  const original = await openStore()
  await original.transact((tx) => tx.append(statusRecord(1)))
  const path = join(tempDir(), 'restored.db')
  await original.snapshot(path)
  const store = await openStore({ path, bare: true })
  await store.saveIdentity(IDENTITY)
  const { clock, writing, hasBegun } = await startOn(store, [unreachable, ok({ epoch: 2, continues: false, startHash: 'a'.repeat(64) })])
  expect(hasBegun()).toBe(false)
  expect(store.head()).toMatchObject({ epoch: 1, seq: 1 })
  // The store answers from threads of its own: time goes on until the start does.
  for (let tries = 0; !hasBegun() && tries < 1_000; tries++) await clock.run(1_000)
  expect(await writing).toBe(true)
  expect(store.head()).toMatchObject({ epoch: 2, seq: 0 })
})
