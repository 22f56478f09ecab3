import type { RecordOf } from '#contract/sync-records.js'
import { personRef, stampOf, uuid } from '../../support/factories.js'

/** Records of every kind, told apart by a number. */

export const passageIdOf = (number: number): string => uuid(number, 0xf)

export const passage = (number: number, change: Partial<RecordOf<'passage.v2'>> = {}): RecordOf<'passage.v2'> => ({
  kind: 'passage.v2', ...stampOf(number), passageId: passageIdOf(number), gateId: 'gate-1', deviceId: 'cam-1', seenId: uuid(number, 0x1f),
  direction: 'in', remarks: [], credentialId: null, visitId: null, operatorRef: null, override: null, waitMs: null, attempts: 1,
  way: 'face', result: 'granted', reason: null, personRef: personRef(1), permitId: uuid(1, 0xe),
  score: 0.7125, margin: 0.41, threshold: 0.45, liveness: 0.98, gallerySize: 3, modelId: 'm1', ageMs: 12.5,
  timings: { decode: 3.25, detect: 4, match: 0.5 }, ...change,
})

export const refusal = (number: number, reason: RecordOf<'passage.v2'>['reason'] = 'not-recognised'): RecordOf<'passage.v2'> =>
  passage(number, { result: 'refused', reason, personRef: null, permitId: null })

export const command = (number: number): RecordOf<'door-command.v1'> => ({
  kind: 'door-command.v1', ...stampOf(number), commandId: uuid(number, 0x2f), passageId: passageIdOf(number), gateId: 'gate-1', deviceId: 'ctl-1',
  deviceBootId: uuid(1), doorNo: 1, deadlineMonoMs: 5_000,
})

export const outcome = (number: number, change: Partial<RecordOf<'command-outcome.v1'>> = {}): RecordOf<'command-outcome.v1'> => ({
  kind: 'command-outcome.v1', ...stampOf(number), commandId: uuid(number, 0x2f), passageId: passageIdOf(number), gateId: 'gate-1', deviceId: 'ctl-1',
  outcome: 'executed', reason: null, latencyMs: 88.5, ...change,
})

export const doorEvent = (number: number, type: RecordOf<'door-event.v1'>['type'], change: Partial<RecordOf<'door-event.v1'>> = {}): RecordOf<'door-event.v1'> => ({
  kind: 'door-event.v1', ...stampOf(number), eventId: uuid(number, 0x3f), gateId: 'gate-1', deviceId: 'ctl-1', deviceBootId: uuid(1), doorNo: 1,
  type, deviceWallMs: stampOf(number).occurredAtMs, live: true, ...change,
})

export const controllerStatus = (number: number, status: 'online' | 'offline', deviceId = 'ctl-1'): RecordOf<'device-status.v2'> => ({
  kind: 'device-status.v2', ...stampOf(number), deviceId, deviceKind: 'controller', status, deviceBootId: uuid(1), clockOffsetMs: -1.5,
})

export const enrolment = (number: number, templates = 2): RecordOf<'enrolment.v1'> => ({
  kind: 'enrolment.v1', ...stampOf(number), personRef: personRef(1), consentId: uuid(1, 0xc), templates, modelId: 'm1',
})

export const erasure = (number: number, templatesRemoved = 2): RecordOf<'erasure.v1'> => ({
  kind: 'erasure.v1', ...stampOf(number), personRef: personRef(1), consentId: uuid(1, 0xc), cause: 'withdrawn', templatesRemoved,
})

export const gatewayStart = (number: number): RecordOf<'gateway-start.v1'> => ({
  kind: 'gateway-start.v1', ...stampOf(number), version: '0.1.0', modelId: 'm1', modelDigest: 'a'.repeat(64), rosterCursor: 0, cleanShutdown: true,
})

/** A card at a reader, let in. */
export const passageV2 = (number: number, change: Partial<RecordOf<'passage.v2'>> = {}): RecordOf<'passage.v2'> => ({
  kind: 'passage.v2', ...stampOf(number), passageId: uuid(number, 0x5f), gateId: 'gate-1', deviceId: 'reader-1', seenId: uuid(number, 0x6f),
  way: 'card', direction: 'in', result: 'granted', reason: null, remarks: [], personRef: null, permitId: null, credentialId: null, visitId: null,
  operatorRef: null, override: null, score: null, margin: null, threshold: null, liveness: null, gallerySize: null, modelId: null,
  ageMs: 3.5, waitMs: 40, attempts: 1, timings: {}, ...change,
})

export const alarmIdOf = (number: number): string => uuid(number, 0x4f)

/** A step of alarm `alarm`; `number` tells records apart. */
export const alarm = (number: number, state: RecordOf<'alarm.v1'>['state'] = 'raised', change: Partial<RecordOf<'alarm.v1'>> = {}): RecordOf<'alarm.v1'> => ({
  kind: 'alarm.v1', ...stampOf(number), alarmId: alarmIdOf(1), alarm: 'forced', state, gateId: 'gate-1', deviceId: 'ctl-1', passageId: null, personRef: null, detail: null,
  operatorRef: null, ...change,
})

export const orderResult = (number: number, orderId: string, outcome: RecordOf<'order-result.v1'>['outcome'] = 'done', reason: string | null = null): RecordOf<'order-result.v1'> =>
  ({ kind: 'order-result.v1', ...stampOf(number), orderId, outcome, reason })

export const deviceInfo = (number: number, change: Partial<RecordOf<'device-info.v1'>> = {}): RecordOf<'device-info.v1'> => ({
  kind: 'device-info.v1', ...stampOf(number), deviceId: 'ctl-1', deviceKind: 'controller', model: 'M-2', firmware: '1.0.0', capabilities: ['door-mode'],
  certificateFingerprint: 'a'.repeat(64), revoked: false, ...change,
})

export const deviceHealth = (number: number, change: Partial<RecordOf<'device-health.v1'>> = {}): RecordOf<'device-health.v1'> => ({
  kind: 'device-health.v1', ...stampOf(number), deviceId: 'ctl-1', uptimeMs: 60_000, temperatureC: 41.5, supplyVolts: 12.1, memoryFreeBytes: 1_000_000, storageFreeBytes: null,
  signalDbm: null, faults: [], ...change,
})
