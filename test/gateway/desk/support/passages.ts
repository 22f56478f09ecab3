import type { PassageV2 } from '#contract/passage-record.js'
import type { RecordOf } from '#contract/sync-records.js'
import { personRef, stampOf, uuid } from '../../../support/factories.js'

/** A granted passage by face. */
export const passage = (number: number, change: Partial<PassageV2> = {}): PassageV2 => ({
  kind: 'passage.v2', ...stampOf(number), passageId: uuid(number, 0x50), gateId: 'gate-1', deviceId: 'cam-1', seenId: uuid(number, 0xf), way: 'face', direction: 'in',
  result: 'granted', reason: null, remarks: [], personRef: personRef(1), permitId: uuid(1, 0xe), credentialId: null, visitId: null, operatorRef: null, override: null,
  score: 0.7, margin: 0.3, threshold: 0.5, liveness: 0.9, gallerySize: 3, modelId: 'model-a', ageMs: 100, waitMs: 400, attempts: 1, timings: {}, ...change,
})

/** The controller's answer to it. */
export const command = (number: number): RecordOf<'command-outcome.v1'> => ({
  kind: 'command-outcome.v1', ...stampOf(number + 500), commandId: uuid(number, 0x51), passageId: uuid(number, 0x50), gateId: 'gate-1', deviceId: 'ctl-1',
  outcome: 'executed', reason: null, latencyMs: 90,
})
