import type { RosterItem } from '#contract/sync-roster.js'
import { currentRosterItem } from '#contract/upgrade.js'
import type { Erasure } from '../enrol/template-keeper.js'
import type { RosterSnapshot } from '../store/types.js'
import { type RosterWrite, type SimpleKind, SIMPLE_KINDS, deletionOf, idOf, isDeletion, itemsOf, kindOf } from './roster-kinds.js'

/** Ids of everything that a running snapshot has named so far. */
export type SnapshotMarks = Readonly<Record<'person' | 'consent' | SimpleKind, Set<string>>>

export interface RosterPlan {
  /** Puts and deletions to carry out in this order, after the erasures; all of a page become visible at once. */
  readonly writes: readonly RosterWrite[]
  readonly erasures: readonly Erasure[]
  /** Marks of the snapshot that goes on in the next page; undefined outside of one. */
  readonly marks: SnapshotMarks | undefined
}

/** What the gateway holds when a page arrives. */
export interface RosterState {
  readonly roster: RosterSnapshot
  /** Consent under which each person's templates stand. */
  readonly held: ReadonlyMap<string, string>
  /** Ids agreed at the desk that the server has not named yet. */
  readonly agreedHere: ReadonlySet<string>
  readonly wallMs: number
}

const freshMarks = (): SnapshotMarks => ({
  person: new Set(), consent: new Set(), permit: new Set(), gate: new Set(), schedule: new Set(), holiday: new Set(), credential: new Set(),
  visit: new Set(), 'device-settings': new Set(),
})

/**
 * What one page means for what the gateway holds. A snapshot (`reset.v1` … `complete.v1`, over any number of pages)
 * is mark and sweep: what stood here and was not named is deleted as if each deletion had been sent, except what was
 * agreed at the desk and the server has not spoken of yet.
 */
export function planRosterPage(items: readonly RosterItem[], state: RosterState, marksBefore: SnapshotMarks | undefined): RosterPlan {
  const draft = createDraft(state)
  let marks = marksBefore
  for (const item of items.map(currentRosterItem)) {
    if (item.kind === 'reset.v1') marks = freshMarks()
    else if (item.kind === 'complete.v1') {
      if (marks !== undefined) draft.sweep(marks)
      marks = undefined
    } else draft.take(item, marks)
  }
  return { writes: draft.writes, erasures: draft.erasures, marks }
}

/** The roster as it becomes, item by item, with everything that has to be written for it. */
function createDraft({ roster, held, agreedHere, wallMs }: RosterState) {
  const persons = new Set(roster.persons.map((person) => person.personRef))
  const consents = new Map(roster.consents.map((consent) => [consent.consentId, consent.personRef]))
  const expired = new Set(roster.consents.filter((consent) => consent.expiresAtMs <= wallMs).map((consent) => consent.consentId))
  /** Of each kind without a life of its own, the id and the person it goes with. */
  const simple = new Map(SIMPLE_KINDS.map((kind) => [kind, new Map(itemsOf(kind, roster).map((item) => [idOf(item), personOf(item)]))]))
  const holders = new Map(held)
  const writes: RosterWrite[] = []
  const erasures: Erasure[] = []

  const endConsent = (erasure: Erasure): void => {
    const isHeld = holders.get(erasure.personRef) === erasure.consentId
    // One that was never known here, was ended before or has expired here is proven already, with what it removed.
    if (isHeld || (consents.has(erasure.consentId) && !expired.has(erasure.consentId))) erasures.push(erasure)
    if (isHeld) holders.delete(erasure.personRef)
    consents.delete(erasure.consentId)
    writes.push({ kind: 'consent-deleted.v1', ...erasure })
  }
  const end = (kind: SimpleKind, id: string): void => {
    simple.get(kind)?.delete(id)
    writes.push(deletionOf(kind, id))
  }
  const endPerson = (personRef: string): void => {
    const heldUnder = holders.get(personRef)
    const ended = new Set(heldUnder === undefined ? [] : [heldUnder])
    for (const [consentId, of] of consents) if (of === personRef) ended.add(consentId)
    for (const consentId of ended) endConsent({ personRef, consentId, cause: 'person-removed' })
    for (const kind of ['permit', 'credential'] as const) for (const [id, of] of simple.get(kind) ?? []) if (of === personRef) end(kind, id)
    persons.delete(personRef)
    writes.push({ kind: 'person-deleted.v1', personRef })
  }

  return {
    writes,
    erasures,
    take: (item: RosterWrite, marks: SnapshotMarks | undefined): void => {
      if (item.kind === 'person-deleted.v1') return endPerson(item.personRef)
      if (item.kind === 'consent-deleted.v1') return endConsent({ personRef: item.personRef, consentId: item.consentId, cause: item.cause })
      if (isDeletion(item)) return end(kindOf(item), idOf(item))
      writes.push(item)
      if (item.kind === 'person.v1') for (const ids of [persons, marks?.person]) ids?.add(item.personRef)
      else if (item.kind === 'consent.v1') {
        consents.set(item.consentId, item.personRef)
        if (item.expiresAtMs > wallMs) expired.delete(item.consentId)
        marks?.consent.add(item.consentId)
      } else {
        simple.get(kindOf(item))?.set(idOf(item), personOf(item))
        marks?.[kindOf(item)].add(idOf(item))
      }
    },
    sweep: (named: SnapshotMarks): void => {
      for (const personRef of persons) if (!named.person.has(personRef)) endPerson(personRef)
      for (const [consentId, personRef] of consents) {
        if (!named.consent.has(consentId) && !agreedHere.has(consentId)) endConsent({ personRef, consentId, cause: 'withdrawn' })
      }
      for (const [kind, ids] of simple) for (const id of ids.keys()) if (!named[kind].has(id) && !agreedHere.has(id)) end(kind, id)
    },
  }
}

const personOf = (item: object): string | null => ('personRef' in item && typeof item.personRef === 'string' ? item.personRef : null)
