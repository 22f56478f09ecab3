import { err, ok } from '#kernel/result.js'
import type { PassageJob, SeenFace } from './analyse.js'
import type { Look, Refused } from './look.js'
import type { FaceSettings } from './manifest-schema.js'
import { chooseFace, flawOf, gateRules } from './quality.js'
import type { StageTrace } from './stage-trace.js'
import type { FaceLook, LookJob } from './types.js'

/**
 * Everything about one frame that needs no gallery, measured on the nets of one thread. Liveness is asked in every way that the manifest has: which
 * of them counts depends on the frames before, and those are known where it is decided.
 * @param looks ways in which liveness looks at a face
 */
export async function lookAtFrame(look: Look, trace: StageTrace, { image, faceHeightPxMin }: LookJob, looks: number): Promise<FaceLook> {
  const gate = look.atGate(image)
  const terms = faceHeightPxMin === null ? gate : { ...gate, rules: { ...gate.rules, faceHeightPxMin } }
  const refused = ({ stage, reason, box }: Refused): FaceLook => ({ kind: 'refused', stage, reason, boxes: box === null ? [] : [box], timings: trace.timings })
  const found = await look.find(trace, terms)
  if (!found.ok) return refused(found.error)
  const embedding = await look.embeddingOf(trace, terms, found.value)
  if (!embedding.ok) return refused(embedding.error)
  const liveness: number[] = []
  for (let turn = 0; turn < looks; turn++) liveness.push(await look.livenessOf(trace, found.value, turn))
  const { boxes, quality } = found.value
  return { kind: 'seen', boxes, quality, liveness, embedding: embedding.value, timings: trace.timings }
}

/**
 * What another process measured, by the rules of this one: whoever looked may have been laxer, and it is decided here alone.
 * A failed look is no sight at all and must be told apart before.
 */
export const seenElsewhere = (look: Exclude<FaceLook, { kind: 'failed' }>, settings: FaceSettings): PassageJob['see'] => async () => {
  if (look.kind === 'refused') return err({ stage: look.stage, reason: look.reason, detail: 'as the worker says', box: look.boxes[0] ?? null, liveness: null })
  const rules = gateRules(settings)
  const chosen = chooseFace(look.boxes, rules)
  if (!chosen.ok) return err({ stage: 'detect', ...chosen.error, box: null, liveness: null })
  const box = chosen.value
  const flaw = flawOf(look.quality, rules)
  if (flaw !== undefined) return err({ stage: 'quality', ...flaw, box, liveness: null })
  const { liveness, embedding } = look
  const seen: SeenFace = { box, embedding, livenessOf: async (turn) => liveness[turn % liveness.length] ?? 0 }
  return ok(seen)
}
