import type { CommandEffect } from './command-machine.js'
import type { DoorControl } from './door-control.js'
import { type GrantedKeys, createGrantedKeys } from './granted-keys.js'
import type { Openings } from './openings.js'
import type { Passing } from './passing.js'
import type { Grant, Refusal } from './policy.js'
import type { AccessPolicy, AccessRuntime, AccessStore, HandOutcome } from './ports.js'
import type { Presence } from './presence.js'
import type { Recorder } from './recorder.js'
import type { UsedCodes } from './used-codes.js'
import type { VisitCount } from './visit-count.js'

/** What a grant changes beside the log, and takes back where the door did not open. */
export interface GrantEffects {
  readonly presence: Presence
  readonly openings: Openings
  readonly visits: VisitCount
  readonly codes: UsedCodes
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

/** What a grant means until it is settled. @returns takes all of it back */
function begin({ presence, openings, visits, codes }: GrantEffects, keys: GrantedKeys, granted: Grant, passageId: string, codeKey: string | undefined): () => void {
  const { gate, direction, holder, permitId } = granted
  const counted = countedVisit(granted)
  if (codeKey !== undefined) codes.use(codeKey)
  openings.begin(gate)
  if (counted !== null) visits.take(counted)
  if (holder !== null) presence.begin({ passageId, gate, holder, direction, hasPermit: permitId !== null })
  return () => {
    keys.forget(granted)
    openings.drop(gate)
    presence.drop(passageId)
  }
}

/** A visit's passages are counted inwards. */
const countedVisit = ({ visitId, direction }: Grant): string | null => (direction === 'in' ? visitId : null)

export function createGrants(deps: {
  recorder: Recorder; doors: DoorControl; effects: GrantEffects; store: AccessStore; policy: AccessPolicy; runtime: AccessRuntime
}): Grants {
  const { recorder, doors, store, policy, effects, runtime: { clock, ids } } = deps
  const { presence, visits, codes } = effects
  const keys = createGrantedKeys({ clock, regrantHoldMs: policy.regrantHoldMs })

  const echo = (passing: Passing): void => {
    passing.show('granted', null)
    recorder.tell(passing, 'held', null, null)
  }
  const grant: Grants['grant'] = async (passing, granted, { codeKey, onSettled } = {}) => {
    // A call for help is never an echo.
    if (!keys.claim(granted) && !granted.remarks.includes('duress')) return echo(passing)
    const passageId = ids.uuid()
    const takeBack = begin(effects, keys, granted, passageId, codeKey)
    const counted = countedVisit(granted)
    const settled = ({ outcome, reason }: CommandEffect): void => {
      if (outcome === 'executed') presence.released(passageId)
      else {
        takeBack()
        if (counted !== null) visits.giveBack(counted)
        if (codeKey !== undefined) codes.giveBack(codeKey)
      }
      onSettled?.({ outcome, reason, passageId })
    }
    const opening = doors.plan(granted, { passageId, way: passing.way, receivedMonoMs: passing.receivedMonoMs, lagMs: passing.seen?.lagMs ?? 0, onSettled: settled })
    const startedMs = clock.monoMs()
    try {
      await store.transact(async (tx) => {
        await recorder.append(tx, passing, passageId)
        if (counted !== null) await visits.write(tx, counted)
        if (codeKey !== undefined) await codes.write(tx, codeKey)
        await doors.write(tx, opening)
      })
    } catch (error) {
      takeBack()
      if (counted !== null) visits.undo(counted)
      if (codeKey !== undefined) codes.undo(codeKey)
      passing.show('refused', 'engine-failed')
      recorder.storeFailed(passing, error)
      return onSettled?.({ outcome: 'refused', reason: 'engine-failed', passageId: null })
    }
    const way = doors.send(opening)
    if (way.kind === 'send') passing.show('granted', null)
    else passing.show('refused', way.reason === 'expired' ? 'stale-frame' : 'controller-offline')
    recorder.tell(passing, 'granted', null, passageId, { ...passing.timings, commit: clock.monoMs() - startedMs })
  }

  return { grant, echo, isEcho: ({ way, place }, { reason, holder }) => keys.isEcho({ way, place, reason, holder }) }
}
