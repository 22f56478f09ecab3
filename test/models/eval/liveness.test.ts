import { describe, expect, it } from 'vitest'
import { burstsOf } from '../../../models/eval/bursts.js'
import type { FaceImage, FaceSet } from '../../../models/eval/face-set.js'
import { equalError, livenessReport, type LookedAt } from '../../../models/eval/liveness-report.js'
import type { Look } from '../../../models/eval/look.js'
import { readManifest } from '../../../gateway/face/model-manifest.js'
import { MANIFEST } from '../../gateway/face/support/demo-faces.js'

const image = (name: string): FaceImage => ({ person: name.split('/')[0] as string, name, path: `/nowhere/${name}` })

describe('bursts', () => {
  it('are consecutive pictures of one recording, in the order of their last number; a rest is left out, a short recording is one', () => {
    const names = ['a/a_1_10.jpg', 'a/a_1_2.jpg', 'a/a_1_1.jpg', 'a/a_1_3.jpg', 'a/a_1_4.jpg', 'a/a_2_7.jpg', 'b/b_1_1.jpg', 'b/b_1_2.jpg', 'b/b_1_3.jpg']
    expect(burstsOf(names.map(image), 2, (index) => (names[index] === 'b/b_1_2.jpg' ? undefined : names[index]))).toEqual([
      { person: 'a', items: ['a/a_1_1.jpg', 'a/a_1_2.jpg'] }, { person: 'a', items: ['a/a_1_3.jpg', 'a/a_1_4.jpg'] }, { person: 'a', items: ['a/a_2_7.jpg'] },
      { person: 'b', items: ['b/b_1_1.jpg', 'b/b_1_3.jpg'] },
    ])
  })
})

it('the equal error lies where the two kinds of mistake are nearest', () => {
  expect(equalError([2, 3, 4, -1], [-2, -3, 2.5, -4])).toEqual({ rate: 0.25, threshold: expect.closeTo(1 / (1 + Math.exp(-2)), 6) as number })
  expect(equalError([1, 2], [-1, -2]).rate).toBe(0)
})

describe('liveness by folder', async () => {
  const { settings: shipped } = await readManifest(MANIFEST)
  const settings = { ...shipped, livenessMin: 0.5, livenessEarly: 4, framesMax: 3 }
  const face = (log: number, direction = 0): Look => ({
    faces: 1, failure: null, box: null, turn: 0, sharpness: 0.1, liveness: [1 / (1 + Math.exp(-log))], embedding: Float32Array.from([Math.cos(direction), Math.sin(direction)]),
  })
  const none: Look = { faces: 0, failure: 'no face found', box: null, turn: null, sharpness: null, liveness: null, embedding: null }
  const folder = (set: string, looks: Record<string, Look>): LookedAt => {
    const images = Object.keys(looks).map((name) => image(`${name.split('-')[0]}/${name}.jpg`))
    return { set: { name: set, images, ignored: [] } satisfies FaceSet, looks: Object.values(looks) }
  }
  const live = folder('live', {
    'a-1': face(5), 'a-2': face(1), 'a-3': face(1), 'b-1': face(-1), 'b-2': face(1), 'b-3': face(2), 'b-4': none, 'c-1': face(-3), 'c-2': face(-3), 'c-3': face(2),
  })
  const attack = folder('print', { 'a-1': face(4.5), 'a-2': face(-9), 'a-3': face(-9), 'b-1': face(-5), 'b-2': face(-5), 'b-3': none })

  it('counts single pictures, means over bursts, and passages by the gateway\'s rules apart, never one number alone', async () => {
    const report = await livenessReport(live, [attack], 3, settings)
    expect(report.live).toMatchObject({
      set: 'live', pictures: 10, persons: 3, withoutFace: 1, bursts: 3, framesToLive: 2,
      bpcer: { picture: expect.closeTo(3 / 9, 9) as number, burst: expect.closeTo(1 / 3, 9) as number, passage: expect.closeTo(1 / 3, 9) as number },
    })
    expect(report.live.byPerson).toEqual([
      { person: 'a', bursts: 1, burst: 1, passage: 1 }, { person: 'b', bursts: 1, burst: 1, passage: 1 }, { person: 'c', bursts: 1, burst: 0, passage: 0 },
    ])
    // One convincing picture lets a print in at once, though its mean would not.
    expect(report.attacks).toEqual([expect.objectContaining({ set: 'print', withoutFace: 1, bursts: 2, apcer: { picture: 0.2, burst: 0, passage: 0.5 } })])
    expect(report.attacks[0]?.eer.burst.rate).toBe(0)
  })

  it('gives each kind of attack figures of its own', async () => {
    const screens = folder('screen', { 'd-1': face(6), 'd-2': face(6), 'd-3': face(6) })
    const report = await livenessReport(live, [attack, screens], 3, settings)
    expect(report.attacks.map(({ set, apcer }) => [set, apcer.passage])).toEqual([['print', 0.5], ['screen', 1]])
  })
})
