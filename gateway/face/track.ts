import type { FaceSettings } from './manifest-schema.js'
import { cosine, type MatchVerdict } from './match.js'
import type { FaceBox, FaceRefusal } from './types.js'

export type TrackRules = Pick<
  FaceSettings,
  'framesMax' | 'recogniseFramesMax' | 'livenessMin' | 'livenessEarly' | 'alikeMin' | 'gapMsMax' | 'coolDownMs' | 'coolDownMsMax'
>

/** What one frame said about a face. */
export interface Evidence {
  /** ln(p / (1 − p)) of class "live"; null where it was not asked. */
  readonly logOdds: number | null
  readonly embedding: Float32Array
}

/**
 * One face before one camera, from its first frame until it is gone for longer than a gap. `open`: it may still be let
 * in; `granted`: it was; `spent`: its attempt is over for as long as it stays.
 */
export interface Track {
  readonly state: 'open' | 'granted' | 'spent'
  /** Names the track among those of its camera. */
  readonly startedMs: number
  readonly lastMs: number
  /** Without another frame by then the track is over. */
  readonly closesMs: number
  readonly grantedMs: number | null
  readonly box: FaceBox
  /** The newest, `framesMax` at most. */
  readonly frames: readonly Evidence[]
  /** Frames so far, also those that `frames` no longer holds. */
  readonly count: number
  /** The frames sufficed once to take the face for live. */
  readonly live: boolean
}

/** A face that was not shown to be live, remembered so that leaving and coming back is no new attempt at once. */
export interface Strike {
  readonly embedding: Float32Array
  /** Evidence of an attempt that was broken off; the next goes on from it. */
  readonly frames: readonly Evidence[]
  /** Attempts that failed. */
  readonly count: number
  /** No attempt before. */
  readonly untilMs: number
  readonly forgetMs: number
}

/**
 * All that one camera's next frame needs of the earlier ones: a value, bounded, 80 KB at most and mostly under 10.
 * Times are of one monotonic clock.
 */
export interface FaceMemory {
  readonly track: Track | null
  /** The newest last. */
  readonly strikes: readonly Strike[]
}

export const NO_MEMORY: FaceMemory = { track: null, strikes: [] }

/** A face that stays is let in again for so long, then it must go first: what a picture gains that was once taken for live. */
export const GRANTED_MS_MAX = 10_000
const STRIKES_MAX = 6
const STRIKE_MS_MAX = 120_000
/** How far a face moves: a part of its height at once, and so many heights a second; and how its size may change. */
const MOVE_HEIGHTS = 0.6
const MOVE_HEIGHTS_PER_S = 2
const GROWTH = 1.4
const GROWTH_PER_S = 1.6
/** Beyond this a single frame says no more: one that is sure of itself must not outvote four others. */
const LOG_ODDS_MAX = 12

/** One frame's face, as far as it is known before its track is. */
export interface Sighting {
  readonly box: FaceBox
  readonly embedding: Float32Array
  readonly atMs: number
}

export const logOddsOf = (probability: number): number =>
  Math.max(-LOG_ODDS_MAX, Math.min(LOG_ODDS_MAX, Math.log(probability) - Math.log1p(-probability)))

/** Mean log-odds that `frames` frames need: the fewer, the more (`livenessEarly` more for one alone). */
export function livenessNeed(frames: number, { livenessMin, livenessEarly, framesMax }: TrackRules): number {
  const early = framesMax === 1 ? 0 : (1 / Math.min(frames, framesMax) - 1 / framesMax) / (1 - 1 / framesMax)
  return Math.log(livenessMin) - Math.log1p(-livenessMin) + livenessEarly * early
}

const measured = (track: Track): number[] => track.frames.flatMap(({ logOdds }) => (logOdds === null ? [] : [logOdds]))

