import { createExclusive } from '#kernel/exclusive.js'
import type { IdSource } from '#kernel/ids.js'
import { makePinVerifier } from '#kernel/pin-verifier.js'
import type { RandomSource } from '#kernel/random.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { findActivePerson } from '../resident/person-register.js'
import { endCredential } from './credential-ending.js'
import * as credentials from './credential-repository.js'
import { addCredential } from './new-credential.js'
import { duressProblem, pinProblem } from './pin-rules.js'

const NUMBER_DIGITS = 5
const PIN_DIGITS = 6
/** Of 90,000 numbers an estate uses a few thousand: so many misses in a row mean that there are none. */
const TRIES_MAX = 200

export interface NewPin {
  readonly personRef: string
  /** Null: the server makes one up. */
  readonly pin: string | null
  readonly duressPin: string | null
}

export interface PinServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly ids: IdSource
  readonly random: RandomSource
}

export interface PinService {
  /**
   * Sets a person's PIN in place of the one before; the number stays. PINs are nowhere in clear: one that was made up
   * here is in the answer and never again.
   * @throws AppError SV_HTTP_NOT_FOUND, SV_CREDENTIAL_PIN
   */
  set(by: string, pin: NewPin): Promise<{ credentialId: string; number: string; pin: string | null }>
}

function digits(random: RandomSource, count: number): string {
  const first = 1 + Math.floor(random.float() * 9)
  return `${first}${Array.from({ length: count - 1 }, () => Math.floor(random.float() * 10)).join('')}`
}

export function createPinService(deps: PinServiceDeps): PinService {
  const { read, ids, random } = deps
  // One hash at a time: the thread pool serves the database's files too.
  const inTurn = createExclusive()

  const freeNumber = async (estateId: string): Promise<string> => {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const number = digits(random, NUMBER_DIGITS)
      if (await credentials.openByLookup(read, estateId, 'pin', number) === null) return number
    }
    throw new Error('no free PIN number')
  }

  const madeUp = (birthDate: string, number: string): string => {
    for (;;) {
      const pin = digits(random, PIN_DIGITS)
      if (pinProblem(pin, birthDate, number) === undefined) return pin
    }
  }

  return {
    async set(by, asked) {
      const person = await findActivePerson(read, asked.personRef)
      if (person === null) throw fail('SV_HTTP_NOT_FOUND')
      const held = (await credentials.openOfPerson(read, asked.personRef)).find((credential) => credential.kind === 'pin')
      const number = held?.lookup ?? await freeNumber(person.estateId)
      const pin = asked.pin ?? madeUp(person.birthDate, number)
      const weak = pinProblem(pin, person.birthDate, number)
      if (weak !== undefined) throw fail('SV_CREDENTIAL_PIN', { field: 'pin', problem: weak })
      const { duressPin } = asked
      const wrong = duressPin === null ? undefined : pinProblem(duressPin, person.birthDate, number) ?? duressProblem(duressPin, pin)
      if (wrong !== undefined) throw fail('SV_CREDENTIAL_PIN', { field: 'duressPin', problem: wrong })
      const verifier = await inTurn(() => makePinVerifier(pin, random))
      const duressVerifier = duressPin === null ? null : await inTurn(() => makePinVerifier(duressPin, random))
      return deps.change(by, async (change) => {
        // What was read before the hashes were made may have changed meanwhile.
        if (await findActivePerson(change.tx, asked.personRef) === null) throw fail('SV_HTTP_NOT_FOUND')
        const now = (await credentials.openOfPerson(change.tx, asked.personRef)).filter((credential) => credential.kind === 'pin')
        for (const before of now) await endCredential(change, before, { cause: 'replaced' })
        const secret = { kind: 'pin', number, verifier, duressVerifier } as const
        const holder = { personRef: asked.personRef, visitId: null }
        const credentialId = await addCredential(change, ids, { estateId: person.estateId, holder, secret, hint: number })
        for (const before of now) await credentials.setReplacement(change.tx, before.credentialId, credentialId)
        return { credentialId, number, pin: asked.pin === null ? pin : null }
      })
    },
  }
}
