import { createEmbedder } from '../../gateway/face/embed.js'
import { createLandmarkFinder, type FivePoints } from '../../gateway/face/landmark.js'
import type { Picture, Point } from '../../gateway/face/picture.js'
import type { FaceBox } from '../../gateway/face/types.js'
import type { Recipe } from './recipes.js'
import type { Stages } from './stages.js'

/** Ways to embed a face that were tried beside the shipped ones. They run the shipped stages on other boxes, points and pictures. */
export const EXPERIMENTS = {
  mirror: { says: 'the mirror image alone', embed: ({ embedder }, picture, _box, { five }) => embedder.embed(mirrored(picture), mirroredPoints(five, picture.width)) },
  small: { says: 'face 5 % smaller in the crop', embed: (stages, picture, _box, { five }) => zoomed(stages, 0.95).embed(picture, five) },
  large: { says: 'face 5 % larger in the crop', embed: (stages, picture, _box, { five }) => zoomed(stages, 1.05).embed(picture, five) },
  grey: { says: 'picture without colour', embed: ({ embedder }, picture, _box, { five }) => embedder.embed(grey(picture), five) },
  'landmark-wide': { says: 'landmarks from a crop 10 % wider', embed: (stages, picture, box) => withPoints(stages, picture, () => landmarksAt(stages, 1.1, picture, box)) },
  'landmark-tight': { says: 'landmarks from a crop 10 % tighter', embed: (stages, picture, box) => withPoints(stages, picture, () => landmarksAt(stages, 0.9, picture, box)) },
  'landmark-twice': {
    says: 'landmarks again, from a crop laid around the first',
    embed: (stages, picture, _box, { five }) => withPoints(stages, picture, () => landmarksAt(stages, 1, picture, boxAround(five))),
  },
  'landmark-mirror': {
    says: 'landmarks averaged with those of the mirror image',
    embed: (stages, picture, box, { five }) => withPoints(stages, picture, async () => {
      const turned = { ...box, left: picture.width - box.right, right: picture.width - box.left }
      return meanOf([five, mirroredPoints(await landmarksAt(stages, 1, mirrored(picture), turned), picture.width)])
    }),
  },
  'landmark-seven': {
    says: 'landmarks averaged over seven crops',
    embed: (stages, picture, box, { five }) => withPoints(stages, picture, async () => {
      const all: FivePoints[] = [five]
      for (const scale of [0.93, 1.08]) all.push(await landmarksAt(stages, scale, picture, box))
      for (const [x, y] of [[0.04, 0], [-0.04, 0], [0, 0.04], [0, -0.04]] as const) all.push(await landmarksAt(stages, 1, picture, shifted(box, x, y)))
      return meanOf(all)
    }),
  },
} as const satisfies Record<string, Recipe>

const zoomed = ({ faceNets }: Stages, zoom: number) => {
  const spec = faceNets.manifest.nets.embed
  const [middleX, middleY] = [spec.input.width / 2, spec.input.height / 2]
  return createEmbedder(faceNets.nets.embed, { ...spec, template: spec.template.map(([x = 0, y = 0]) => [middleX + (x - middleX) * zoom, middleY + (y - middleY) * zoom]) })
}

async function withPoints({ embedder }: Stages, picture: Picture, points: () => Promise<FivePoints>): Promise<Float32Array | undefined> {
  return embedder.embed(picture, await points())
}

async function landmarksAt({ faceNets }: Stages, scale: number, picture: Picture, box: FaceBox): Promise<FivePoints> {
  const spec = faceNets.manifest.nets.landmark
  return (await createLandmarkFinder(faceNets.nets.landmark, { ...spec, cropScale: spec.cropScale * scale }).find(picture, box)).five
}

const shifted = (box: FaceBox, x: number, y: number): FaceBox => {
  const height = box.bottom - box.top
  return { ...box, left: box.left + x * height, right: box.right + x * height, top: box.top + y * height, bottom: box.bottom + y * height }
}

/** Height of the detector's box in distances from eyes to mouth, and how far its middle lies below theirs: medians on LFW. */
const BOX_HEIGHT = 2.89
const BOX_BELOW = -0.21

function boxAround([leftEye, rightEye, , leftMouth, rightMouth]: FivePoints): FaceBox {
  const eyes = middle(leftEye, rightEye)
  const mouth = middle(leftMouth, rightMouth)
  const half = (Math.hypot(mouth.x - eyes.x, mouth.y - eyes.y) * BOX_HEIGHT) / 2
  const centre = { x: (eyes.x + mouth.x) / 2 + (mouth.x - eyes.x) * BOX_BELOW, y: (eyes.y + mouth.y) / 2 + (mouth.y - eyes.y) * BOX_BELOW }
  return { left: centre.x - half, right: centre.x + half, top: centre.y - half, bottom: centre.y + half, score: 1 }
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })

function meanOf(all: readonly FivePoints[]): FivePoints {
  const mean = (index: number, axis: 'x' | 'y'): number => all.reduce((sum, five) => sum + (five[index] as Point)[axis], 0) / all.length
  return [0, 1, 2, 3, 4].map((index) => ({ x: mean(index, 'x'), y: mean(index, 'y') })) as unknown as FivePoints
}

/** Left and right change places. Points are in pixel indices. */
function mirroredPoints([leftEye, rightEye, nose, leftMouth, rightMouth]: FivePoints, width: number): FivePoints {
  const turned = ({ x, y }: Point): Point => ({ x: width - 1 - x, y })
  return [turned(rightEye), turned(leftEye), turned(nose), turned(rightMouth), turned(leftMouth)]
}

function mirrored({ data, width, height }: Picture): Picture {
  const out = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out.set(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3), (y * width + width - 1 - x) * 3)
  }
  return { data: out, width, height }
}

function grey({ data, width, height }: Picture): Picture {
  const out = new Uint8Array(width * height * 3)
  for (let i = 0; i < out.length; i += 3) {
    out.fill(Math.round(0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number)), i, i + 3)
  }
  return { data: out, width, height }
}
