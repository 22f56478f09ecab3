import { describe, expect, it } from 'vitest'
import { quantileMs, waitBin } from '../../../server/access-log/figure-rules.js'
import { COMPARED_MIN, type WayCounts, type WayFigures, parityWarnings, wayFigures } from '../../../server/access-log/parity-rules.js'

const counts = (change: Partial<WayCounts>): WayFigures =>
  wayFigures({ way: 'face', passages: { granted: 100 }, grantedAttempts: 100, waits: 100, waitMedianMs: 1_000, waitP95Ms: 2_000, ...change })

describe('figures of a way', () => {
  it('tell what lies in the way from what its user may not do, and leave out whom nobody saw', () => {
    expect(wayFigures({
      way: 'face', passages: { granted: 80, 'not-recognised': 15, 'not-live': 5, 'no-permit': 7, 'outside-schedule': 1, 'no-face': 900, undecodable: 3 }, grantedAttempts: 120,
      waits: 80, waitMedianMs: 900, waitP95Ms: 2_100,
    })).toEqual({ way: 'face', granted: 80, failed: 20, refused: 8, failureRate: 0.2, attemptsMean: 1.5, waits: 80, waitMedianMs: 900, waitP95Ms: 2_100 })
  })

  it('are null where there is nothing to divide', () => {
    expect(wayFigures({ way: 'pin', passages: { 'no-permit': 3 }, grantedAttempts: 0, waits: 0, waitMedianMs: null, waitP95Ms: null }))
      .toMatchObject({ granted: 0, failed: 0, refused: 3, failureRate: null, attemptsMean: null })
  })
})

describe('a warning that a way without a face is worse', () => {
  const face = counts({})
  it.each<[string, Partial<WayCounts>, string[]]>([
    ['none where it is as good', { way: 'card' }, []],
    ['none for a second that nobody feels', { way: 'card', waitMedianMs: 2_000 }, []],
    ['where it is slower', { way: 'card', waitMedianMs: 2_001 }, ['card wait']],
    ['where it fails more often', { way: 'qr', passages: { granted: 94, 'expired-code': 6 } }, ['qr failure']],
    ['none where it fails a little more often', { way: 'qr', passages: { granted: 95, 'expired-code': 5 } }, []],
    ['none of a handful', { way: 'pin', passages: { granted: COMPARED_MIN - 2, 'wrong-pin': 1 }, waits: COMPARED_MIN - 1, waitMedianMs: 60_000 }, []],
    ['none for what its users may not do', { way: 'card', passages: { granted: 50, 'no-permit': 500 } }, []],
    ['none for a terminal that looks at faces too', { way: 'terminal-face', waitMedianMs: 60_000 }, []],
  ])('%s', (_name, change, warned) => expect(parityWarnings([face, counts(change)]).map(({ way, about }) => `${way} ${about}`)).toEqual(warned))

  it('needs a face to compare with', () => expect(parityWarnings([counts({ way: 'card', waitMedianMs: 60_000 })])).toEqual([]))
})

describe('a histogram of waits', () => {
  it('is off by a twentieth at most, within its bounds', () => {
    for (let ms = 55; ms < 500_000; ms = Math.ceil(ms * 1.07)) {
      const shown = quantileMs(new Map([[waitBin(ms), 1]]), 0.5) as number
      expect(Math.abs(shown - ms) / ms, String(ms)).toBeLessThan(0.051)
    }
  })

  it('gives the value that so many are below', () => {
    const waits = Array.from({ length: 200 }, (_, n) => (n + 1) * 50)
    const histogram = new Map<number, number>()
    for (const ms of waits) histogram.set(waitBin(ms), (histogram.get(waitBin(ms)) ?? 0) + 1)
    for (const part of [0.1, 0.5, 0.95, 1]) {
      const exact = waits[Math.ceil(part * waits.length) - 1] as number
      expect(Math.abs((quantileMs(histogram, part) as number) - exact) / exact).toBeLessThan(0.06)
    }
    expect(quantileMs(new Map(), 0.5)).toBeNull()
  })
})
