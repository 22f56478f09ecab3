import type { Role } from '../auth/roles.js'

export const LIVE_KINDS = ['access', 'gate', 'integrity', 'alarm', 'order', 'device'] as const
export type LiveKind = (typeof LIVE_KINDS)[number]

/** One event with its data as JSON text, ready to be sent. */
export interface LiveEvent {
  readonly kind: LiveKind
  readonly estateId: string
  /** What it is about: a newer event of the same key says all that an older one said. */
  readonly key: string
  readonly clear: string
  /** The same for readers who may not see names. */
  readonly masked: string
}

export interface NumberedEvent extends LiveEvent {
  readonly id: string
}

/** Who may listen to which kind. */
export type LiveRoles = Readonly<Record<LiveKind, readonly Role[]>>

/** Events kept for readers whose line broke; one that missed more loads anew. */
export const KEPT_EVENTS_MAX = 1_000

/**
 * The newest events with their ids. An id names this life of the process: after a restart nobody can tell what a
 * reader missed.
 */
export function createEventRing(deps: { life: string }) {
  const kept: NumberedEvent[] = []
  let last = 0
  /** By estate the number before which something was left out. */
  const leftOutAt = new Map<string, number>()
  const idOf = (number: number): string => `${deps.life}-${number}`

  const numberOf = (id: string): number | undefined => {
    const digits = id.startsWith(`${deps.life}-`) ? id.slice(deps.life.length + 1) : ''
    return /^\d{1,15}$/.test(digits) && Number(digits) <= last ? Number(digits) : undefined
  }

  return {
    add(event: LiveEvent): NumberedEvent {
      last += 1
      const numbered = { ...event, id: idOf(last) }
      kept.push(numbered)
      if (kept.length > KEPT_EVENTS_MAX) kept.shift()
      return numbered
    },
    /** Notes that something of the estate never became an event: who listened before it has a gap. */
    leaveOut(estateId: string): void {
      last += 1
      leftOutAt.set(estateId, last)
    },
    /** Id of the newest event: who begins here has seen all. */
    lastId: (): string => idOf(last),
    /** All events after `id`; undefined where some of them, or something left out, can no longer be given. */
    after(id: string, wants: (estateId: string) => boolean): NumberedEvent[] | undefined {
      const number = numberOf(id)
      if (number === undefined) return undefined
      if ([...leftOutAt].some(([estateId, at]) => at > number && wants(estateId))) return undefined
      const events = kept.filter((event) => (numberOf(event.id) ?? 0) > number)
      return events.length < KEPT_EVENTS_MAX ? events : undefined
    },
  }
}
