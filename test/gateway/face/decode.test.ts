import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { createDecoder } from '../../../gateway/face/decode.js'
import { readJpegHeader } from '../../../gateway/face/jpeg-header.js'
import { upright } from '../../../gateway/face/orientation.js'
import type { Picture } from '../../../gateway/face/picture.js'
import { sampleBytes } from './support/demo-faces.js'

const small = (width = 96, height = 64) => sharp(sampleBytes(1)).resize(width, height, { fit: 'fill' })

function valueOf(result: Awaited<ReturnType<ReturnType<typeof createDecoder>['photo']>>): Picture {
  if (!result.ok) throw new Error(result.error)
  return result.value
}

const meanDifference = (a: Uint8Array, b: Uint8Array): number => a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 1e9)), 0) / a.length

/** A JPEG's bytes with another size in its frame header. */
function withSize(bytes: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(bytes)
  const frame = changed.findIndex((value, i) => value === 0xff && [0xc0, 0xc2].includes(changed[i + 1] ?? 0))
  changed.writeUInt16BE(height, frame + 5)
  changed.writeUInt16BE(width, frame + 7)
  return changed
}

describe('frames', () => {
  it('gives the pixels of a JPEG, grey and progressive ones too', async () => {
    const decoder = createDecoder()
    const plain = await small().raw().toBuffer()
    for (const bytes of [await small().jpeg({ quality: 95 }).toBuffer(), await small().jpeg({ quality: 95, progressive: true }).toBuffer()]) {
      const { data, width, height } = valueOf(decoder.frame(bytes))
      expect([width, height, data.length]).toEqual([96, 64, 96 * 64 * 3])
      expect(meanDifference(data, plain)).toBeLessThan(4)
    }
    const grey = valueOf(decoder.frame(await small().greyscale().toColourspace('b-w').jpeg().toBuffer()))
    for (let i = 0; i < grey.data.length; i += 3) expect([grey.data[i + 1], grey.data[i + 2]]).toEqual([grey.data[i], grey.data[i]])
  })

  it('reuses its memory, and a smaller picture does not see the larger one before it', async () => {
    const decoder = createDecoder()
    const large = valueOf(decoder.frame(await small(200, 100).jpeg().toBuffer()))
    const next = valueOf(decoder.frame(await small(100, 50).jpeg().toBuffer()))
    expect(next.data.buffer).toBe(large.data.buffer)
    expect(next.data.length).toBe(100 * 50 * 3)
  })

  it.each([
    ['65500×65500 in the header', async () => withSize(await small().jpeg().toBuffer(), 65_500, 65_500), '65500×65500 pixels'],
    ['larger than any camera sends', async () => withSize(await small().jpeg().toBuffer(), 4_097, 2_161), '4097×2161 pixels'],
    ['a size of nothing', async () => withSize(await small().jpeg().toBuffer(), 0, 64), 'not a JPEG'],
    ['a size that the data do not fill', async () => withSize(await small().jpeg().toBuffer(), 2_000, 1_000), 'a damaged JPEG'],
    ['a PNG', async () => small().png().toBuffer(), 'not a JPEG'],
    ['CMYK', async () => small().toColourspace('cmyk').jpeg().toBuffer(), 'CMYK'],
    ['data after half of which nothing comes', async () => (await small().jpeg().toBuffer()).subarray(0, 700), 'JPEG'],
  ])('refuses %s', async (_, bytes, words) => {
    const result = createDecoder().frame(await bytes())
    expect(result.ok ? 'accepted' : result.error).toContain(words)
  })

  it('refuses a file of very many scans before working through them', async () => {
    const bytes = await small().jpeg({ progressive: true }).toBuffer()
    const firstScan = bytes.indexOf(Buffer.from([0xff, 0xda]))
    const bomb = Buffer.concat([bytes.subarray(0, -2), ...Array.from({ length: 40 }, () => bytes.subarray(firstScan, -2)), bytes.subarray(-2)])
    const result = createDecoder().frame(bomb)
    expect(result.ok ? 'accepted' : result.error).toMatch(/scans, at most 32/)
    expect(readJpegHeader(bytes)?.scans).toBeLessThanOrEqual(12)
  })

  it('never throws on damaged bytes, whatever is damaged', async () => {
    const decoder = createDecoder()
    const whole = await small().withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const random = seededRandom(20_260_105)
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(whole)
      for (let i = 0; i <= random.float() * 6; i++) bytes[Math.floor(random.float() * (round % 2 === 0 ? 700 : bytes.length))] = Math.floor(random.float() * 256)
      const cut = bytes.subarray(0, round % 3 === 0 ? Math.floor(random.float() * bytes.length) : bytes.length)
      const result = decoder.frame(cut)
      if (result.ok) expect(result.value.data.length).toBe(result.value.width * result.value.height * 3)
    }
  })
})

