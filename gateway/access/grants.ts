import type { CommandEffect } from './command-machine.js'
import type { DoorControl } from './door-control.js'
import type { Openings } from './openings.js'
import type { Passing } from './passing.js'
import type { Grant, Refusal } from './policy.js'
import type { AccessPolicy, AccessRuntime, AccessStore, HandOutcome } from './ports.js'
import type { Presence } from './presence.js'
import { createRecentKeys } from './recent-keys.js'
import type { Recorder } from './recorder.js'
import type { VisitCount } from './visit-count.js'

/** Persons before gates within a window: more than any estate has. */
const RECENT_KEYS_MAX = 10_000
/** Somebody who was let in may stand in the doorway for so long: what a camera sees of them then is no new wish to pass. */
const LINGER_MS = 12_000

/** What a grant changes beside the log, and takes back where the door did not open. */
export interface GrantEffects {
  readonly presence: Presence
  readonly openings: Openings
  readonly visits: VisitCount
  /** A code that may be used once was used here, or was not after all. */
  readonly codes: { use(key: string): void; forget(key: string): void }
}

export interface GrantOptions {
  /** Of a code that may be used once. */
  readonly codeKey?: string | undefined
  /** Called once, with what became of it. */
  readonly onSettled?: (outcome: HandOutcome) => void
}

export interface Grants {
  /** Commits, then commands; one command per holder, gate and direction in the hold time. Never rejects. */
  grant(passing: Passing, grant: Grant, options?: GrantOptions): Promise<void>
  /** True where a refusal only says that this one was let in a moment ago: then nothing is refused. */
  isEcho(passing: Passing, refusal: Refusal): boolean
  /** Somebody who was let in a moment ago is seen or presents again: there is no record of it. */
  echo(passing: Passing): void
}

/** Refusals that a passage brings about by itself. */
const ECHOES: ReadonlySet<Refusal['reason']> = new Set(['anti-passback', 'repeated-code', 'quota-used'])

export function createGrants(deps: {
  recorder: Recorder; doors: DoorControl; effects: GrantEffects; store: AccessStore; policy: AccessPolicy; runtime: AccessRuntime
}): Grants {
  const { recorder, doors, store, policy, effects: { presence, openings, visits, codes }, runtime: { clock, ids } } = deps
  const holds = createRecentKeys({ clock, windowMs: policy.regrantHoldMs, keysMax: RECENT_KEYS_MAX })
  const lingering = createRecentKeys({ clock, windowMs: LINGER_MS, keysMax: RECENT_KEYS_MAX })
  const keyOf = ({ place }: Passing, holder: string): string => `${place?.gate.gateId} ${place?.direction} ${holder}`

  /** What a grant means until it is settled; the answer takes all of it back, once. */
  const begin = (passing: Passing, { gate, direction, holder, visitId, permitId }: Grant, passageId: string, codeKey: string | undefined): (() => void) => {
    const key = holder === null ? undefined : keyOf(passing, holder)
    const counts = visitId !== null && direction === 'in'
    if (key !== undefined) lingering.claim(key)
    if (codeKey !== undefined) codes.use(codeKey)
    openings.begin(gate)
    if (counts) visits.take(visitId)
    if (holder !== null) presence.begin({ passageId, gate, holder, direction, hasPermit: permitId !== null })
    return () => {
      if (key !== undefined) for (const keys of [holds, lingering]) keys.forget(key)
      if (codeKey !== undefined) codes.forget(codeKey)
      openings.drop(gate)
      presence.drop(passageId)
    }
  }

  const grant: Grants['grant'] = async (passing, granted, { codeKey, onSettled } = {}) => {
    const { holder, visitId, direction } = granted
    // A call for help is never an echo.
    const isFirst = holder === null || holds.claim(keyOf(passing, holder))
    if (!isFirst && !granted.remarks.includes('duress')) return echo(passing)
    const passageId = ids.uuid()
    const takeBack = begin(passing, granted, passageId, codeKey)
    const countedVisit = direction === 'in' ? visitId : null
    const settled = ({ outcome, reason }: CommandEffect): void => {
      if (outcome === 'executed') presence.released(passageId)
      else {
        takeBack()
        if (countedVisit !== null) visits.giveBack(countedVisit)
      }
      onSettled?.({ outcome, reason, passageId })
    }
    const opening = doors.plan(granted, { passageId, receivedMonoMs: passing.receivedMonoMs, lagMs: passing.seen?.lagMs ?? 0, onSettled: settled })
    const startedMs = clock.monoMs()
    try {
      await store.transact(async (tx) => {
        await recorder.append(tx, passing, passageId)
        if (countedVisit !== null) await visits.write(tx, countedVisit)
        await doors.write(tx, opening)
      })
    } catch (error) {
      takeBack()
      if (countedVisit !== null) visits.undo(countedVisit)
      passing.show('refused', 'engine-failed')
      recorder.storeFailed(passing, error)
      return onSettled?.({ outcome: 'refused', reason: 'engine-failed', passageId: null })
    }
    const way = doors.send(opening)
    if (way.kind === 'send') passing.show('granted', null)
    else passing.show('refused', way.reason === 'expired' ? 'stale-frame' : 'controller-offline')
    recorder.tell(passing, 'granted', null, passageId, { ...passing.timings, commit: clock.monoMs() - startedMs })
  }

  const echo = (passing: Passing): void => {
    passing.show('granted', null)
    recorder.tell(passing, 'held', null, null)
  }

  return {
    grant,
    echo,
    isEcho(passing, { reason, holder }) {
      if (holder === null || !ECHOES.has(reason)) return false
      const key = keyOf(passing, holder)
      return passing.way === 'face' ? lingering.has(key) : holds.has(key)
    },
  }
}
