import { createExclusive } from '#kernel/exclusive.js'
import { pinMatches } from '#kernel/pin-verifier.js'
import type { CredentialSecret } from '#contract/sync-roster.js'

export type PinVerdict = 'right' | 'duress' | 'wrong' | 'busy'
type Pin = Extract<CredentialSecret, { kind: 'pin' }>

/** Checks that wait for their turn; one a keypad, and estates have fewer keypads. */
const WAITING_MAX = 16

/**
 * Checks PINs one at a time, since the log's commits run on the same few threads. Every check takes as long as every other:
 * for a number that nobody has, and for one without a duress PIN.
 */
export function createPinCheck(): (secret: Pin | undefined, pin: string) => Promise<PinVerdict> {
  const inTurn = createExclusive()
  let waiting = 0
  return async (secret, pin) => {
    if (waiting >= WAITING_MAX) return 'busy'
    waiting += 1
    try {
      return await inTurn(async () => {
        const isRight = await pinMatches(secret?.verifier ?? null, pin)
        const isDuress = await pinMatches(secret?.duressVerifier ?? null, pin)
        return isRight ? 'right' : isDuress ? 'duress' : 'wrong'
      })
    } finally {
      waiting -= 1
    }
  }
}