describe('photos', () => {
  it('gives the same picture for a JPEG as a frame does', async () => {
    const bytes = await small().jpeg().toBuffer()
    const decoder = createDecoder()
    expect(Buffer.compare(valueOf(await decoder.photo(bytes)).data, valueOf(decoder.frame(bytes)).data)).toBe(0)
  })

  it('gives the very pixels of a PNG, without its transparency', async () => {
    const plain = await small().raw().toBuffer()
    expect(meanDifference(valueOf(await createDecoder().photo(await small().png().toBuffer())).data, plain)).toBe(0)
    const veil = await sharp({ create: { width: 20, height: 10, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } }).png().toBuffer()
    const { data } = valueOf(await createDecoder().photo(veil))
    expect([...data.subarray(0, 3), data.length]).toEqual([128, 128, 128, 600])
  })

  it.each([
    ['WebP', () => small().webp({ lossless: true }).toBuffer()],
    ['16-bit PNG', () => small().toColourspace('rgb16').png().toBuffer()],
    ['CMYK JPEG', () => small().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()],
  ])('reads %s', async (_, bytes) => {
    const picture = valueOf(await createDecoder().photo(await bytes()))
    expect([picture.width, picture.height]).toEqual([96, 64])
    expect(meanDifference(picture.data, await small().raw().toBuffer())).toBeLessThan(12)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('shows EXIF orientation %i upright', async (orientation) => {
    const bytes = await small().withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer()
    const expected = await sharp(bytes).autoOrient().raw().toBuffer({ resolveWithObject: true })
    for (const picture of [valueOf(await createDecoder().photo(bytes)), valueOf(createDecoder().frame(bytes))]) {
      expect([picture.width, picture.height]).toEqual([expected.info.width, expected.info.height])
      expect(meanDifference(picture.data, expected.data)).toBeLessThan(2)
    }
  })

  it('moves pixels and changes none when it turns', () => {
    const picture = { data: Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => i), width: 5, height: 3 }
    for (let orientation = 1; orientation <= 8; orientation++) {
      const { data, width, height } = upright(picture, orientation)
      expect(width * height).toBe(15)
      expect([...data].toSorted((a, b) => a - b)).toEqual([...picture.data])
    }
  })

  it.each([
    ['text', () => Buffer.from('this is no picture at all'), 'neither JPEG nor PNG nor WebP'],
    ['nothing', () => Buffer.alloc(0), 'neither JPEG nor PNG nor WebP'],
    ['SVG, which could name other files', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>'), 'neither JPEG nor PNG nor WebP'],
    ['a cut PNG', async () => (await small().png().toBuffer()).subarray(0, 900), 'a damaged picture'],
    ['a JPEG of 70 million pixels', async () => withSize(await small().jpeg().toBuffer(), 10_000, 7_000), '10000×7000 pixels, at most 40000000'],
    ['a PNG of 44 million pixels', () => sharp({ create: { width: 11_000, height: 4_000, channels: 3, background: '#000' } }).png().toBuffer(), '11000×4000 pixels, at most 40000000'],
  ])('refuses %s', async (_, bytes, words) => {
    const result = await createDecoder().photo(await bytes())
    expect(result.ok ? 'accepted' : result.error).toContain(words)
  })
})
