import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFaceSet } from '../../../models/eval/face-set.js'
import { openLookCache } from '../../../models/eval/look-cache.js'
import type { Look } from '../../../models/eval/look.js'
import { paddingOf, parsePadding, withBorder } from '../../../models/eval/padding.js'
import { createProgress } from '../../../models/eval/progress.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

describe('set of pictures', () => {
  it('is listed by person and name; other files are told and left alone', async () => {
    const root = join(tempDir(), 'set')
    for (const person of ['b', 'a']) mkdirSync(join(root, person), { recursive: true })
    for (const file of ['a/2.jpg', 'a/10.JPEG', 'b/1.png', 'b/Thumbs.db', 'loose.jpg']) writeFileSync(join(root, file), 'x')
    const set = await readFaceSet(root)
    expect(set.name).toBe('set')
    expect(set.images.map(({ person, name }) => [person, name])).toEqual([['a', 'a/10.JPEG'], ['a', 'a/2.jpg'], ['b', 'b/1.png']])
    expect(set.ignored).toEqual(['b/Thumbs.db'])
  })

  it('that is absent or empty is refused by its name', async () => {
    const root = tempDir()
    await expect(readFaceSet(root)).rejects.toMatchObject({ code: 'MD_SET', details: { folder: root } })
    await expect(readFaceSet(join(root, 'none'))).rejects.toMatchObject({ code: 'MD_SET', details: { folder: join(root, 'none') } })
  })
})

describe('border', () => {
  it('is read as pixels, as a part, or decided by the size', () => {
    const size = { width: 150, height: 200 }
    expect(paddingOf(parsePadding('auto'), size)).toBe(50)
    expect(paddingOf(parsePadding('auto'), { width: 640, height: 480 })).toBe(0)
    expect(paddingOf(parsePadding('25%'), size)).toBe(38)
    expect(paddingOf(parsePadding('12'), size)).toBe(12)
    for (const bad of ['', '-1', '1.5', '201%', '2001', 'much']) expect(() => parsePadding(bad)).toThrow(expect.objectContaining({ code: 'MD_USAGE' }))
  })

  it('is black, with the picture in the middle, byte for byte', () => {
    const picture = { data: Uint8Array.from([1, 2, 3, 4, 5, 6]), width: 2, height: 1 }
    const row = (...bytes: number[]): number[] => bytes
    expect(withBorder(picture, 1)).toEqual({
      width: 4, height: 3,
      data: Uint8Array.from([...new Array<number>(12).fill(0), ...row(0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0), ...new Array<number>(12).fill(0)]),
    })
    expect(withBorder(picture, 0)).toBe(picture)
  })
})

describe('kept looks', () => {
  const look = (value: number): Look => ({
    faces: 1, failure: null, box: { left: 1, top: 2, right: 3, bottom: 4, score: 0.9 }, liveness: [0.5, 0.25], turn: 0.1, sharpness: 0.2, embedding: Float32Array.from([value, Math.fround(0.1)]),
  })
  const nothing: Look = { faces: 0, failure: 'no face found', box: null, liveness: null, turn: null, sharpness: null, embedding: null }

  it('come back bit for bit', () => {
    const path = join(tempDir(), 'deep/cache.ndjson')
    const first = openLookCache(path)
    first.put('a', look(1 / 3))
    first.put('b', nothing)
    const again = openLookCache(path)
    expect(again.size).toBe(2)
    expect(again.get('a')).toEqual(look(1 / 3))
    expect(again.get('b')).toEqual(nothing)
    expect(again.get('c')).toBeUndefined()
  })

  it('a line that was cut off when the run ended is dropped, and the next is whole', () => {
    const path = join(tempDir(), 'cache.ndjson')
    openLookCache(path).put('a', look(1))
    appendFileSync(path, readFileSync(path).subarray(0, 40))
    const again = openLookCache(path)
    expect(again.size).toBe(1)
    again.put('b', look(2))
    expect([...['a', 'b'].map((image) => openLookCache(path).get(image)?.embedding?.[0])]).toEqual([1, 2])
  })
})

describe('progress', () => {
  const rig = (isTTY: boolean) => {
    const clock = createVirtualClock()
    const written: string[] = []
    const progress = createProgress({ out: { isTTY, write: (text: string | Uint8Array) => written.push(String(text)) > 0 }, clock, what: 'faces', total: 10 })
    return { clock, written, progress }
  }

  it('is a bar that is drawn over itself on a terminal', () => {
    const { clock, written, progress } = rig(true)
    progress.at(1)
    clock.advance(1_000)
    progress.at(5)
    progress.at(6)
    progress.end()
    expect(written).toHaveLength(4)
    expect(written[1]).toMatch(/^\r\x1b\[2Kfaces \[█{14}·{14}\] 5\/10, 2 s left$/)
    expect(written.at(-1)).toBe('\n')
  })

  it('is a line now and then elsewhere', () => {
    const { clock, written, progress } = rig(false)
    for (let done = 3; done <= 8; done++) {
      progress.at(done)
      clock.advance(4_000)
    }
    progress.end()
    expect(written).toEqual(['faces 3/10\n', 'faces 6/10, 16 s left\n', 'faces 8/10, 10 s left\n'])
  })
})
