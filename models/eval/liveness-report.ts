import type { FaceSettings } from '../../gateway/face/manifest-schema.js'
import { passageStep } from '../../gateway/face/passage-step.js'
import { NO_MEMORY, livenessNeed, logOddsOf, type FaceMemory } from '../../gateway/face/track.js'
import { burstsOf } from './bursts.js'
import type { FaceSet } from './face-set.js'
import type { Look } from './look.js'

/** What one folder, of live faces or of one kind of attack, was taken for. */
export interface LivenessFigures {
  readonly set: string
  readonly pictures: number
  readonly persons: number
  /** Pictures without a face: no attack by them succeeds, no live person is seen by them. Left out of all that follows. */
  readonly withoutFace: number
  /** Part that was taken for live: single pictures, means over bursts, passages through the gateway's own rules. */
  readonly live: { readonly picture: number; readonly burst: number; readonly passage: number }
  readonly bursts: number
  readonly byPerson: ReadonlyArray<{ readonly person: string; readonly bursts: number; readonly burst: number; readonly passage: number }>
  /** Pictures that a passage that was let in had taken, on average. */
  readonly framesToLive: number | null
}

export interface LivenessReport {
  readonly frames: number
  readonly livenessMin: number
  readonly livenessEarly: number
  readonly live: LivenessFigures & { /** Live persons not taken for live. */ readonly bpcer: LivenessFigures['live'] }
  /** APCER: attacks taken for live, by folder. @see ISO/IEC 30107-3 */
  readonly attacks: ReadonlyArray<LivenessFigures & {
    readonly apcer: LivenessFigures['live']
    /** Threshold at which as many live as attack bursts are taken for the other; of pictures likewise. */
    readonly eer: { readonly picture: EqualError; readonly burst: EqualError }
  }>
}

export interface EqualError {
  readonly rate: number
  /** Probability of "live". */
  readonly threshold: number
}

export interface LookedAt {
  readonly set: FaceSet
  readonly looks: readonly Look[]
}

interface Frame {
  /** In each of the ways that frames are looked at in turn. */
  readonly logOdds: readonly number[]
  readonly embedding: Float32Array
}

interface Folder {
  readonly figures: LivenessFigures
  readonly pictureScores: readonly number[]
  readonly burstScores: readonly number[]
}

/** Frames of a camera, and a face that stays where it is: crops do not say where it was. */
const FRAME_MS = 200
const BOX = { left: 400, top: 200, right: 600, bottom: 450, score: 1 }

export async function livenessReport(live: LookedAt, attacks: readonly LookedAt[], frames: number, settings: FaceSettings): Promise<LivenessReport> {
  const bonaFide = await examine(live, frames, settings)
  const attacked = await Promise.all(attacks.map((attack) => examine(attack, frames, settings)))
  const { live: passed } = bonaFide.figures
  return {
    frames,
    livenessMin: settings.livenessMin,
    livenessEarly: settings.livenessEarly,
    live: { ...bonaFide.figures, bpcer: { picture: 1 - passed.picture, burst: 1 - passed.burst, passage: 1 - passed.passage } },
    attacks: attacked.map(({ figures, pictureScores, burstScores }) => ({
      ...figures,
      apcer: figures.live,
      eer: { picture: equalError(bonaFide.pictureScores, pictureScores), burst: equalError(bonaFide.burstScores, burstScores) },
    })),
  }
}

async function examine({ set, looks }: LookedAt, length: number, settings: FaceSettings): Promise<Folder> {
  const frames = looks.map(({ liveness, embedding }): Frame | undefined => (liveness === null || embedding === null ? undefined : { logOdds: liveness.map(logOddsOf), embedding }))
  const need = livenessNeed(settings.framesMax, settings)
  const pictureScores = frames.flatMap((frame) => (frame === undefined ? [] : [inTurn(frame, 0)]))
  const bursts = await Promise.all(burstsOf(set.images, length, (index) => frames[index]).map(async ({ person, items }) => ({
    person,
    score: items.reduce((sum, frame, turn) => sum + inTurn(frame, turn), 0) / items.length,
    passedAt: await passedAt(items, settings),
  })))
  const part = <T>(items: readonly T[], holds: (item: T) => boolean): number => items.filter(holds).length / items.length
  const persons = [...new Set(bursts.map(({ person }) => person))]
  const times = bursts.flatMap((burst) => burst.passedAt ?? [])
  return {
    pictureScores,
    burstScores: bursts.map(({ score }) => score),
    figures: {
      set: set.name,
      pictures: set.images.length,
      persons: persons.length,
      withoutFace: frames.filter((frame) => frame === undefined).length,
      live: {
        picture: part(pictureScores, (score) => score >= need),
        burst: part(bursts, ({ score }) => score >= need),
        passage: part(bursts, (burst) => burst.passedAt !== undefined),
      },
      bursts: bursts.length,
      byPerson: persons.map((person) => {
        const mine = bursts.filter((burst) => burst.person === person)
        return { person, bursts: mine.length, burst: part(mine, ({ score }) => score >= need), passage: part(mine, (burst) => burst.passedAt !== undefined) }
      }),
      framesToLive: times.length === 0 ? null : times.reduce((sum, count) => sum + count, 0) / times.length,
    },
  }
}

const inTurn = ({ logOdds }: Frame, turn: number): number => logOdds[turn % logOdds.length] as number

/** Frames after which the gateway's rules let this face in, who it is being granted; undefined where they never do. */
async function passedAt(frames: readonly Frame[], settings: FaceSettings): Promise<number | undefined> {
  let memory: FaceMemory = NO_MEMORY
  for (const [index, frame] of frames.entries()) {
    const step = await passageStep(memory, { box: BOX, embedding: frame.embedding, atMs: index * FRAME_MS }, {
      logOdds: async (turn) => inTurn(frame, turn),
      match: async () => ({ gallerySize: 1, personRef: 'anybody', score: 1, margin: 2 }),
    }, settings)
    if (step.kind === 'matched') return index + 1
    memory = step.memory
  }
  return undefined
}

/** Where the part of live scores below and that of attack scores from it on are nearest to each other. */
export function equalError(live: readonly number[], attack: readonly number[]): EqualError {
  let best = { rate: Number.NaN, threshold: Number.NaN, gap: Infinity }
  for (const score of [...live, ...attack].sort((a, b) => a - b)) {
    const refused = live.filter((value) => value < score).length / live.length
    const accepted = attack.filter((value) => value >= score).length / attack.length
    const gap = Math.abs(refused - accepted)
    if (gap < best.gap) best = { rate: (refused + accepted) / 2, threshold: 1 / (1 + Math.exp(-score)), gap }
  }
  return { rate: best.rate, threshold: best.threshold }
}
