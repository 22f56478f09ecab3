import { describe, expect, it } from 'vitest'
import { consent, person, personRef } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'

const pair = (one: number, other: number, score = 0.5) => ({ personRef: personRef(one), otherRef: personRef(other), score, allowed: null })

async function enrolled(...numbers: number[]) {
  const store = await openStore()
  await store.transact(async (tx) => {
    for (const n of numbers) {
      await tx.putPerson(person(n))
      await tx.putConsent(consent(n))
      await tx.putTemplates(personRef(n), consent(n).consentId, 'model-1', [Float32Array.of(1, 0)])
    }
  })
  return store
}

describe('pairs of people who look alike', () => {
  it('stand once whoever comes first, with the manager’s decision where there is one, over a restart', async () => {
    const store = await enrolled(1, 2, 3)
    const allowed = { by: 'operator-7', reason: '双胞胎', atMs: 1_700_000_000_000 }
    await store.transact((tx) => tx.putLookAlikes([pair(2, 1, 0.47), { ...pair(3, 1, 0.82), allowed }]))
    await store.transact((tx) => tx.putLookAlikes([pair(1, 2, 0.48)]))
    await store.close()
    const again = await openStore({ path: store.path })
    expect(await again.lookAlikes()).toEqual([pair(1, 2, 0.48), { ...pair(1, 3, 0.82), allowed }])
  })

  it.each([['erased', 'delete'], ['replaced', 'put']])('end when the templates of either are %s', async (_, how) => {
    const store = await enrolled(1, 2, 3)
    await store.transact((tx) => tx.putLookAlikes([pair(1, 2), pair(2, 3), pair(1, 3)]))
    await store.transact(async (tx) => {
      if (how === 'delete') await tx.deleteTemplates(personRef(2))
      else await tx.putTemplates(personRef(2), consent(2).consentId, 'model-1', [Float32Array.of(0, 1)])
    })
    expect(await store.lookAlikes()).toEqual([pair(1, 3)])
  })

  it('are refused with somebody who has no templates, and nothing of the transaction is written', async () => {
    const store = await enrolled(1, 2)
    await expect(store.transact((tx) => tx.putLookAlikes([pair(1, 2), pair(1, 9)]))).rejects.toMatchObject({ code: 'GW_STORE_INVALID' })
    await expect(store.transact((tx) => tx.putLookAlikes([pair(1, 1)]))).rejects.toMatchObject({ code: 'GW_STORE_INVALID' })
    expect(await store.lookAlikes()).toEqual([])
  })
})