/** Mean log-odds of the frames that were asked; null before the first. */
export function meanLogOdds(track: Track): number | null {
  const values = measured(track)
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Unit length; the one embedding where there is one only, bit for bit. */
export function fusedEmbedding(frames: readonly Evidence[]): Float32Array {
  const [first] = frames
  if (first === undefined) throw new RangeError('no frame to take an embedding from')
  if (frames.length === 1) return first.embedding
  const sum = new Float32Array(first.embedding.length)
  for (const { embedding } of frames) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (embedding[i] as number)
  const length = Math.hypot(...sum)
  return length > 0 ? sum.map((value) => value / length) : first.embedding
}

const heightOf = (box: FaceBox): number => box.bottom - box.top

/** Can the face at `from` be at `to` after `gapMs`? */
export function plausibleMove(from: FaceBox, to: FaceBox, gapMs: number): boolean {
  const seconds = gapMs / 1_000
  const height = Math.max(heightOf(from), heightOf(to))
  const distance = Math.hypot(from.left + from.right - to.left - to.right, from.top + from.bottom - to.top - to.bottom) / 2
  const growth = height / Math.min(heightOf(from), heightOf(to))
  return distance <= height * (MOVE_HEIGHTS + MOVE_HEIGHTS_PER_S * seconds) && growth <= GROWTH * GROWTH_PER_S ** seconds
}

/** By time and place alone: a face that is blurred or turned away may still be the one that is tracked. */
export const mayBelongTo = (track: Track, { box, atMs }: Pick<Sighting, 'box' | 'atMs'>): boolean =>
  atMs >= track.lastMs && atMs <= track.closesMs && plausibleMove(track.box, box, atMs - track.lastMs)

const continues = (track: Track, sighting: Sighting, { alikeMin }: TrackRules): boolean =>
  mayBelongTo(track, sighting) && cosine(fusedEmbedding(track.frames), sighting.embedding) >= alikeMin

/** Whose attempt this face's would be a repetition of: the most recent. */
const strikeOf = ({ strikes }: FaceMemory, { embedding, atMs }: Sighting, { alikeMin }: TrackRules): Strike | undefined =>
  strikes.findLast((strike) => atMs < strike.forgetMs && cosine(strike.embedding, embedding) >= alikeMin)

export interface Place {
  readonly memory: FaceMemory & { readonly track: Track }
  /** True where the face has come back before its cool-down is over: its track begins spent. */
  readonly cooling: boolean
}

/** The memory with the track that this face belongs to: the one that is there, or a new one. */
export function placeOf(before: FaceMemory, sighting: Sighting, rules: TrackRules): Place {
  const { box, atMs } = sighting
  const times = { lastMs: atMs, closesMs: atMs + rules.gapMsMax, box }
  if (before.track !== null && continues(before.track, sighting, rules)) {
    const { state, grantedMs } = before.track
    const over = state === 'granted' && atMs - (grantedMs ?? 0) > GRANTED_MS_MAX
    return { memory: { ...before, track: { ...before.track, ...times, state: over ? 'spent' : state } }, cooling: false }
  }
  const memory = closeTrack(before)
  const strike = strikeOf(memory, sighting, rules)
  const cooling = strike !== undefined && atMs < strike.untilMs
  const frames = cooling ? [{ logOdds: null, embedding: sighting.embedding }] : strike?.frames ?? []
  const track: Track = { ...times, state: cooling ? 'spent' : 'open', startedMs: atMs, grantedMs: null, frames, count: frames.length, live: false }
  return { memory: { strikes: memory.strikes.filter(({ forgetMs }) => atMs < forgetMs), track }, cooling }
}

/** A track whose liveness is known, or no longer of interest, saves the time. */
export const asksLiveness = ({ state, live }: Track): boolean => state === 'granted' || (state === 'open' && !live)

export function withEvidence(track: Track, evidence: Evidence, rules: TrackRules): Track {
  const next = { ...track, frames: [...track.frames, evidence].slice(-rules.framesMax), count: track.count + 1 }
  const mean = meanLogOdds(next)
  const suffices = mean !== null && mean >= livenessNeed(measured(next).length, rules)
  return { ...next, live: suffices || (track.live && track.state === 'open') }
}

const addStrike = ({ strikes }: FaceMemory, strike: Strike, alikeMin: number): readonly Strike[] =>
  [...strikes.filter(({ embedding }) => cosine(embedding, strike.embedding) < alikeMin), strike].slice(-STRIKES_MAX)

/** The attempt is over: only the face is kept, to see whether it stays. */
const spend = (track: Track): Track =>
  ({ ...track, state: 'spent', frames: [{ logOdds: null, embedding: fusedEmbedding(track.frames) }] })

export type TrackDecision = 'matched' | 'undecided' | 'refused'

export interface TrackStep {
  readonly kind: TrackDecision
  /** What stood in the way so far; null where matched. */
  readonly reason: Extract<FaceRefusal, 'not-live' | 'not-recognised' | 'ambiguous'> | null
  readonly memory: FaceMemory
}

/** What stands in the way: liveness before identity, since who a picture shows is nobody's concern. */
const reasonOf = (live: boolean, verdict: MatchVerdict): TrackStep['reason'] =>
  !live ? 'not-live' : verdict === 'matched' ? null : verdict

/**
 * Decides after a frame was added: accept as soon as liveness and identity suffice; refuse once, where liveness does
 * not after `framesMax` frames or identity not after `recogniseFramesMax`.
 */
export function decideTrack(memory: FaceMemory & { readonly track: Track }, verdict: MatchVerdict, rules: TrackRules): TrackStep {
  const { track } = memory
  const { lastMs: atMs } = track
  const reason = reasonOf(track.live, verdict)
  const face = fusedEmbedding(track.frames)
  if (reason === null) {
    const strikes = memory.strikes.filter(({ embedding }) => cosine(embedding, face) < rules.alikeMin)
    return { kind: 'matched', reason, memory: { strikes, track: { ...track, state: 'granted', grantedMs: track.grantedMs ?? atMs } } }
  }
  const framesMax = track.live ? Math.max(rules.framesMax, rules.recogniseFramesMax) : rules.framesMax
  if (track.state !== 'open' || track.count < framesMax) return { kind: 'undecided', reason, memory }
  if (reason !== 'not-live') return { kind: 'refused', reason, memory: { ...memory, track: spend(track) } }
  const count = 1 + (memory.strikes.findLast(({ embedding }) => cosine(embedding, face) >= rules.alikeMin)?.count ?? 0)
  const strike: Strike = {
    embedding: face, frames: [], count,
    untilMs: atMs + Math.min(rules.coolDownMsMax, rules.coolDownMs * 2 ** (count - 1)), forgetMs: atMs + STRIKE_MS_MAX,
  }
  return { kind: 'refused', reason, memory: { strikes: addStrike(memory, strike, rules.alikeMin), track: spend(track) } }
}

/** Ends the track. An attempt that was broken off before it was shown to be live is kept, to go on should the face come back. */
export function closeTrack(memory: FaceMemory): FaceMemory {
  const { track, strikes } = memory
  if (track === null) return memory
  if (track.state !== 'open' || track.live || track.frames.length === 0) return { strikes, track: null }
  const embedding = fusedEmbedding(track.frames)
  const broken: Strike = { embedding, frames: track.frames, count: 0, untilMs: track.lastMs, forgetMs: track.lastMs + STRIKE_MS_MAX }
  return { track: null, strikes: [...strikes, broken].slice(-STRIKES_MAX) }
}
