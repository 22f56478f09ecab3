import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import sharp from 'sharp'
import { FIGURE_MARGIN_HEIGHTS, PORTRAIT_MARGIN_HEIGHTS, type Rect, cutOutRect } from './cut-out.js'
import { FACE_TABLE, type TableFace } from './face-table.js'
import { failSim } from '../errors.js'

/** A person's cut-out: RGB pixels, and where the face stands in it. */
export interface CutOut {
  readonly pixels: Buffer
  readonly width: number
  readonly height: number
  /** The face's rectangle in pixels of the cut-out. */
  readonly face: Rect
}

export interface FaceSource {
  /** @throws AppError SIM_FACE_UNKNOWN */
  cutOut(faceId: string): Promise<CutOut>
  /** Head and shoulders as a JPEG of quality 92, as for an enrolment. @throws AppError SIM_FACE_UNKNOWN */
  photo(faceId: string): Promise<Buffer>
}

/** About 3 MB each; the least recently used one goes first and is cut again when needed. */
const CUT_OUTS_KEPT_MAX = 8

const demoPicture = (picture: number): string =>
  createRequire(import.meta.url).resolve(`@vladmandic/face-api/demo/sample${picture}.jpg`)

const othersOf = (face: TableFace): TableFace[] =>
  FACE_TABLE.filter((other) => other.picture === face.picture && other !== face)

/** Cuts persons out of the demo pictures of `@vladmandic/face-api`; keeps the latest few. */
export function createFaceSource(): FaceSource {
  const kept = new Map<string, Promise<CutOut>>()

  const region = async (faceId: string, marginHeights: number): Promise<{ face: TableFace; rect: Rect; file: Buffer }> => {
    const face = FACE_TABLE.find((known) => known.faceId === faceId)
    if (face === undefined) throw failSim('SIM_FACE_UNKNOWN', { faceId, known: FACE_TABLE.map((known) => known.faceId) })
    const file = await readFile(demoPicture(face.picture))
    const { width, height } = await sharp(file).metadata()
    return { face, rect: cutOutRect(face, othersOf(face), { width, height }, marginHeights), file }
  }
  const extract = (file: Buffer, rect: Rect) =>
    sharp(file).extract({
      left: rect.left, top: rect.top, width: rect.right - rect.left, height: rect.bottom - rect.top,
    })
  const make = async (faceId: string): Promise<CutOut> => {
    const { face, rect, file } = await region(faceId, FIGURE_MARGIN_HEIGHTS)
    const { data, info } = await extract(file, rect).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    const inside = {
      left: face.left - rect.left, top: face.top - rect.top, right: face.right - rect.left, bottom: face.bottom - rect.top,
    }
    return { pixels: data, width: info.width, height: info.height, face: inside }
  }
  return {
    cutOut(faceId) {
      const made = kept.get(faceId) ?? make(faceId)
      kept.delete(faceId)
      kept.set(faceId, made)
      for (const oldest of kept.keys()) {
        if (kept.size <= CUT_OUTS_KEPT_MAX) break
        kept.delete(oldest)
      }
      return made
    },
    async photo(faceId) {
      const { rect, file } = await region(faceId, PORTRAIT_MARGIN_HEIGHTS)
      return extract(file, rect).jpeg({ quality: 92 }).toBuffer()
    },
  }
}
