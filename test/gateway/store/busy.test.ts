import { expect, it } from 'vitest'
import { openStore } from '../../support/open-store.js'
import { statusRecord } from '../../support/factories.js'

it('works above what may wait are refused at once, and those that wait are all done', { timeout: 60_000 }, async () => {
  const store = await openStore()
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => { release = resolve })
  const first = store.transact(() => held)
  // The first is under way before the others come.
  await new Promise((resolve) => setImmediate(resolve))
  let done = 0
  const waiting = Array.from({ length: 20_000 }, () => store.transact(async () => { done++ }))
  await expect(store.transact((tx) => tx.append(statusRecord(1)))).rejects.toMatchObject({ code: 'GW_STORE_BUSY' })
  release()
  await Promise.all([first, ...waiting])
  expect([done, store.head()?.seq]).toEqual([20_000, 0])
  await store.transact((tx) => tx.append(statusRecord(2)))
  expect(store.head()?.seq).toBe(1)
})
