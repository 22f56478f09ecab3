import { createDecoder, type Decoder } from '../../gateway/face/decode.js'
import { createDetector, type Detector } from '../../gateway/face/detect.js'
import { createEmbedder, type Embedder } from '../../gateway/face/embed.js'
import { createLandmarkFinder, type LandmarkFinder } from '../../gateway/face/landmark.js'
import { createLivenessCheck, type LivenessCheck } from '../../gateway/face/liveness.js'
import { openFaceNets, type FaceNets } from '../../gateway/face/nets.js'

/** The stages of the shipped pipeline, made by the functions that serving makes them with. */
export interface Stages {
  readonly faceNets: FaceNets
  readonly decoder: Decoder
  readonly detector: Detector
  readonly landmarkFinder: LandmarkFinder
  readonly livenessCheck: LivenessCheck
  readonly embedder: Embedder
}

/** @throws GW_FACE_MANIFEST, GW_FACE_MODEL */
export async function openStages(manifestPath: string): Promise<Stages> {
  const faceNets = await openFaceNets(manifestPath)
  const { nets, manifest } = faceNets
  return {
    faceNets,
    decoder: createDecoder(),
    detector: createDetector(nets.detect, manifest.nets.detect, manifest.settings),
    landmarkFinder: createLandmarkFinder(nets.landmark, manifest.nets.landmark),
    livenessCheck: createLivenessCheck(nets.liveness, manifest.nets.liveness),
    embedder: createEmbedder(nets.embed, manifest.nets.embed),
  }
}
