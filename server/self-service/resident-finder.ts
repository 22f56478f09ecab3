import type { Clock } from '#kernel/clock.js'
import type { FastifyRequest } from 'fastify'
import { personOfUser } from '../auth/resident-register.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { ownHouseholds } from '../household/own-households.js'
import { callerOf } from '../http/access.js'
import { findActivePerson } from '../resident/person-register.js'

/** The resident behind a request, and the households whose bills are theirs. */
export interface Resident {
  readonly userId: string
  readonly personRef: string
  readonly estateId: string
  readonly displayName: string
  readonly unitLabel: string
  /** The present ones first. */
  readonly householdIds: readonly string[]
}

/** @throws AppError SV_HTTP_NOT_FOUND where the login is no person's, or the person was removed */
export type FindResident = (request: FastifyRequest) => Promise<Resident>

export const createResidentFinder = (deps: { read: Tx; clock: Clock }): FindResident => async (request) => {
  const { userId } = callerOf(request)
  const personRef = await personOfUser(deps.read, userId)
  const person = personRef === null ? null : await findActivePerson(deps.read, personRef)
  if (person === null) throw fail('SV_HTTP_NOT_FOUND')
  const { estateId, displayName, unitLabel } = person
  const householdIds = await ownHouseholds(deps.read, person.personRef, civilDateOf(deps.clock.wallMs()))
  return { userId, personRef: person.personRef, estateId, displayName, unitLabel, householdIds }
}
