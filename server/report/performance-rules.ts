/** Alarms that somebody must go and look at, at once. */
export const URGENT_ALARMS = ['fire', 'duress', 'forced', 'tamper'] as const

export interface AlarmLife {
  readonly kind: string
  readonly raisedAtMs: number
  /** When somebody noted it, or it was cleared unseen; null while neither. */
  readonly seenAtMs: number | null
  readonly clearedAtMs: number | null
}

/** Milliseconds UTC, the end not included. */
export interface TimeSpan {
  readonly fromMs: number
  readonly untilMs: number
}

/** How much of the span devices were away, added up over all devices; an alarm that is not over lasts until the span's end. */
export const awayMs = (alarms: readonly AlarmLife[], { fromMs, untilMs }: TimeSpan): number => alarms.reduce((sum, { kind, raisedAtMs, clearedAtMs }) =>
  (kind === 'device-offline' ? sum + Math.max(0, Math.min(clearedAtMs ?? untilMs, untilMs) - Math.max(raisedAtMs, fromMs)) : sum), 0)

/** How long it took until somebody looked; one at which nobody has looked counts until the span's end. */
export const waitsMs = (alarms: readonly AlarmLife[], { untilMs }: TimeSpan): number[] => alarms.map(({ raisedAtMs, seenAtMs }) => Math.max(0, (seenAtMs ?? untilMs) - raisedAtMs))

/** The middle one, the mean of both where there are two; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}

/** Devices that answered, of the time that all of them should have; null where there were none. */
export const availabilityPpm = (goneMs: number, deviceMs: number): number | null => (deviceMs <= 0 ? null : Math.max(0, Math.round((1 - goneMs / deviceMs) * 1_000_000)))
