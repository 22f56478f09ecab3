import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

export const MANIFEST = fileURLToPath(new URL('../../../../models/manifest.json', import.meta.url))
if (!existsSync(join(dirname(MANIFEST), 'fr_feature.onnx'))) throw new Error('the models are not built: run `node setup.mjs`, or `npm test`')

const DEMO = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo')

export interface KnownFace {
  readonly sample: number
  /** Middle and height of the face in the sample's pixels. */
  readonly x: number
  readonly y: number
  readonly height: number
}

const at = (sample: number, x: number, y: number, height: number): KnownFace => ({ sample, x, y, height })

/** Every face of the six pictures, marked by eye; nobody else is in them. */
export const KNOWN_FACES: readonly KnownFace[] = [
  at(1, 507, 474, 231), at(1, 931, 537, 231), at(1, 1579, 328, 226),
  at(2, 446, 260, 298), at(2, 977, 353, 226), at(2, 1544, 280, 224),
  at(3, 1188, 356, 287), at(3, 690, 461, 286), at(3, 1596, 434, 265),
  at(4, 1076, 304, 248), at(4, 345, 318, 248), at(4, 756, 192, 246), at(4, 1343, 272, 228),
  at(5, 466, 1021, 293), at(5, 1501, 519, 272), at(5, 686, 544, 256), at(5, 1197, 320, 222), at(5, 873, 217, 206),
  at(6, 761, 475, 311), at(6, 1590, 414, 294), at(6, 1271, 442, 279), at(6, 365, 620, 275),
]

/** Faces turned to the camera, all of different people. */
export const FRONTAL = [6, 7, 8, 13, 14, 18, 19, 20, 21].map((index) => KNOWN_FACES[index] as KnownFace)

export const sampleBytes = (sample: number): Buffer => readFileSync(join(DEMO, `sample${sample}.jpg`))

export interface FrameLook {
  /** Height of the face in the frame. */
  readonly heightPx: number
  /** Middle of the face in the frame. */
  readonly x?: number
  readonly y?: number
  readonly brightness?: number
  readonly blurPx?: number
  readonly quality?: number
}

/** One face with half its height of surroundings, `heightPx` high. Some reach over the sample's upper edge: grey there. */
async function cutOut(face: KnownFace, look: FrameLook): Promise<{ pixels: Buffer; side: number }> {
  const { width, height } = await sharp(sampleBytes(face.sample)).metadata()
  const margin = face.height
  const left = Math.max(0, Math.round(face.x - margin))
  const top = Math.max(0, Math.round(face.y - margin))
  const region = { left, top, width: Math.min(width - left, margin * 2), height: Math.min(height, Math.round(face.y + margin)) - top }
  const side = Math.round(look.heightPx * 2)
  let picture = sharp(sampleBytes(face.sample)).extract(region).resize(side, side, { fit: 'contain', position: 'bottom', background: '#777' })
  if (look.brightness !== undefined) picture = picture.modulate({ brightness: look.brightness })
  if (look.blurPx !== undefined) picture = picture.blur(look.blurPx)
  return { pixels: await picture.png().toBuffer(), side }
}

/** A 1280×720 camera frame with one face on grey. */
export async function frameOf(face: KnownFace, look: FrameLook): Promise<Buffer> {
  const { pixels, side } = await cutOut(face, look)
  return place([{ pixels, side, x: look.x ?? 640, y: look.y ?? 360 }], look.quality)
}

/** A frame with several faces, each at a place of its own. */
export async function crowdOf(faces: ReadonlyArray<{ face: KnownFace; look: FrameLook & { x: number; y: number } }>): Promise<Buffer> {
  const parts = await Promise.all(faces.map(async ({ face, look }) => ({ ...await cutOut(face, look), x: look.x, y: look.y })))
  return place(parts)
}

const FRAME = { width: 1280, height: 720 }

async function place(parts: ReadonlyArray<{ pixels: Buffer; side: number; x: number; y: number }>, quality = 80): Promise<Buffer> {
  const layers = await Promise.all(parts.map(async ({ pixels, side, x, y }) => {
    const [left, top] = [Math.round(x - side / 2), Math.round(y - side / 2)]
    const cut = { left: Math.max(0, -left), top: Math.max(0, -top), width: 0, height: 0 }
    cut.width = Math.min(side - cut.left, FRAME.width - Math.max(0, left))
    cut.height = Math.min(side - cut.top, FRAME.height - Math.max(0, top))
    return { input: await sharp(pixels).extract(cut).png().toBuffer(), left: Math.max(0, left), top: Math.max(0, top) }
  }))
  return sharp({ create: { ...FRAME, channels: 3, background: '#777' } }).composite(layers).jpeg({ quality }).toBuffer()
}

/** A photo for enrolment: the face alone, upright, in good quality. */
export const photoOf = async (face: KnownFace, heightPx = 260): Promise<Buffer> =>
  sharp((await cutOut(face, { heightPx })).pixels).jpeg({ quality: 92 }).toBuffer()

/** Memory of its own, as the engine takes it over. */
export const own = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)
