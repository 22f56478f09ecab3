import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { compareHeld, nextStep, retryMs, settleEdit } from '../../../../gateway/device/oem/command-rules.js'
import { type WantedPerson, planPersons } from '../../../../gateway/device/oem/person-plan-rules.js'
import type { TerminalPersonRow, TerminalPersonState, TerminalPhoto } from '../../../../gateway/device/oem/ports.js'
import { NO_RECORDS, countRecord, missingRecords } from '../../../../gateway/device/oem/record-number-rules.js'
import { personRef, uuid } from '../../../support/factories.js'

const row = (n: number, change: Partial<TerminalPersonRow> = {}): TerminalPersonRow => ({
  terminalId: 't', personRef: personRef(n), consentId: uuid(n, 0xc), state: 'held', placed: true, photoAtMs: 1, confirmed: true, validFromMs: 0, validUntilMs: 100,
  errorCode: null, tries: 0, nextTryAtMs: 0, ...change,
})
const rowsOf = (...rows: TerminalPersonRow[]) => new Map(rows.map((one) => [one.personRef, one]))
const want = (n: number, change: Partial<WantedPerson> = {}): [string, WantedPerson] =>
  [personRef(n), { consents: new Map([[uuid(n, 0xc), 1_000]]), validFromMs: 0, validUntilMs: 100, ...change }]
const photo = (n: number, photoAtMs = 1): [string, TerminalPhoto] => [personRef(n), { personRef: personRef(n), consentId: uuid(n, 0xc), photoAtMs }]
const plan = (wanted: Array<[string, WantedPerson]>, photos: Array<[string, TerminalPhoto]>, ...rows: TerminalPersonRow[]) =>
  planPersons({ terminalId: 't', wanted: new Map(wanted), photos: new Map(photos), rows: rowsOf(...rows) })

describe('what a terminal counts', () => {
  it('any order of a gapless count, each number once, ends with nothing missing', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }).chain((size) => fc.shuffledSubarray(Array.from({ length: size }, (_, i) => i + 2), { minLength: size })), (late) => {
      const end = [1, ...late].reduce((state, id) => countRecord(state.count, id), { count: NO_RECORDS } as ReturnType<typeof countRecord>)
      expect([end.count.last, missingRecords(end.count)]).toEqual([late.length + 1, 0])
    }))
  })

  it('what never came is missing, and said once', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 2, max: 60 }), { minLength: 1, maxLength: 30 }), (ids) => {
      const sorted = [1, ...ids.sort((a, b) => a - b)]
      let count = NO_RECORDS
      let said = 0
      for (const id of sorted) {
        const step = countRecord(count, id)
        count = step.count
        said += step.newlyMissing
      }
      const missing = (sorted.at(-1) ?? 1) - sorted.length
      expect([missingRecords(count), said]).toEqual([missing, missing])
    }))
  })

  it('a count that begins anew has no gaps of the old one', () => {
    const before = { last: 900, missing: [{ from: 5, to: 9 }] }
    expect(countRecord(before, 1)).toEqual({ count: { last: 1, missing: [] }, kind: 'restart', newlyMissing: 0 })
    expect(countRecord(before, 7)).toEqual({ count: { last: 900, missing: [{ from: 5, to: 6 }, { from: 8, to: 9 }] }, kind: 'filled', newlyMissing: 0 })
    expect(countRecord(before, 5_000_000).kind).toBe('restart')
  })
})

