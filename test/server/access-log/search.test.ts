import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REFUSAL_REASONS, WAYS } from '#contract/passage-record.js'
import { newestPassages } from '../../../server/access-log/access-log-repository.js'
import { createAccessLogService } from '../../../server/access-log/access-log-service.js'
import { accessProjector } from '../../../server/access-log/access-projection.js'
import { type PassageFilter, runsOf, runsOfPage } from '../../../server/access-log/search-rules.js'
import type { Database } from '../../../server/db/transaction.js'
import { personRef, uuid } from '../../support/factories.js'
import { tempDatabase } from '../support/temp-database.js'
import { addEstate } from '../sync/ingest-rig.js'
import { passage } from '../sync/record-samples.js'

const ESTATES = ['e-1', 'e-2', 'e-3']

interface Seed {
  readonly estate: number
  readonly gate: number
  readonly way: (typeof WAYS)[number]
  readonly decision: 'granted' | (typeof REFUSAL_REASONS)[number] | null
  readonly person: number
  readonly atMs: number
}
const few = <T>(values: readonly T[]) => fc.constantFrom(...values)
const seeds = fc.array(fc.record<Seed>({
  estate: fc.integer({ min: 0, max: 2 }), gate: fc.integer({ min: 1, max: 2 }), way: few(['face', 'card'] as const),
  decision: few(['granted', 'not-live', 'no-permit', null] as const), person: fc.integer({ min: 0, max: 2 }), atMs: fc.integer({ min: 0, max: 4 }),
}), { minLength: 1, maxLength: 40 })
const maybe = <T>(values: readonly T[]) => fc.option(few(values), { nil: undefined })
const filters = fc.record({
  gateId: maybe(['gate-1', 'gate-2', 'gate-3']), way: maybe(['face', 'card', 'pin'] as const), result: maybe(['granted', 'refused'] as const),
  reason: maybe(['not-live', 'no-permit', 'no-face'] as const), personRef: maybe([personRef(1), personRef(9)]), fromMs: maybe([0, 2]), toMs: maybe([2, 4]),
})

/** The rows as the projector makes them, in memory too. */
async function fill(db: Database, all: readonly Seed[]) {
  const bodies = all.map(({ estate, gate, way, decision, person, atMs }, index) => ({
    estateId: ESTATES[estate] as string,
    body: passage(index + 1, {
      gateId: `gate-${gate}`, way, result: decision === 'granted' ? 'granted' : 'refused', reason: decision === 'granted' ? null : decision,
      personRef: person === 0 ? null : personRef(person), occurredAtMs: atMs,
    }),
  }))
  for (const [index, estateId] of ESTATES.entries()) {
    const records = bodies.flatMap(({ estateId: of, body }, seq) => (of === estateId ? [{ place: { gatewayId: uuid(index + 1, 0x9), epoch: 1, seq: seq + 1 }, body }] : []))
    await db.transact((tx) => accessProjector.project(tx, { gatewayId: uuid(index + 1, 0x9), estateId }, records))
  }
  return bodies.map(({ estateId, body }) => ({ ...body, estateId }))
}

