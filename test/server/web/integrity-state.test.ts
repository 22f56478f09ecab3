import { describe, expect, it } from 'vitest'
import {
  CONTACT_LOST_MS, byUrgency, epochBar, epochIntegrity, epochSentences, gatewayIntegrity, recordCount, uplinkOf, verdictOf, waitingCount, withGateway,
} from '../../../server/web/manager/integrity/integrity-state.js'
import { NOW_MS, epoch, gateway } from './support/samples.js'

const writer = { number: (value: number) => value.toLocaleString('en'), list: (items: readonly string[]) => items.join('、') }
const gaps = epoch({ contiguousSeq: 1_200, headSeq: 4_810, missing: [{ from: 1_201, to: 1_240 }, { from: 1_300, to: 1_300 }] })

describe('an epoch', () => {
  it('is complete only where all up to the signed head is stored and the chain holds', () => {
    expect([
      epoch(), epoch({ headSeq: 48_300 }), gaps, epoch({ chain: 'broken', brokenAtSeq: 17 }), epoch({ contiguousSeq: 0, headSeq: 0 }),
    ].map(epochIntegrity)).toEqual(['complete', 'receiving', 'missing', 'broken', 'empty'])
  })

  it('says what is proved', () => {
    expect(epochSentences(epoch(), writer)).toEqual([
      { key: 'integrity.complete', values: { to: 48_211, duplicates: { key: 'integrity.duplicates', values: { count: 3 } } } },
    ])
    expect(epochSentences(epoch({ contiguousSeq: 0, headSeq: 0 }), writer)).toEqual([{ key: 'integrity.empty' }])
  })

  it('names the missing ranges and how many that is', () => {
    expect(epochSentences(gaps, writer).at(-1)).toEqual({ key: 'integrity.missing', values: { ranges: '1,201…1,240、1,300', count: 41 } })
    const many = epoch({ missing: Array.from({ length: 7 }, (_, index) => ({ from: index * 10 + 1, to: index * 10 + 1 })) })
    expect(epochSentences(many, writer).at(-1)?.values).toEqual({ ranges: '1、11、21、31、41、…', count: 7 })
  })

  it('names the first record that does not follow', () => {
    expect(epochSentences(epoch({ chain: 'broken', brokenAtSeq: 17 }), writer).at(-1)).toEqual({ key: 'integrity.broken', values: { seq: 17 } })
  })

  it('says how many are on their way', () => {
    expect(epochSentences(epoch({ headSeq: 48_300 }), writer).at(-1)).toEqual({ key: 'integrity.waiting', values: { count: 89, head: 48_300 } })
  })

  it('is a bar whose parts fill it, gaps never too thin to see', () => {
    expect(epochBar(epoch()).map((part) => part.kind)).toEqual(['held'])
    const bar = epochBar(gaps)
    expect(bar.map((part) => part.kind)).toEqual(['held', 'missing', 'held', 'missing', 'held'])
    expect(bar.reduce((sum, part) => sum + part.share, 0)).toBeCloseTo(1)
    expect(bar[3]?.share).toBeGreaterThan(0.004)
    expect(epochBar(epoch({ headSeq: 96_422 })).map((part) => [part.kind, part.share])).toEqual([['held', 0.5], ['waiting', 0.5]])
    expect(epochBar(epoch({ contiguousSeq: 0, headSeq: 0 }))).toEqual([])
  })
})

describe('a gateway', () => {
  it('is as sound as its worst epoch, and an empty new one does not hide a complete old one', () => {
    expect(gatewayIntegrity(gateway({ epochs: [epoch(), gaps] }))).toBe('missing')
    expect(gatewayIntegrity(gateway({ epochs: [epoch(), epoch({ epoch: 2, contiguousSeq: 0, headSeq: 0 })] }))).toBe('complete')
    expect(gatewayIntegrity(gateway({ epochs: [] }))).toBe('empty')
  })

  it('has lost contact after a minute of silence', () => {
    expect([
      uplinkOf(gateway({ lastContactAtMs: NOW_MS - CONTACT_LOST_MS }), NOW_MS), uplinkOf(gateway({ lastContactAtMs: NOW_MS - CONTACT_LOST_MS - 1 }), NOW_MS),
      uplinkOf(gateway({ lastContactAtMs: null }), NOW_MS),
    ]).toEqual(['up', 'down', 'never'])
  })

  it('counts what is stored for certain and what is known to wait', () => {
    const two = gateway({ epochs: [epoch(), gaps, epoch({ headSeq: 48_300 })] })
    expect([recordCount(two), waitingCount(two)]).toEqual([48_211 + 1_200 + 48_211, 41 + 89])
  })

  it('stands together with the others in one verdict that says no more than is proved', () => {
    const empty = gateway({ epochs: [] })
    const silent = gateway({ lastContactAtMs: NOW_MS - 120_000 })
    const says = (...all: (typeof empty)[]) => {
      const { tone, words } = verdictOf(all, NOW_MS)
      return [tone, words.key]
    }
    expect(says(gateway(), gateway())).toEqual(['good', 'integrity.allGood'])
    expect(says(gateway(), silent)).toEqual(['warn', 'integrity.goodSoFar'])
    expect(says(empty, empty)).toEqual(['calm', 'integrity.noneYet'])
    expect(says(silent, gateway({ epochs: [gaps] }))).toEqual(['warn', 'integrity.notAll'])
    expect(says(gateway({ epochs: [gaps] }), gateway({ epochs: [epoch({ chain: 'broken', brokenAtSeq: 1 })] }))).toEqual(['danger', 'integrity.notAll'])
  })

  it('is listed by urgency and renewed in its place', () => {
    const good = gateway({ gatewayId: 'a', name: '2 号' })
    const tenth = gateway({ gatewayId: 'b', name: '10 号' })
    const bad = gateway({ gatewayId: 'c', epochs: [gaps] })
    expect(byUrgency([tenth, good, bad]).map((each) => each.gatewayId)).toEqual(['c', 'a', 'b'])
    expect(withGateway([good, bad], { ...good, name: 'x' }).map((each) => each.name)).toEqual(['x', '1 号网关'])
    expect(withGateway([good], bad).length).toBe(2)
  })
})
