import type { RecordOf } from '#contract/sync-records.js'
import type { ConsentV1, CredentialItemV1, GateRules, GateV2, PermitV2, PersonV1, VisitV1 } from '#contract/sync-roster.js'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import type { DecidedOutcome } from '../../gateway/access/face-claim-rules.js'
import type { FaceOutcome, FaceScores } from '../../gateway/face/types.js'
import type { RosterSnapshot } from '../../gateway/store/types.js'
import { START_WALL_MS } from './virtual-clock.js'

const DAY_MS = 86_400_000

/** A UUID that shows its number: `uuid(7)` ends in 7. `kind` tells apart ids of different things. */
export const uuid = (number: number, kind = 0): string => `${kind.toString(16).padStart(8, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`

export const personRef = (number: number): string => uuid(number, 0xa)

export const person = (number: number, change: Partial<PersonV1> = {}): PersonV1 =>
  ({ kind: 'person.v1', personRef: personRef(number), displayName: `住户 ${number}`, ...change })

export const consent = (number: number, change: Partial<ConsentV1> = {}): ConsentV1 => ({
  kind: 'consent.v1', consentId: uuid(number, 0xc), personRef: personRef(number), purpose: 'face-access', noticeVersion: '2026-01',
  guardianRef: null, grantedAtMs: START_WALL_MS - DAY_MS, expiresAtMs: START_WALL_MS + 365 * DAY_MS, ...change,
})

export const permit = (number: number, change: Partial<PermitV2> = {}): PermitV2 => ({
  kind: 'permit.v2', role: 'resident', scheduleId: null, permitId: uuid(number, 0xe), personRef: personRef(number), gateIds: ['gate-1'],
  validFromMs: START_WALL_MS - DAY_MS, validUntilMs: START_WALL_MS + 30 * DAY_MS, ...change,
})

/** @param change `cameraIds` stand for devices that look inwards; `rules` for those that are not as usual */
export const gate = (number: number, change: Partial<Omit<GateV2, 'rules'>> & { rules?: Partial<GateRules>; cameraIds?: readonly string[] } = {}): GateV2 => {
  const { rules, cameraIds = [`cam-${number}`], ...others } = change
  return {
    kind: 'gate.v2', gateId: `gate-${number}`, name: `${number} 号门`, zoneId: 'all', devices: cameraIds.map((deviceId) => ({ deviceId, direction: 'in' })),
    controllerId: `ctl-${number}`, doorNo: 1, releaseMs: 3_000, faceFreeWays: ['card', 'qr'], ...others, rules: { ...NO_GATE_RULES, ...rules },
  }
}

/** A card of person `number` unless told otherwise. */
export const credential = (number: number, change: Partial<CredentialItemV1> = {}): CredentialItemV1 => ({
  kind: 'credential.v1', credentialId: uuid(number, 0xcd), personRef: personRef(number), visitId: null,
  secret: { kind: 'card', number: `04aabb${number.toString(16).padStart(2, '0')}` },
  validFromMs: START_WALL_MS - DAY_MS, validUntilMs: START_WALL_MS + 30 * DAY_MS, ...change,
})

export const visit = (number: number, change: Partial<VisitV1> = {}): VisitV1 => ({
  kind: 'visit.v1', visitId: uuid(number, 0xf1), displayName: `访客 ${number}`, hostPersonRef: personRef(1), gateIds: ['gate-1'],
  validFromMs: START_WALL_MS - 3_600_000, validUntilMs: START_WALL_MS + 3_600_000, scheduleId: null, passagesMax: null, ...change,
})

/** A roster before its first page. */
export const NO_ROSTER: RosterSnapshot = {
  persons: [], consents: [], permits: [], gates: [], schedules: [], holidays: [], credentials: [], visits: [], deviceSettings: [], cursor: 0,
}

/** Fields that every record has. */
export const stampOf = (number: number) =>
  ({ recordId: uuid(number, 0xd), occurredAtMs: START_WALL_MS + number, monoMs: 1_000 + number, bootId: uuid(1, 0xb) })

/** The smallest record there is: good for filling a log. */
export const statusRecord = (number: number, change: Partial<RecordOf<'device-status.v2'>> = {}): RecordOf<'device-status.v2'> => ({
  kind: 'device-status.v2', ...stampOf(number), deviceId: 'cam-1', deviceKind: 'camera', status: 'online', deviceBootId: uuid(1), clockOffsetMs: 12, ...change,
})

export const scores = (change: Partial<FaceScores> = {}): FaceScores =>
  ({ liveness: 0.97, score: 0.71, margin: 0.4, threshold: 0.45, gallerySize: 3, ...change })

export const matched = (ref: string, change: Partial<FaceScores> = {}): DecidedOutcome => ({
  kind: 'matched', personRef: ref, scores: scores(change), box: { left: 10, top: 10, right: 90, bottom: 110, score: 0.99 },
  timings: { decode: 3, detect: 4, landmark: 1, quality: 0.1, liveness: 5, embed: 6, match: 0.5 },
})

export const faceRefused = (reason: Extract<FaceOutcome, { kind: 'refused' }>['reason']): DecidedOutcome => ({
  kind: 'refused', stage: reason === 'no-face' ? 'detect' : 'match', reason, scores: scores(), box: null, timings: { decode: 3, detect: 4 },
})
