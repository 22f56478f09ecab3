import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { seededRandom, type RandomSource } from '#kernel/random.js'
import { parseManifest } from '../../../gateway/face/model-manifest.js'
import type { MatchResult } from '../../../gateway/face/match.js'
import { passageStep, type PassageStep } from '../../../gateway/face/passage-step.js'
import { NO_MEMORY, closeTrack, livenessNeed, logOddsOf, plausibleMove, type FaceMemory } from '../../../gateway/face/track.js'
import type { FaceBox } from '../../../gateway/face/types.js'
import { readFileSync } from 'node:fs'
import { MANIFEST } from './support/demo-faces.js'

const settings = {
  ...parseManifest(readFileSync(MANIFEST, 'utf8')).settings,
  livenessMin: 0.5, livenessEarly: 4, framesMax: 5, recogniseFramesMax: 8, gapMsMax: 1_500, coolDownMs: 5_000, coolDownMsMax: 60_000,
}
const FRAME_MS = 200
const BOX: FaceBox = { left: 500, top: 200, right: 660, bottom: 400, score: 0.9 }

/** The face of one person: a direction of its own. */
const faceOf = (person: number): Float32Array => Float32Array.from({ length: 64 }, (_, i) => (i === person ? 1 : 0))
const known: MatchResult = { gallerySize: 9, personRef: 'p', score: 0.8, margin: 0.4 }
const unknown: MatchResult = { gallerySize: 9, personRef: 'p', score: 0.2, margin: 0.1 }
const between: MatchResult = { gallerySize: 9, personRef: 'p', score: 0.8, margin: 0.01 }

interface Seen {
  readonly logOdds: number
  readonly match?: MatchResult
  readonly person?: number
  readonly box?: FaceBox
}

/** A camera: frame after frame of it, and how often liveness was asked. */
function camera(startMs = 1_000) {
  let memory: FaceMemory = NO_MEMORY
  let nowMs = startMs
  const asked = { liveness: 0, match: 0 }
  return {
    asked,
    memory: () => memory,
    wait: (ms: number) => void (nowMs += ms),
    gone: () => void (memory = closeTrack(memory)),
    async frame({ logOdds, match = known, person = 1, box = BOX }: Seen): Promise<PassageStep> {
      const step = await passageStep(memory, { box, embedding: faceOf(person), atMs: nowMs }, {
        async logOdds() { asked.liveness += 1; return logOdds },
        async match() { asked.match += 1; return match },
      }, settings)
      memory = step.memory
      nowMs += FRAME_MS
      return step
    },
  }
}
const words = async (seen: readonly Seen[], at = camera()): Promise<string[]> => {
  const out: string[] = []
  for (const one of seen) {
    const { kind, reason } = await at.frame(one)
    out.push(reason === null ? kind : `${kind} ${reason}`)
  }
  return out
}
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

