import type { PassageV2 } from '#contract/passage-record.js'
import type { RecordStamp } from '#kernel/record-stamp.js'
import type { Recognition, Stranger } from './oem-reader.js'

/** Where a terminal stands. */
export interface TerminalGate {
  readonly gateId: string
  readonly direction: 'in' | 'out'
}

/** What the roster says of somebody whom a terminal recognised. */
export interface RecognisedPerson {
  readonly personRef: string
  /** Of a permit that holds at this gate; null where none does. */
  readonly permitId: string | null
}

/** A terminal's clock that is further off than this says nothing about when something was. */
const CLOCK_OFF_MS_MAX = 300_000
/** Records are kept by terminals for months, not for years. */
const REPORT_MS_MAX = 366 * 86_400_000
const AGE_MS_MAX = 600_000

type Seen = Pick<Recognition | Stranger, 'live' | 'deviceWallMs'>

/** When it was: now, or what the terminal says of a record that it kept; and how much that is to be believed. */
function timesOf({ live, deviceWallMs }: Seen, nowMs: number): Pick<PassageV2, 'occurredAtMs' | 'remarks' | 'ageMs'> {
  const agoMs = deviceWallMs === null ? null : nowMs - deviceWallMs
  const believed = agoMs !== null && agoMs >= -CLOCK_OFF_MS_MAX && agoMs <= (live ? CLOCK_OFF_MS_MAX : REPORT_MS_MAX)
  return {
    occurredAtMs: believed && !live ? Math.min(nowMs, nowMs - agoMs) : nowMs,
    remarks: [...(live ? [] : ['late-report' as const]), ...(believed ? [] : ['clock-suspect' as const])],
    ageMs: believed && agoMs >= 0 && agoMs <= AGE_MS_MAX ? agoMs : null,
  }
}

/** Fields that only our own eyes, or a hand, could fill. A terminal's similarity is its own measure, and no cosine. */
const NOT_OURS = {
  seenId: null, credentialId: null, visitId: null, operatorRef: null, override: null, score: null, margin: null, threshold: null, liveness: null,
  gallerySize: null, modelId: null, waitMs: null, attempts: 1, timings: {},
} as const

interface Passage {
  readonly stamp: RecordStamp
  readonly passageId: string
  readonly terminalId: string
  readonly gate: TerminalGate
}

/** Somebody whom nobody knows: refused, without a picture. */
export function strangerPassage({ stamp, passageId, terminalId, gate }: Passage, seen: Stranger): PassageV2 {
  return {
    kind: 'passage.v2', ...stamp, passageId, ...gate, deviceId: terminalId, way: 'terminal-face', result: 'refused', reason: 'not-recognised',
    personRef: null, permitId: null, ...NOT_OURS, ...timesOf(seen, stamp.occurredAtMs),
  }
}

/**
 * What a terminal decided by itself, as it decided. It stands in the record also where this gateway would have decided
 * otherwise: the door did open. A person without a consent that stands is a stranger to the log (PIPL art. 15, 29).
 */
export function terminalPassage({ stamp, passageId, terminalId, gate }: Passage, seen: Recognition, person: RecognisedPerson | undefined): PassageV2 {
  const granted = seen.verdict === 'allowed' && !seen.isBlocked
  const refusal = seen.verdict === 'refused' || seen.isBlocked ? 'terminal-refused' : 'not-recognised'
  return {
    kind: 'passage.v2', ...stamp, passageId, ...gate, deviceId: terminalId, way: 'terminal-face',
    result: granted ? 'granted' : 'refused', reason: granted ? null : refusal,
    personRef: person?.personRef ?? null, permitId: person?.permitId ?? null, ...NOT_OURS, ...timesOf(seen, stamp.occurredAtMs),
  }
}
