import { consentsThatNeed } from '../consent/consent-register.js'
import { gatesOfEstate } from '../estate/estate-register.js'
import { activePersons } from '../resident/person-register.js'
import type { CivilDate } from './civil-date-rules.js'
import { membersOfHouseholds } from './household-repository.js'
import { leasesOfHouseholds } from './lease-repository.js'
import type { MoveContext, Touched } from './move-common.js'
import { type PassChange, alignPasses, auditPasses } from './pass-alignment.js'
import { closeHouseholds, lastDays, relabel } from './residency.js'

/** What a move does, in words that a person can check before it is done. */
export interface MoveEffects {
  readonly householdIds: string[]
  readonly leases: Array<{
    leaseId: string; householdId: string; leaseNo: string; unitLabel: string; fromDate: CivilDate; untilDate: CivilDate; what: 'begins' | 'ends' | 'voided'
  }>
  readonly people: Array<{
    personRef: string; displayName: string; what: 'joins' | 'leaves' | 'stays'
    /** Of the last stay; null where it is over, or the person never came. */
    lastDate: CivilDate | null
    /** Consents that end with the stay: their own and those they gave for a child. */
    consents: number
  }>
  readonly passes: Array<{
    personRef: string; displayName: string; what: 'begins' | 'changes' | 'ends'
    gates: Array<{ gateId: string; name: string }>; validFromMs: number; validUntilMs: number
  }>
}

const personRefsOf = async (context: MoveContext, touched: Touched): Promise<string[]> =>
  [...new Set((await membersOfHouseholds(context.change.tx, touched.householdIds)).filter((member) => member.closedAtMs === null).map((member) => member.personRef))]

async function peopleOf(context: MoveContext, touched: Touched, names: ReadonlyMap<string, string>, before: ReadonlyMap<string, CivilDate>): Promise<MoveEffects['people']> {
  const after = await lastDays(context.change, [...names.keys()])
  const people: MoveEffects['people'] = []
  for (const [personRef, displayName] of names) {
    const lastDate = after.get(personRef) ?? null
    const shorter = before.has(personRef) && (lastDate === null || lastDate < (before.get(personRef) ?? ''))
    const what = touched.joined.includes(personRef) ? 'joins' : shorter ? 'leaves' : 'stays'
    people.push({ personRef, displayName, what, lastDate, consents: what === 'leaves' ? await consentsThatNeed(context.change.tx, personRef) : 0 })
  }
  return people
}

const passesOf = (changes: readonly PassChange[], names: ReadonlyMap<string, string>, gates: ReadonlyMap<string, string>): MoveEffects['passes'] =>
  changes.map(({ what, permit: { personRef, gateIds, validFromMs, validUntilMs } }) => ({
    personRef, displayName: names.get(personRef) ?? '', what, validFromMs, validUntilMs,
    gates: gateIds.map((gateId) => ({ gateId, name: gates.get(gateId) ?? gateId })),
  }))

/**
 * Runs a move and what follows from every one: permits are brought in line, what is over is carried out, and the flats
 * in lists are set. All in the move's own change.
 */
export async function carryOutMove(context: MoveContext, householdIds: readonly string[], move: () => Promise<Touched>): Promise<MoveEffects> {
  const { change, ids, estateId } = context
  const living = (await membersOfHouseholds(change.tx, householdIds)).filter((member) => member.closedAtMs === null).map((member) => member.personRef)
  const before = await lastDays(change, [...new Set(living)])
  const touched = await move()
  const personRefs = await personRefsOf(context, touched)
  const persons = await activePersons(change.tx, personRefs)
  const names = new Map(personRefs.flatMap((personRef) => persons.filter((person) => person.personRef === personRef).map((person) => [personRef, person.displayName])))
  // Counted before they end.
  const people = await peopleOf(context, touched, names, before)
  const changes = await alignPasses(ids, change, estateId, touched.householdIds)
  await auditPasses(change, changes)
  await closeHouseholds(change, touched.householdIds)
  await relabel(change, personRefs)
  const what = new Map(touched.leases.map((lease) => [lease.leaseId, lease.what]))
  const gates = new Map((await gatesOfEstate(change.tx, estateId)).map((gate) => [gate.gateId, gate.name]))
  return {
    householdIds: [...touched.householdIds], people, passes: passesOf(changes, names, gates),
    leases: (await leasesOfHouseholds(change.tx, touched.householdIds)).flatMap(({ leaseId, householdId, leaseNo, unitLabel, fromDate, untilDate }) => {
      const change = what.get(leaseId)
      return change === undefined ? [] : [{ leaseId, householdId, leaseNo, unitLabel, fromDate, untilDate, what: change }]
    }),
  }
}
