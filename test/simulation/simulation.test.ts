import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePlan } from './plan.js'
import { type Template, makeTemplate } from './template.js'
import { runWorld } from './world.js'

/** A machine that has much else to do takes its time. */
const PATIENCE_MS = 300_000

let template: Template
beforeAll(async () => {
  template = await makeTemplate(existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
}, PATIENCE_MS)
afterAll(() => template.close())

/** Few of those of the campaign: `npm run chaos` lives through thousands. */
const SEEDS = Array.from({ length: 12 }, (_, index) => 1 + index)

describe('whole estates in virtual time, with everything that goes wrong', () => {
  it('loses nothing, repeats nothing and opens nothing late', async () => {
    const sums: Record<string, number> = {}
    for (const seed of SEEDS) {
      const { violations, figures } = await runWorld(template, makePlan(seed))
      expect(violations, `npm run chaos -- --seed ${seed} --runs 1`).toEqual([])
      for (const [name, value] of Object.entries(figures)) sums[name] = (sums[name] ?? 0) + value
    }
    // Worlds in which nothing happens prove nothing.
    expect(sums['records']).toBeGreaterThan(300)
    expect(sums['opened']).toBeGreaterThan(10)
    expect(sums['matched']).toBeGreaterThan(0)
    expect(sums['gatewayLives']).toBeGreaterThan(SEEDS.length)
  }, PATIENCE_MS)

  it('has one history for one seed', async () => {
    const [first, again] = [await runWorld(template, makePlan(7)), await runWorld(template, makePlan(7))]
    const other = await runWorld(template, makePlan(8))
    expect(again.digest).toBe(first.digest)
    expect(other.digest).not.toBe(first.digest)
  }, PATIENCE_MS)
})
