import { describe, expect, it } from 'vitest'
import { runMoney } from './money.js'

const SEED = 20_260_101

/** A short part of `npm run chaos -- --campaign money`, always the same one. */
describe('payments under every fault', () => {
  it('come to one posting or none, and the books balance', async () => {
    const summary = await runMoney({ seed: SEED, runs: 12, onLine: () => undefined })
    expect(summary.violations).toEqual([])
    // The faults were there: a campaign in which nothing is killed, forged or raced proves nothing.
    for (const what of ['place', 'pay', 'notify', 'race', 'forged', 'refund', 'refund-each', 'decide', 'killed:after a call', 'killed:before a commit', 'killed:after a commit', 'network:bit']) {
      expect(summary.counts[what] ?? 0, what).toBeGreaterThan(0)
    }
  }, 240_000)

  it('one seed is one history', async () => {
    const digest = async (): Promise<string> => (await runMoney({ seed: SEED + 1_000, runs: 2, onLine: () => undefined })).digest
    expect(await digest()).toBe(await digest())
  }, 240_000)
})
