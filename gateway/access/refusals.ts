import type { Passing } from './passing.js'
import type { Refusal } from './policy.js'
import type { AccessRuntime, AccessStore } from './ports.js'
import { createRecentKeys } from './recent-keys.js'
import type { Recorder } from './recorder.js'

/** A refusal of the same person or credential, for the same reason, at the same device is one line of the log in this time. */
export const REFUSAL_REPEAT_MS = 10_000
/** Persons before gates within a window: more than any estate has. */
const RECENT_KEYS_MAX = 10_000

/**
 * Refusals: shown at once, logged once in a while, since a card that is held to a reader or a face that waits is refused
 * many times. An empty scene is counted, never logged.
 * @returns id of the record, null where there is none
 */
export function createRefusals(deps: { recorder: Recorder; store: AccessStore; runtime: AccessRuntime }) {
  const { recorder, store, runtime: { clock, ids, log } } = deps
  const recent = createRecentKeys({ clock, windowMs: REFUSAL_REPEAT_MS, keysMax: RECENT_KEYS_MAX })
  return async (passing: Passing, { reason, personRef, credentialId, visitId }: Refusal): Promise<string | null> => {
    const { place, seen } = passing
    const noFace = reason === 'no-face'
    passing.show(noFace ? 'no-face' : 'refused', reason)
    // By hand every try is one: somebody answers for it.
    const first = !noFace && (seen === null || recent.claim(`${seen.deviceId} ${reason} ${personRef ?? visitId ?? credentialId ?? ''}`))
    // A device without a gate has no passage to record: the process's own log says so.
    if (first && place === undefined) log.warn({ deviceId: seen?.deviceId }, 'a device that stands at no gate, or at two')
    const passageId = first && place !== undefined ? ids.uuid() : null
    recorder.tell(passing, noFace ? 'no-face' : 'refused', reason, passageId)
    if (passageId === null) return null
    try {
      await store.transact((tx) => recorder.append(tx, passing, passageId))
      return passageId
    } catch (error) {
      recorder.storeFailed(passing, error)
      return null
    }
  }
}
