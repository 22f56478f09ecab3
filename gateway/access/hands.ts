import type { DoorModes } from './door-modes.js'
import type { Moment } from './gate-now.js'
import { decideByHand } from './policy.js'
import type { AccessRuntime, AccessStore, GateHands, HandOutcome, RosterLookup } from './ports.js'
import type { Settle } from './settle.js'

export interface Hands extends GateHands {
  /** Whoever still waits for a controller is told that no answer came. */
  stop(): void
}

/** What people do to gates by hand, from the desk or the server: in the same log, on the same way as every grant. */
export function createHands(deps: {
  roster: RosterLookup; moment: Moment; settle: Settle; modes: DoorModes
  blocks: { readonly store: AccessStore; readonly blocked: Set<string> }; runtime: AccessRuntime
}): Hands {
  const { roster, moment, settle, modes, blocks: { store, blocked }, runtime: { clock, stamp } } = deps
  const waiting = new Set<(outcome: HandOutcome) => void>()

  return {
    openByHand: ({ gateId, way, operatorRef, override }) => new Promise((resolve) => {
      const done = (outcome: HandOutcome): void => {
        waiting.delete(done)
        resolve(outcome)
      }
      const gate = roster.gate(gateId)
      if (gate === undefined) return done({ outcome: 'refused', reason: 'gate-unknown', passageId: null })
      waiting.add(done)
      const place = { gate, direction: 'in' as const }
      const decision = decideByHand(place, moment.of(place, null), override === 'emergency')
      void settle({
        way, seen: null, receivedMonoMs: clock.monoMs(), place, decision, ageMs: null, waitMs: null, attempts: 1, face: null,
        byHand: { operatorRef, override }, timings: {}, show: () => undefined,
      }, { onSettled: done })
    }),
    setDoorMode: (change) => modes.set(change),
    doorModes: () => modes.list(),
    async blockCredential({ credentialId, operatorRef }) {
      if (roster.credential(credentialId) === undefined) return false
      const wasBlocked = blocked.has(credentialId)
      // Void at once: a lost card waits for no disk.
      blocked.add(credentialId)
      if (wasBlocked) return true
      try {
        await store.transact(async (tx) => {
          await tx.blockCredential(credentialId)
          await tx.append({ kind: 'credential-blocked.v1', ...stamp(), credentialId, operatorRef })
        })
      } catch (error) {
        blocked.delete(credentialId)
        throw error
      }
      return true
    },
    stop() {
      for (const done of [...waiting]) done({ outcome: 'no-answer', reason: null, passageId: null })
    },
  }
}