describe('one attempt', () => {
  it('ends with the first frame where that is sure, later where each says less, and needs ever less of more frames', async () => {
    expect(await words([{ logOdds: 4 }])).toEqual(['matched'])
    expect(await words([{ logOdds: 3.9 }, { logOdds: 1.6 }])).toEqual(['undecided not-live', 'matched'])
    expect(await words(times(5, { logOdds: 0.1 }))).toEqual([...times(4, 'undecided not-live'), 'matched'])
    const needs = [1, 2, 3, 4, 5, 6].map((frames) => livenessNeed(frames, settings))
    expect(needs[0]).toBe(4)
    expect(needs.slice(4)).toEqual([0, 0])
    expect(needs.slice(0, 5)).toEqual(needs.slice(0, 5).toSorted((a, b) => b - a))
  })

  it('is refused once after five frames without liveness, for liveness whoever it is, and not decided about again', async () => {
    const at = camera()
    expect(await words(times(5, { logOdds: -2, match: unknown }), at)).toEqual([...times(4, 'undecided not-live'), 'refused not-live'])
    // A photo for a minute: no more questions, whatever the net would say now.
    expect(new Set(await words(times(300, { logOdds: 12 }), at))).toEqual(new Set(['undecided']))
    expect(at.asked).toEqual({ liveness: 5, match: 5 })
  })

  it.each([[unknown, 'not-recognised'], [between, 'ambiguous']])('a live face has longer to be recognised, and is asked for liveness no more', async (match, reason) => {
    const at = camera()
    expect(await words(times(8, { logOdds: 6, match }), at)).toEqual([...times(7, `undecided ${reason}`), `refused ${reason}`])
    expect(at.asked.liveness).toBe(1)
    const near = camera()
    expect((await words([...times(6, { logOdds: 6, match }), { logOdds: 6 }], near)).at(-1)).toBe('matched')
  })

  it('who was let in stays so for ten seconds, as long as it stays live, and then must go first', async () => {
    const at = camera()
    expect(new Set(await words(times(51, { logOdds: 5 }), at))).toEqual(new Set(['matched']))
    expect(await words([{ logOdds: 5 }], at)).toEqual(['undecided'])
    const swapped = camera()
    const after = await words([{ logOdds: 5 }, ...times(6, { logOdds: -6 })], swapped)
    expect(after.slice(2)).toEqual(times(5, 'undecided not-live'))
  })
})

describe('whose frames are one track', () => {
  it('another person who steps in begins anew, also behind a spent one', async () => {
    const at = camera()
    await words(times(8, { logOdds: -2 }), at)
    expect(await words([{ logOdds: 5, person: 2 }], at)).toEqual(['matched'])
    const mixed = camera()
    await words(times(4, { logOdds: 0.5, person: 1 }), mixed)
    // One frame of another person is one frame, not a fifth.
    expect(await words([{ logOdds: 0.5, person: 2 }], mixed)).toEqual(['undecided not-live'])
    expect(mixed.memory().track?.count).toBe(1)
  })

  it('after a gap, or a jump that no one makes, a new one begins', async () => {
    const at = camera()
    await words([{ logOdds: 5, match: unknown }], at)
    at.wait(settings.gapMsMax - FRAME_MS)
    await words([{ logOdds: 5, match: unknown }], at)
    expect(at.memory().track?.count).toBe(2)
    at.wait(settings.gapMsMax - FRAME_MS + 1)
    await words([{ logOdds: 5, match: unknown }], at)
    expect(at.memory().track?.count).toBe(1)
    await words([{ logOdds: 5, match: unknown, box: { ...BOX, left: 1_060, right: 1_220 } }], at)
    expect(at.memory().track?.count).toBe(1)
  })

  it('takes a step and an approach for one face, a leap and a change of size for two', () => {
    const moved = (by: number, scale = 1): FaceBox => ({ ...BOX, left: BOX.left + by, right: BOX.right + by, bottom: BOX.top + 200 * scale })
    expect([plausibleMove(BOX, moved(100), 200), plausibleMove(BOX, moved(400), 200), plausibleMove(BOX, moved(400), 1_000)]).toEqual([true, false, true])
    expect([plausibleMove(BOX, moved(0, 1.3), 200), plausibleMove(BOX, moved(0, 2.5), 200)]).toEqual([true, false])
  })
})