describe('the search of the access log', () => {
  it('finds what going through all passages finds, page by page, for every mix of conditions', async () => {
    const db = await tempDatabase()
    for (const estateId of ESTATES) await addEstate(db, estateId)
    await fc.assert(fc.asyncProperty(seeds, filters, few(['all', ['e-1', 'e-3'], ['e-2']] as const), fc.integer({ min: 1, max: 5 }), async (all, filter, scope, limit) => {
      await db.transact((tx) => tx.accessEvent.deleteMany())
      const rows = await fill(db, all)
      const { fromMs = 0, toMs = 9, ...equal } = filter
      const expected = rows
        .filter((row) => (scope === 'all' || (scope as readonly string[]).includes(row.estateId)) && row.occurredAtMs >= fromMs && row.occurredAtMs <= toMs)
        .filter((row) => Object.entries(equal).every(([name, value]) => value === undefined || row[name as 'way'] === value))
        .map((row) => `${row.occurredAtMs} ${row.passageId}`).sort().reverse()
      const found: string[] = []
      for (let before: { atMs: number; passageId: string } | undefined, more = true; more;) {
        const page = await newestPassages(db.read, scope, filter as PassageFilter, before, limit)
        found.push(...page.map((row) => `${row.occurredAtMs} ${row.passageId}`))
        const last = page.at(-1)
        more = page.length === limit && last !== undefined
        if (last !== undefined) before = { atMs: Number(last.occurredAtMs), passageId: last.passageId }
      }
      expect(found).toEqual(expected)
    }), { numRuns: 150 })
  }, 180_000)

  it('reads each run from one index, from its first column to the time, and never a table as a whole', async () => {
    const db = await tempDatabase()
    await addEstate(db, 'e-1')
    const plans: string[] = []
    const read = new Proxy(db.read, {
      get(target, key) {
        if (key !== '$queryRawUnsafe') return Reflect.get(target, key, target) as unknown
        return async (sql: string, ...values: unknown[]) => {
          plans.push(...(await target.$queryRawUnsafe<Array<{ detail: string }>>(`EXPLAIN QUERY PLAN ${sql}`, ...values)).map(({ detail }) => detail))
          return target.$queryRawUnsafe(sql, ...values)
        }
      },
    })
    await fill(db, [{ estate: 0, gate: 1, way: 'face', decision: 'granted', person: 1, atMs: 1 }])
    for (const filter of [{}, { reason: 'not-live' as const }, { result: 'granted' as const }, { way: 'face' as const }, { gateId: 'gate-1' }, { gateId: 'gate-1', way: 'face' as const }]) {
      await newestPassages(read, 'all', filter, undefined, 51)
    }
    expect(plans.filter((step) => step.startsWith('SCAN') && !step.includes('json_each') && step !== 'SCAN r')).toEqual([])
    const searches = plans.filter((step) => step.startsWith('SEARCH e'))
    expect(searches.length).toBeGreaterThan(6)
    expect(searches.filter((step) => !step.includes('occurredAtMs>? AND (occurredAtMs,passageId)<(?,?)'))).toEqual([])
  })

  it('a person\'s passages come from that person\'s own index, whatever else is asked for', async () => {
    const db = await tempDatabase()
    await addEstate(db, 'e-1')
    const from = `FROM "AccessEvent" WHERE "personRef" = 'p' AND "way" = 'face' AND "result" = 'refused' AND "reason" = 'not-live' AND NOT ("estateId" NOT IN ('e-1'))`
    const plan = await db.read.$queryRawUnsafe<Array<{ detail: string }>>(
      `EXPLAIN QUERY PLAN SELECT * ${from} AND "occurredAtMs" >= 1 AND "occurredAtMs" <= 2 ORDER BY "occurredAtMs" DESC, "passageId" DESC LIMIT 51`,
    )
    expect(plan.map(({ detail }) => detail)).toEqual(['SEARCH AccessEvent USING INDEX AccessEvent_personRef_occurredAtMs_passageId_idx (personRef=? AND occurredAtMs>? AND occurredAtMs<?)'])
  })
})

describe('runs', () => {
  it.each([
    ['nothing: an estate each', {}, 2],
    ['a way: its grants, its refusals without a reason and with each', { way: 'card' as const }, 2 * (REFUSAL_REASONS.length + 2)],
    ['a reason: every way', { reason: 'no-permit' as const }, 2 * WAYS.length],
    ['granted: every way', { result: 'granted' as const }, 2 * WAYS.length],
    ['granted for a reason: there is none', { result: 'granted' as const, reason: 'no-permit' as const }, 0],
    ['a gate: every way and decision', { gateId: 'gate-1' }, 2 * WAYS.length * (REFUSAL_REASONS.length + 2)],
  ])('%s', (_name, filter, count) => expect(runsOf(filter, ['e-1', 'e-2'])).toHaveLength(count))

  it('those with nothing late enough for the page are left out', () => {
    const run = (newestMs: number) => ({ estateId: 'e', gateId: null, way: 'face', decision: String(newestMs), newestMs })
    expect(runsOfPage([run(1), run(9), run(5), run(5), run(3)], 2)).toEqual({ runs: [run(9), run(5), run(5)], sinceMs: 5 })
    expect(runsOfPage([run(1), run(9)], 3)).toEqual({ runs: [run(9), run(1)], sinceMs: 0 })
  })
})

it('a page of a scope that covers no estate is empty', async () => {
  const db = await tempDatabase()
  const log = createAccessLogService({ read: db.read, change: () => Promise.reject(new Error('no change')) })
  expect(await log.list({ userId: 'u', loginName: 'u', displayName: 'u', grants: [] }, [], {})).toEqual({ items: [], older: null })
})
