import { err, ok, type Result } from '#kernel/result.js'
import { createDecoder } from './decode.js'
import { createDetector } from './detect.js'
import { createEmbedder, type Embedder } from './embed.js'
import { createLandmarkFinder, type Landmarks } from './landmark.js'
import { createLivenessCheck } from './liveness.js'
import type { FaceSettings } from './manifest-schema.js'
import type { FaceNets } from './nets.js'
import type { Picture } from './picture.js'
import { chooseFace, enrolRules, flawOf, gateRules, qualityOf, type QualityRules } from './quality.js'
import type { StageTrace } from './stage-trace.js'
import { logOddsOf } from './track.js'
import type { FaceBox, FaceQuality, FaceRefusal, Stage } from './types.js'

/** What is asked of a picture before its face is looked at, and how that is embedded. */
export interface Terms {
  readonly decode: () => Result<Picture, string> | Promise<Result<Picture, string>>
  readonly rules: QualityRules
  readonly embed: Embedder['embed']
}

/** A face that is fit to be looked at. */
export interface Found {
  readonly picture: Picture
  /** All faces, the highest first. */
  readonly boxes: readonly FaceBox[]
  readonly box: FaceBox
  readonly landmarks: Landmarks
  readonly quality: FaceQuality
}

/** A picture alone, up to its embedding. */
export interface Sight {
  readonly box: FaceBox
  readonly liveness: number
  readonly embedding: Float32Array
}

export interface Refused {
  readonly stage: Stage
  readonly reason: FaceRefusal
  readonly detail: string
  readonly box: FaceBox | null
  readonly liveness: number | null
}

/** The stages that need no gallery, on the nets of one thread. The first refusal ends them. */
export interface Look {
  atGate(image: Uint8Array): Terms
  atEnrolment(photo: Uint8Array): Terms
  /** Decode, detect, landmark, quality. */
  find(trace: StageTrace, terms: Terms): Promise<Result<Found, Refused>>
  /** @param turn which frame of its passage it is, from 0 */
  livenessOf(trace: StageTrace, found: Found, turn: number): Promise<number>
  embeddingOf(trace: StageTrace, terms: Terms, found: Found): Promise<Result<Float32Array, Refused>>
  /** All of them, with liveness before the embedding. */
  sight(trace: StageTrace, terms: Terms, logOddsMin: number): Promise<Result<Sight, Refused>>
}

export function createLook({ nets, manifest }: FaceNets, settings: FaceSettings): Look {
  const decoder = createDecoder()
  const detector = createDetector(nets.detect, manifest.nets.detect, settings)
  const landmarkFinder = createLandmarkFinder(nets.landmark, manifest.nets.landmark)
  const livenessCheck = createLivenessCheck(nets.liveness, manifest.nets.liveness)
  const embedder = createEmbedder(nets.embed, manifest.nets.embed)

  const find: Look['find'] = async (trace, terms) => {
    const picture = await trace.run('decode', terms.decode)
    if (!picture.ok) return err({ stage: 'decode', reason: 'undecodable', detail: picture.error, box: null, liveness: null })

    const boxes = await trace.run('detect', () => detector.detect(picture.value))
    const chosen = chooseFace(boxes, terms.rules)
    if (!chosen.ok) return err({ stage: 'detect', ...chosen.error, box: null, liveness: null })
    const box = chosen.value

    const landmarks = await trace.run('landmark', () => landmarkFinder.find(picture.value, box))
    const quality = await trace.run('quality', () => qualityOf(box, landmarks, picture.value))
    const flaw = flawOf(quality, terms.rules)
    if (flaw !== undefined) return err({ stage: 'quality', ...flaw, box, liveness: null })
    return ok({ picture: picture.value, boxes, box, landmarks, quality })
  }
  const livenessOf: Look['livenessOf'] = (trace, { picture, box }, turn) => trace.run('liveness', () => livenessCheck.probability(picture, box, turn))
  const embeddingOf: Look['embeddingOf'] = async (trace, { embed }, { picture, box, landmarks }) => {
    const embedding = await trace.run('embed', () => embed(picture, landmarks.five))
    if (embedding !== undefined) return ok(embedding)
    return err({ stage: 'embed', reason: 'poor-quality', detail: 'the landmarks span no face', box, liveness: null })
  }
  return {
    atGate: (image) => ({ decode: () => decoder.frame(image), rules: gateRules(settings), embed: embedder.embed }),
    atEnrolment: (photo) => ({ decode: () => decoder.photo(photo), rules: enrolRules(settings), embed: embedder.enrol }),
    find,
    livenessOf,
    embeddingOf,
    async sight(trace, terms, logOddsMin) {
      const found = await find(trace, terms)
      if (!found.ok) return found
      const { box } = found.value
      const liveness = await livenessOf(trace, found.value, 0)
      if (!(logOddsOf(liveness) >= logOddsMin)) return err({ stage: 'liveness', reason: 'not-live', detail: `live with ${liveness.toFixed(2)}`, box, liveness })
      const embedding = await embeddingOf(trace, terms, found.value)
      return embedding.ok ? ok({ box, liveness, embedding: embedding.value }) : err({ ...embedding.error, liveness })
    },
  }
}
