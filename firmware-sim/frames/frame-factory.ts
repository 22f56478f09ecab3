import sharp from 'sharp'
import { seededRandom } from '#kernel/random.js'
import type { CutOut, FaceSource } from './face-source.js'
import { type Exposure, type Light, type Placed, blend, expose, exposureOf, noiseTable } from './pixels.js'
import { FRAME_HEIGHT, FRAME_WIDTH, renderScene } from './scene.js'

export { FRAME_HEIGHT, FRAME_WIDTH }

/** Someone in the picture: where the face's centre is (0 to 1 of the frame) and its height in pixels. */
export interface Figure {
  readonly faceId: string
  readonly x: number
  readonly y: number
  readonly faceHeightPx: number
  /** Gaussian blur in pixels: bad focus or motion; below 0.3 none. */
  readonly blurSigma: number
}

export interface FrameSpec {
  /** Number of the scene: one camera always looks at the same. */
  readonly scene: number
  /** Farther ones first: later ones stand before them. Empty for an empty picture. */
  readonly figures: readonly Figure[]
  readonly light: Light
  /** JPEG quality, 1 to 100. */
  readonly quality: number
  /** Of the background's noise: frames that share it, with the same scene and light, are cheaper. */
  readonly backgroundSeed: number
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
  const scaled = sharp(cutOut.pixels, { raw: { width: cutOut.width, height: cutOut.height, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: scale < 1 ? 'lanczos3' : 'cubic' })
  const centreX = ((cutOut.face.left + cutOut.face.right) / 2) * scale
  const centreY = ((cutOut.face.top + cutOut.face.bottom) / 2) * scale
  return {
    pixels: await (figure.blurSigma >= 0.3 ? scaled.blur(figure.blurSigma) : scaled).raw().toBuffer(), width, height,
    left: Math.round(figure.x * FRAME_WIDTH - centreX), top: Math.round(figure.y * FRAME_HEIGHT - centreY),
  }
}

/** Exposed backgrounds kept, 2.8 MB each: a passage uses two. */
const BACKGROUNDS_KEPT = 4

interface Background {
  readonly exposure: Exposure
  readonly pixels: Uint8ClampedArray
}

/**
 * Makes camera frames from cut-outs of real photographs over drawn entrances. Frames themselves are not kept
 * (see `createPassageCache`).
 */
export function createFrameFactory(deps: { faces: FaceSource }): FrameFactory {
  const scenes = new Map<number, Promise<Buffer>>()
  const backgrounds = new Map<string, Background>()
  const noise = noiseTable(seededRandom(0x5ce9e))
  const size = { width: FRAME_WIDTH, height: FRAME_HEIGHT }

  const backgroundOf = async ({ scene, light, backgroundSeed }: FrameSpec): Promise<Background> => {
    const key = `${scene} ${light.gain} ${light.noiseSigma} ${backgroundSeed}`
    const kept = backgrounds.get(key)
    if (kept !== undefined) return kept
    const drawn = scenes.get(scene) ?? renderScene(seededRandom(scene))
    scenes.set(scene, drawn)
    const pixels = new Uint8ClampedArray(await drawn)
    const exposure = exposureOf(light, noise)
    expose(pixels, exposure, backgroundSeed)
    for (const oldest of backgrounds.keys()) if (backgrounds.size >= BACKGROUNDS_KEPT) backgrounds.delete(oldest)
    backgrounds.set(key, { exposure, pixels })
    return { exposure, pixels }
  }
  return {
    async render(spec) {
      const background = await backgroundOf(spec)
      const frame = background.pixels.slice()
      for (const figure of spec.figures) {
        blend(frame, size, await place(await deps.faces.cutOut(figure.faceId), figure), background.exposure, spec.seed)
      }
      return sharp(frame, { raw: { ...size, channels: 3 } }).jpeg({ quality: spec.quality, optimiseCoding: false }).toBuffer()
    },
  }
}
