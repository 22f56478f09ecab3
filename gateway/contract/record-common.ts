import { Type } from 'typebox'
import { MonoMs, UuidText, WallMs } from './wire-types.js'

/**
 * What every record of a gateway says. Records are pseudonymous: a person is a `personRef`, somebody of the desk an
 * `operatorRef`; no record has a name, free text, a picture or a template, so erasing a person never breaks the chain.
 */
export const recordCommon = {
  recordId: UuidText,
  /** The gateway's wall clock; order comes from (gateway, epoch, seq) alone. */
  occurredAtMs: WallMs,
  monoMs: MonoMs,
  /** Life of the gateway process that wrote it. */
  bootId: UuidText,
}

/** Durations in records, milliseconds. */
export const RecordMs = Type.Number({ minimum: 0, maximum: 600_000 })
/** Milliseconds by stage: decode, detect, landmark, quality, liveness, embed, match, queue, decide, commit. */
export const StageTimingsV1 = Type.Record(Type.String({ pattern: '^[a-z-]{1,16}$' }), RecordMs, { maxProperties: 16, additionalProperties: false })
