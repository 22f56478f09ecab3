import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '#kernel/limits.js'
import type { RandomSource } from '#kernel/random.js'
import { failSim } from '../errors.js'
import { FACE_TABLE } from './face-table.js'
import type { PassageCache } from './passage-cache.js'
import { type PassagePlan, textSeed } from './passage.js'

/** What stands before one camera, frame by frame. */
export interface FrameShow {
  /** The next JPEG, at once. */
  next(): Buffer
}

/** Who walks past a camera. Faces by their names in the face table. */
export interface Cast {
  readonly residents: readonly string[]
  readonly strangers: readonly string[]
  /** Share of passages, 0 to 1, by a stranger, and of two persons side by side. */
  readonly strangerShare: number
  readonly groupShare: number
}

export const DEFAULT_CAST: Cast = {
  residents: FACE_TABLE.filter((face) => face.enrollable).map((face) => face.faceId),
  strangers: FACE_TABLE.filter((face) => !face.enrollable).map((face) => face.faceId),
  strangerShare: 0.15,
  groupShare: 0.05,
}

/** Few, so that the cameras of one process share their rendered passages. */
const SCENES = 2
const GAP_SECONDS = [1.5, 5] as const
/** Before the first passage: whoever looks on wants to see something. */
const FIRST_GAP_SECONDS = 0.5

const pick = <T>(random: RandomSource, from: readonly T[]): T | undefined => from[Math.floor(random.float() * from.length)]

/** Draws the next passage: mostly a resident alone, sometimes a stranger, sometimes two persons. */
export function drawPlan(random: RandomSource, cast: Cast, scene: number, variants: number): PassagePlan {
  const variant = Math.floor(random.float() * variants)
  const isStranger = random.float() < cast.strangerShare || cast.residents.length === 0
  const isGroup = random.float() < cast.groupShare
  const first = pick(random, isStranger && cast.strangers.length > 0 ? cast.strangers : cast.residents)
  if (first === undefined) return { faceIds: [], scene, variant: 0 }
  if (!isGroup) return { faceIds: [first], scene, variant }
  const everyone = [...cast.residents, ...cast.strangers].filter((faceId) => faceId !== first)
  const second = everyone[textSeed(first) % Math.max(1, everyone.length)]
  return { faceIds: second === undefined ? [first] : [first, second], scene, variant: 0 }
}

interface ShowDeps {
  readonly cache: PassageCache
  readonly random: RandomSource
  readonly cast: Cast
  readonly fps: number
  /** Different passages of one person before one scene. */
  readonly variants: number
  /** Told of a passage that could not be rendered; nobody comes then. */
  readonly onError: (error: unknown) => void
}

/**
 * Passages with empty frames between them. The next passage is rendered during the gap; where it is not ready in time
 * a resident's comes that was rendered before, else the gap goes on: the camera never waits for its pictures.
 */
export async function createPassageShow(deps: ShowDeps): Promise<FrameShow> {
  const { cache, random, cast, fps } = deps
  const scene = Math.floor(random.float() * SCENES)
  const empty = await cache.frames({ faceIds: [], scene, variant: 0 }, fps)
  let passage: readonly Buffer[] = []
  let shown = 0
  let gapFrames = 0
  let emptyShown = 0
  let wanted: readonly Buffer[] | undefined

  const rest = (gapSeconds: number): void => void (gapFrames = Math.max(1, Math.round(gapSeconds * fps)))
  const prepare = (): void => {
    cache.frames(drawPlan(random, cast, scene, deps.variants), fps).then((frames) => (wanted = frames), (error: unknown) => {
      deps.onError(error)
      wanted = []
    })
  }
  const instead = (): readonly Buffer[] | undefined => {
    const known = cast.residents.map((faceId) => cache.ready({ faceIds: [faceId], scene, variant: 0 }, fps))
    return pick(random, known.filter((frames) => frames !== undefined))
  }
  const begin = (): void => {
    const next = wanted ?? instead()
    if (next === undefined) return
    passage = next
    shown = 0
    rest(GAP_SECONDS[0] + random.float() * (GAP_SECONDS[1] - GAP_SECONDS[0]))
    if (wanted === undefined) return
    wanted = undefined
    prepare()
  }
  rest(FIRST_GAP_SECONDS)
  prepare()
  return {
    next() {
      if (shown >= passage.length && gapFrames <= 0) begin()
      const frame = passage[shown++]
      if (frame !== undefined) return frame
      gapFrames -= 1
      return empty[emptyShown++ % empty.length] as Buffer
    },
  }
}

const isJpeg = (bytes: Buffer): boolean => bytes.length > 3 && bytes.readUInt16BE(0) === 0xffd8 && bytes[2] === 0xff

/** They are all held in memory. */
const FOLDER_FILES_MAX = 1_000

/**
 * Shows the JPEG files of a folder over and over, in the order of their names.
 * @throws AppError SIM_FRAMES where there is none or too many, or one is no JPEG or larger than a frame may be
 */
export async function createFolderShow(folder: string): Promise<FrameShow> {
  const listed = await readdir(folder).catch((cause: unknown) => {
    throw failSim('SIM_FRAMES', { folder }, cause)
  })
  const names = listed.filter((name) => /\.jpe?g$/i.test(name)).sort()
  if (names.length > FOLDER_FILES_MAX) throw failSim('SIM_FRAMES', { folder, reason: `more than ${FOLDER_FILES_MAX} files` })
  const frames: Buffer[] = []
  for (const name of names) {
    const bytes = await readFile(join(folder, name))
    if (!isJpeg(bytes)) throw failSim('SIM_FRAMES', { folder, file: name, reason: 'not a JPEG' })
    if (bytes.length > LIMITS.frameBytesMax - 2_048) {
      throw failSim('SIM_FRAMES', { folder, file: name, reason: `more than ${LIMITS.frameBytesMax - 2_048} bytes` })
    }
    frames.push(bytes)
  }
  if (frames.length === 0) throw failSim('SIM_FRAMES', { folder, reason: 'no .jpg or .jpeg file' })
  let shown = 0
  return { next: () => frames[shown++ % frames.length] as Buffer }
}