describe('coming back', () => {
  const photo: Seen[] = times(5, { logOdds: -2 })

  it('is no new attempt before 5 s, then 10, 20, 40, 60: refused at once without a look', async () => {
    const at = camera()
    for (const coolDownMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      expect((await words(photo, at)).at(-1)).toBe('refused not-live')
      at.wait(coolDownMs - FRAME_MS - 1)
      const { liveness } = at.asked
      expect(await words([{ logOdds: 12 }, { logOdds: 12 }], at)).toEqual(['refused not-live', 'undecided'])
      expect(at.asked.liveness).toBe(liveness)
      at.wait(settings.gapMsMax + 1)
    }
  })

  it('is free for others meanwhile, after two minutes for all, and after a success', async () => {
    const at = camera()
    await words(photo, at)
    at.wait(2_000)
    expect(await words([{ logOdds: 5, person: 2 }], at)).toEqual(['matched'])
    at.wait(120_000)
    expect(await words([{ logOdds: 5 }], at)).toEqual(['matched'])
    expect(at.memory().strikes).toEqual([])
  })

  it('goes on with the attempt that was broken off: hiding between frames wins no fresh one', async () => {
    const at = camera()
    let asked = 0
    for (let n = 0; n < 5; n++) {
      const [word] = await words([{ logOdds: -2 }], at)
      expect(word).toBe(n < 4 ? 'undecided not-live' : 'refused not-live')
      at.wait(2_000)
      asked += 1
    }
    expect(at.asked.liveness).toBe(asked)
    expect(await words([{ logOdds: 12 }], at)).toEqual(['refused not-live'])
  })

  it('keeps no more than it may, however many faces come and go', async () => {
    const at = camera()
    for (let person = 0; person < 60; person++) await words(times(5, { logOdds: -2, person }), at)
    expect(at.memory().strikes.length).toBeLessThanOrEqual(6)
  })
})

/** Print attacks as measured: sheets differ (sd 2.0 about −3.5), frames of one sheet differ more (sd 3.3). */
function sheet(random: RandomSource): () => number {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float())
  const mean = -3.5 + 2 * normal()
  return () => mean + 3.3 * normal()
}

describe('a photo held up', () => {
  it('for 60 s is let in exactly as often as for 2 s', async () => {
    const accepted = async (frames: number): Promise<number> => {
      let count = 0
      for (let seed = 1; seed <= 400; seed++) {
        const draw = sheet(seededRandom(seed))
        const at = camera()
        let isIn = false
        for (let n = 0; n < frames; n++) isIn = (await at.frame({ logOdds: draw() })).kind === 'matched' || isIn
        if (isIn) count += 1
      }
      return count
    }
    const [short, long] = [await accepted(10), await accepted(300)]
    expect(long).toBe(short)
    expect(short).toBeGreaterThan(0)
  })

  it('and taken away again and again for 60 s gets at most four attempts', async () => {
    const at = camera()
    let refusals = 0
    for (let ms = 0; ms < 60_000; ms += FRAME_MS) {
      const away = ms % 3_000 >= 1_200
      if (away) at.wait(FRAME_MS)
      else if ((await at.frame({ logOdds: -3 })).kind === 'refused') refusals += 1
    }
    expect(at.asked.liveness).toBeLessThanOrEqual(4 * settings.framesMax)
    expect(refusals).toBeGreaterThan(1)
  })
})

describe('whatever is seen', () => {
  const seen = fc.record({
    logOdds: fc.double({ min: -12, max: 12, noNaN: true }), match: fc.constantFrom(known, unknown, between),
    person: fc.integer({ min: 1, max: 3 }), waitMs: fc.constantFrom(0, 0, 0, 900, 2_000, 7_000),
  })

  it('nobody is let in without a match, and what is kept of the frames stays bounded', async () => {
    await fc.assert(fc.asyncProperty(fc.array(seen, { maxLength: 40 }), async (frames) => {
      const at = camera()
      for (const { waitMs, ...one } of frames) {
        at.wait(waitMs)
        const step = await at.frame(one)
        expect(at.memory().track?.frames.length ?? 0).toBeLessThanOrEqual(settings.framesMax)
        if (step.kind !== 'matched') continue
        expect(one.match).toBe(known)
        expect(at.memory().track?.state).toBe('granted')
      }
    }), { numRuns: 200 })
  })

  it('log-odds stay finite for probabilities of 0 and 1', () => expect([0, 0.5, 1].map(logOddsOf)).toEqual([-12, 0, 12]))
})
