import sharp from 'sharp'
import { createFaceSource } from '../../firmware-sim/frames/face-source.js'

export interface FrameSize {
  readonly width: number
  readonly height: number
  /** Height of the face in the frame. */
  readonly faceHeightPx: number
}

export const FRAME_SIZES: readonly FrameSize[] = [
  { width: 640, height: 480, faceHeightPx: 150 }, { width: 1_280, height: 720, faceHeightPx: 220 }, { width: 1_920, height: 1_080, faceHeightPx: 320 },
]

/** Grain of a wall in a camera's picture: with it the JPEGs are as large as those of cameras (60 to 250 KB at quality 80). */
const GRAIN_SIGMA = 6

const faces = createFaceSource()

/** A camera's JPEG with one person before a grainy wall, or the wall alone. */
export async function cameraFrame(faceId: string | null, { width, height, faceHeightPx }: FrameSize): Promise<Buffer> {
  const wall = sharp({ create: { width, height, channels: 3, background: '#969ca0', noise: { type: 'gaussian', mean: 150, sigma: GRAIN_SIGMA } } })
  if (faceId === null) return wall.jpeg({ quality: 80 }).toBuffer()
  const cut = await faces.cutOut(faceId)
  const scale = faceHeightPx / (cut.face.bottom - cut.face.top)
  const size = { width: Math.min(width, Math.round(cut.width * scale)), height: Math.min(height, Math.round(cut.height * scale)) }
  const person = await sharp(cut.pixels, { raw: { width: cut.width, height: cut.height, channels: 3 } }).resize({ ...size, fit: 'cover' }).png().toBuffer()
  return wall.composite([{ input: person, gravity: 'centre' }]).jpeg({ quality: 80 }).toBuffer()
}