describe('whom a terminal shall hold', () => {
  it.each<[string, ReturnType<typeof plan>, { put?: unknown[]; drop?: number; leaving?: number }]>([
    ['nobody new without a photo', plan([want(1)], []), {}],
    ['a photo under another consent puts nobody there', plan([want(1, { consents: new Map([[uuid(9, 0xc), 1_000]]) })], [photo(1)]), {}],
    ['somebody new with a photo', plan([want(1)], [photo(1)]), { put: [{ state: 'wanted', placed: false, confirmed: false, validUntilMs: 100 }] }],
    ['the consent\'s end cuts the permit', plan([want(1, { validUntilMs: 5_000 })], [photo(1)]), { put: [{ validUntilMs: 1_000 }] }],
    ['who is held as wanted stays', plan([want(1)], [], row(1)), {}],
    ['who waits for deletion is let go first, wanted or not', plan([want(1)], [photo(1, 2)], row(1, { state: 'deleting' })), {}],
    ['who was never sent is forgotten', plan([], [], row(1, { state: 'wanted', placed: false })), { drop: 1 }],
    ['who was sent is deleted, whatever the terminal said of it', plan([], [], row(1, { state: 'failed', confirmed: false })), { put: [{ state: 'deleting' }], leaving: 1 }],
    ['a face goes with its consent, another one notwithstanding', plan([want(1, { consents: new Map([[uuid(8, 0xc), 9_000]]) })], [], row(1)), { put: [{ state: 'deleting' }], leaving: 1 }],
    ['another time is told', plan([want(1, { validUntilMs: 200 })], [], row(1)), { put: [{ state: 'wanted', confirmed: true, validUntilMs: 200 }] }],
    ['another photo is sent', plan([want(1)], [photo(1, 7)], row(1)), { put: [{ state: 'wanted', confirmed: false, photoAtMs: 7 }] }],
    ['a photo that is gone is said to be', plan([want(1)], [], row(1, { state: 'wanted', confirmed: false })), { put: [{ state: 'failed', errorCode: 0, nextTryAtMs: null }] }],
    ['and said once', plan([want(1)], [], row(1, { state: 'failed', confirmed: false, errorCode: 0, nextTryAtMs: null })), {}],
  ])('%s', (_, made, expected) => {
    expect(made.put).toMatchObject(expected.put ?? [])
    expect([made.put.length, made.drop.length, made.leaving.length]).toEqual([expected.put?.length ?? 0, expected.drop ?? 0, expected.leaving ?? 0])
  })

  it('nobody who is not wanted stays but those who wait for deletion; planning twice changes nothing more', () => {
    const states = fc.constantFrom<TerminalPersonState>('wanted', 'held', 'failed', 'deleting')
    const anyRow = fc.record({ n: fc.integer({ min: 1, max: 5 }), state: states, placed: fc.boolean(), confirmed: fc.boolean() })
    fc.assert(fc.property(fc.array(anyRow, { maxLength: 5 }), fc.uniqueArray(fc.integer({ min: 1, max: 5 })), fc.uniqueArray(fc.integer({ min: 1, max: 5 })), (given, wanted, photos) => {
      const rows = rowsOf(...given.map(({ n, state, placed, confirmed }) => row(n, { state, placed: placed || confirmed || state === 'held' || state === 'deleting', confirmed })))
      const input = { terminalId: 't', wanted: new Map(wanted.map((n) => want(n))), photos: new Map(photos.map((n) => photo(n))) }
      const made = planPersons({ ...input, rows })
      for (const one of made.drop) rows.delete(one.personRef)
      for (const one of made.put) rows.set(one.personRef, one)
      for (const one of rows.values()) if (one.state !== 'deleting') expect(input.wanted.has(one.personRef)).toBe(true)
      expect(planPersons({ ...input, rows })).toEqual({ put: [], drop: [], leaving: [] })
    }))
  })
})

describe('what is sent next', () => {
  const step = (rows: TerminalPersonRow[], change: Partial<Parameters<typeof nextStep>[0]> = {}) => nextStep({ rows, nowMs: 1_000, mustQuery: false, batchMax: 1_000, ...change })
  const deleting = (n: number, change: Partial<TerminalPersonRow> = {}) => row(n, { state: 'deleting', ...change })
  const wanted = (n: number, change: Partial<TerminalPersonRow> = {}) => row(n, { state: 'wanted', ...change })

  it('deletions, then the question, then additions, then nothing until the next is due', () => {
    expect(step([wanted(1), deleting(2)], { mustQuery: true })).toMatchObject({ kind: 'delete', rows: [{ personRef: personRef(2) }] })
    expect(step([wanted(1), deleting(2, { nextTryAtMs: 2_000 })], { mustQuery: true }).kind).toBe('query')
    expect(step([wanted(1), deleting(2, { nextTryAtMs: 2_000 })])).toMatchObject({ kind: 'edit', rows: [{ personRef: personRef(1) }] })
    expect(step([wanted(1, { nextTryAtMs: 3_000 }), deleting(2, { nextTryAtMs: 2_000 }), row(3)])).toEqual({ kind: 'rest', untilMs: 2_000 })
    expect(step([row(3), row(4, { state: 'failed', nextTryAtMs: null })])).toEqual({ kind: 'rest', untilMs: null })
  })

  it('no more than the terminal takes at a time', () => {
    const many = Array.from({ length: 1_500 }, (_, n) => n + 1)
    expect(step(many.map((n) => deleting(n)))).toMatchObject({ kind: 'delete', rows: { length: 200 } })
    expect(step(many.map((n) => wanted(n)))).toMatchObject({ kind: 'edit', rows: { length: 1_000 } })
    expect(step(many.map((n) => wanted(n)), { batchMax: 7 })).toMatchObject({ rows: { length: 7 } })
  })

  it('pauses are whole milliseconds from half to all of 5 s, 10 s, … 10 min', () => {
    fc.assert(fc.property(fc.nat(60), fc.nat(), (tries, seed) => {
      const full = Math.min(600_000, 5_000 * 2 ** Math.min(tries, 20))
      const ms = retryMs(tries, seededRandom(seed))
      expect(Number.isInteger(ms) && ms >= full / 2 && ms <= full).toBe(true)
    }))
  })

  it('a yes clears what was wrong before', () => {
    expect(settleEdit(row(1, { state: 'failed', errorCode: 465, tries: 4, confirmed: false }), 'added', 5, seededRandom(1)))
      .toEqual(row(1, { state: 'held', nextTryAtMs: null }))
  })
})

it('whom a terminal holds against whom it should', () => {
  const rows = rowsOf(row(1), row(2, { state: 'deleting' }), row(3, { state: 'deleting' }), row(4), row(5, { state: 'wanted', confirmed: false }))
  const found = compareHeld([personRef(1), personRef(3), personRef(9), 'cleaner', ''], rows)
  expect({ gone: found.gone.map((one) => one.personRef), lost: found.lost.map((one) => one.personRef), stray: found.stray, foreign: found.foreign })
    .toEqual({ gone: [personRef(2)], lost: [personRef(4)], stray: [personRef(9)], foreign: 2 })
})
