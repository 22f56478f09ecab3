import sharp from 'sharp'
import { type RandomSource, seededRandom } from '#kernel/random.js'
import type { CutOut, FaceSource } from './face-source.js'
import { type Light, type Placed, blend, expose, noiseTable } from './pixels.js'
import { FRAME_HEIGHT, FRAME_WIDTH, renderScene } from './scene.js'

export { FRAME_HEIGHT, FRAME_WIDTH }

/** Someone in the picture: where the face's centre is (0 to 1 of the frame) and its height in pixels. */
export interface Figure {
  readonly faceId: string
  readonly x: number
  readonly y: number
  readonly faceHeightPx: number
}

export interface FrameSpec {
  /** Number of the scene: one camera always looks at the same. */
  readonly scene: number
  /** Farther ones first: later ones stand before them. Empty for an empty picture. */
  readonly figures: readonly Figure[]
  readonly light: Light
  /** Gaussian blur in pixels: bad focus or motion; below 0.3 none. */
  readonly blurSigma: number
  /** JPEG quality, 1 to 100. */
  readonly quality: number
  readonly seed: number
}

export interface FrameFactory {
  /** A 1280×720 JPEG; the same spec gives the same bytes. */
  render(spec: FrameSpec): Promise<Buffer>
}

/** Scales a cut-out so that its face has the wanted height, and says where its corner goes. */
async function place(cutOut: CutOut, figure: Figure): Promise<Placed> {
  const scale = figure.faceHeightPx / (cutOut.face.bottom - cutOut.face.top)
  const width = Math.max(1, Math.round(cutOut.width * scale))
  const height = Math.max(1, Math.round(cutOut.height * scale))
  const pixels = await sharp(cutOut.pixels, { raw: { width: cutOut.width, height: cutOut.height, channels: 4 } })
    .resize(width, height, { fit: 'fill', kernel: scale < 1 ? 'lanczos3' : 'cubic' }).raw().toBuffer()
  const centreX = ((cutOut.face.left + cutOut.face.right) / 2) * scale
  const centreY = ((cutOut.face.top + cutOut.face.bottom) / 2) * scale
  return {
    pixels, width, height,
    left: Math.round(figure.x * FRAME_WIDTH - centreX), top: Math.round(figure.y * FRAME_HEIGHT - centreY),
  }
}

/**
 * Makes camera frames from cut-outs of real photographs over drawn entrances. Scenes are drawn once; nothing else is
 * kept (see `createFrameCache`).
 */
export function createFrameFactory(deps: { faces: FaceSource }): FrameFactory {
  const scenes = new Map<number, Promise<Buffer>>()
  const noise = noiseTable(seededRandom(0x5ce9e))
  const sceneOf = (scene: number): Promise<Buffer> => {
    let drawn = scenes.get(scene)
    if (drawn === undefined) scenes.set(scene, (drawn = renderScene(seededRandom(scene))))
    return drawn
  }
  return {
    async render(spec) {
      const random: RandomSource = seededRandom(spec.seed)
      const frame = Buffer.from(await sceneOf(spec.scene))
      for (const figure of spec.figures) {
        blend(frame, FRAME_WIDTH, FRAME_HEIGHT, await place(await deps.faces.cutOut(figure.faceId), figure))
      }
      expose(frame, spec.light, noise, Math.floor(random.float() * noise.length))
      const image = sharp(frame, { raw: { width: FRAME_WIDTH, height: FRAME_HEIGHT, channels: 3 } })
      return (spec.blurSigma >= 0.3 ? image.blur(spec.blurSigma) : image).jpeg({ quality: spec.quality }).toBuffer()
    },
  }
}
