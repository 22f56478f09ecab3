import { FACE_FREE_WAYS } from '#contract/sync-roster.js'
import type { RefusalReason, Way } from '#contract/passage-record.js'

/** Nobody wanted to pass, or nothing can be said of whoever did. */
const NOBODY: ReadonlySet<string> = new Set<RefusalReason>(['undecodable', 'no-face', 'gate-unknown'])
/**
 * Refusals that lie in the way itself and not in what its user may do: somebody with every right can meet them. Strangers
 * meet some of them too, so the rate of a way says more beside that of another than by itself.
 */
const FAILURES: ReadonlySet<string> = new Set<RefusalReason>([
  'many-faces', 'face-too-small', 'poor-quality', 'not-live', 'not-recognised', 'ambiguous', 'stale-frame', 'engine-failed', 'second-factor',
  'unknown-credential', 'malformed-code', 'expired-code', 'repeated-code', 'wrong-pin', 'locked-out', 'controller-offline', 'stale-roster', 'terminal-refused',
])

/** What was counted of a way. */
export interface WayCounts {
  readonly way: Way
  /** By decision. */
  readonly passages: Readonly<Record<string, number>>
  /** Presentations or frames until somebody was let in, summed. */
  readonly grantedAttempts: number
  /** Of those who were let in, where it was measured. */
  readonly waits: number
  readonly waitMedianMs: number | null
  readonly waitP95Ms: number | null
}

export interface WayFigures {
  readonly way: Way
  readonly granted: number
  /** Refused for a reason that lies in the way. */
  readonly failed: number
  /** Refused for what its user may not do. */
  readonly refused: number
  /** Of those who were let in or failed; null of none. */
  readonly failureRate: number | null
  readonly attemptsMean: number | null
  readonly waits: number
  readonly waitMedianMs: number | null
  readonly waitP95Ms: number | null
}

export function wayFigures(counts: WayCounts): WayFigures {
  const sum = (of: (decision: string) => boolean): number => Object.entries(counts.passages).reduce((total, [decision, count]) => (of(decision) ? total + count : total), 0)
  const granted = counts.passages['granted'] ?? 0
  const failed = sum((decision) => FAILURES.has(decision))
  const { way, waits, waitMedianMs, waitP95Ms } = counts
  return {
    way, granted, failed, refused: sum((decision) => decision !== 'granted' && !NOBODY.has(decision) && !FAILURES.has(decision)),
    failureRate: granted + failed === 0 ? null : failed / (granted + failed), attemptsMean: granted === 0 ? null : counts.grantedAttempts / granted,
    waits, waitMedianMs, waitP95Ms,
  }
}

/** Fewer passages say nothing of a way. */
export const COMPARED_MIN = 30
/** Slower by less than both of these is as quick, for people. */
const SLOWER_MS = 1_000
const SLOWER_PART = 1.25
/** Failures more frequent by less are as rare. */
const FAILS_MORE = 0.05

export interface ParityWarning {
  readonly way: Way
  readonly about: 'wait' | 'failure'
  /** Milliseconds, or a rate. */
  readonly own: number
  readonly face: number
}

/**
 * Where a way without a face serves people worse than their face would: they must have another way that is as good
 * (人脸识别技术应用安全管理办法 art. 10).
 */
export function parityWarnings(ways: readonly WayFigures[]): ParityWarning[] {
  const face = ways.find((figures) => figures.way === 'face')
  if (face === undefined) return []
  return ways.filter(({ way }) => (FACE_FREE_WAYS as readonly string[]).includes(way)).flatMap((own): ParityWarning[] => {
    const [ownMs, faceMs] = [own.waitMedianMs, face.waitMedianMs]
    const found: ParityWarning[] = []
    const waited = own.waits >= COMPARED_MIN && face.waits >= COMPARED_MIN && ownMs !== null && faceMs !== null
    if (waited && ownMs > faceMs + SLOWER_MS && ownMs > faceMs * SLOWER_PART) found.push({ way: own.way, about: 'wait', own: ownMs, face: faceMs })
    const tried = [own, face].every((figures) => figures.granted + figures.failed >= COMPARED_MIN)
    const [ownRate, faceRate] = [own.failureRate ?? 0, face.failureRate ?? 0]
    if (tried && ownRate > faceRate + FAILS_MORE) found.push({ way: own.way, about: 'failure', own: ownRate, face: faceRate })
    return found
  })
}
