import sharp from 'sharp'
import { seededRandom } from '#kernel/random.js'
import { FRAME_SIZES, cameraFrame, type FrameSize } from './face-frames.js'

/** Bytes that no well-kept camera sends, and what must come of them. */
export interface BadPicture {
  readonly name: string
  readonly bytes: Uint8Array
  /**
   * `undecodable`: no picture can come of it. `any`: damage that may leave a picture, so that any outcome but a failure
   * will do. `seen`: unusual, yet a proper picture: it must be looked at.
   */
  readonly expect: 'undecodable' | 'any' | 'seen'
}

/** A JPEG's bytes with another size in its frame header. */
function withSize(bytes: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(bytes)
  const frame = changed.findIndex((value, i) => value === 0xff && [0xc0, 0xc2].includes(changed[i + 1] ?? 0))
  changed.writeUInt16BE(height, frame + 5)
  changed.writeUInt16BE(width, frame + 7)
  return changed
}

const SMALL: FrameSize = { width: 320, height: 240, faceHeightPx: 120 }

/** Pictures that are mutated: of several sizes and codings, each with a face. */
async function seeds(): Promise<Buffer[]> {
  const whole = await cameraFrame('s1-a', SMALL)
  return [
    whole, await cameraFrame('s3-a', FRAME_SIZES[0] as FrameSize),
    await sharp(whole).jpeg({ progressive: true }).toBuffer(),
    await sharp(whole).jpeg({ chromaSubsampling: '4:4:4' }).withMetadata({ orientation: 6 }).toBuffer(),
    await sharp(whole).greyscale().toColourspace('b-w').jpeg().toBuffer(),
  ]
}

/** The kinds of bad input that have a name. */
export async function namedCases(): Promise<BadPicture[]> {
  const whole = await cameraFrame('s1-a', SMALL)
  const picture = sharp(whole)
  const random = seededRandom(7)
  const bad = (name: string, bytes: Uint8Array, expect: BadPicture['expect'] = 'undecodable'): BadPicture => ({ name, bytes, expect })
  return [
    bad('zero bytes', new Uint8Array(0)),
    bad('one byte', Uint8Array.of(0xff)),
    bad('a start of image and nothing else', Uint8Array.of(0xff, 0xd8)),
    bad('random bytes', random.bytes(60_000)),
    bad('random bytes behind a start of image', Buffer.concat([Buffer.of(0xff, 0xd8, 0xff), random.bytes(60_000)])),
    bad('cut in its header', whole.subarray(0, 200)),
    bad('cut in half', whole.subarray(0, whole.length >> 1)),
    bad('20 000×20 000 in the header', withSize(whole, 20_000, 20_000)),
    bad('65 535×65 535 in the header', withSize(whole, 65_535, 65_535)),
    bad('a size that its data do not fill', withSize(whole, 3_000, 2_000)),
    bad('CMYK', await picture.clone().toColourspace('cmyk').jpeg().toBuffer()),
    bad('a PNG named jpg', await picture.clone().png().toBuffer()),
    bad('a WebP named jpg', await picture.clone().webp().toBuffer()),
    bad('text', Buffer.from('<html>not found</html>'.repeat(50))),
    bad('progressive', await picture.clone().jpeg({ progressive: true }).toBuffer(), 'seen'),
    bad('grey', await picture.clone().greyscale().toColourspace('b-w').jpeg().toBuffer(), 'seen'),
    bad('8×8 pixels', await picture.clone().resize(8, 8).jpeg().toBuffer(), 'seen'),
    bad('4096 pixels by 2', await picture.clone().resize(4_096, 2, { fit: 'fill' }).jpeg().toBuffer(), 'seen'),
  ]
}

/** `count` cases from one seed, the same ones each time: real JPEGs with bytes changed, removed, doubled or cut off, and noise. */
export async function* mutations(count: number, seed: number): AsyncGenerator<BadPicture> {
  const sources = await seeds()
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random.float() * limit)
  const kinds: Record<string, (source: Buffer) => Buffer> = {
    'bytes changed': (source) => {
      const bytes = Buffer.from(source)
      for (let i = below(20); i >= 0; i--) bytes[below(bytes.length)] = below(256)
      return bytes
    },
    'header bytes changed': (source) => {
      const bytes = Buffer.from(source)
      for (let i = below(6); i >= 0; i--) bytes[2 + below(700)] = below(256)
      return bytes
    },
    'cut off': (source) => source.subarray(0, below(source.length)),
    'a piece missing': (source) => {
      const from = below(source.length)
      return Buffer.concat([source.subarray(0, from), source.subarray(Math.min(source.length, from + 1 + below(2_000)))])
    },
    'a piece doubled': (source) => {
      const from = below(source.length)
      return Buffer.concat([source.subarray(0, from), source.subarray(from, from + below(2_000)), source.subarray(from)])
    },
    'another size': (source) => withSize(source, below(65_536), below(65_536)),
    'two pictures in one': (source) => Buffer.concat([source.subarray(0, below(source.length)), sources[below(sources.length)] as Buffer]),
    'noise': () => Buffer.from(random.bytes(below(20_000))),
  }
  const names = Object.keys(kinds)
  for (let index = 0; index < count; index++) {
    const name = names[index % names.length] as string
    const bytes = (kinds[name] as (source: Buffer) => Buffer)(sources[below(sources.length)] as Buffer)
    yield { name: `${name}, case ${index} of seed ${seed}`, bytes, expect: name === 'noise' ? 'undecodable' : 'any' }
  }
}
