import type { RosterItem } from '#contract/sync-roster.js'
import type { Erasure } from '../enrol/template-keeper.js'
import type { RosterSnapshot } from '../store/types.js'

/** Keys of everything that a running snapshot has named so far. */
export interface SnapshotMarks {
  readonly persons: Set<string>
  readonly consents: Set<string>
  readonly permits: Set<string>
  readonly gates: Set<string>
}

export interface RosterPlan {
  /** Puts and deletions to carry out in this order, after the erasures. */
  readonly writes: readonly RosterItem[]
  readonly erasures: readonly Erasure[]
  /** Marks of the snapshot that goes on in the next page; undefined outside of one. */
  readonly marks: SnapshotMarks | undefined
}

/** What the gateway holds when a page arrives. */
export interface RosterState {
  readonly roster: RosterSnapshot
  /** Consent under which each person's templates stand. */
  readonly held: ReadonlyMap<string, string>
  readonly wallMs: number
}

/**
 * What one page means for what the gateway holds. A snapshot (`reset.v1` … `complete.v1`, over any number of pages)
 * is mark and sweep: what stood here and was not named is deleted as if each deletion had been sent.
 */
export function planRosterPage(items: readonly RosterItem[], state: RosterState, marksBefore: SnapshotMarks | undefined): RosterPlan {
  const draft = createDraft(state)
  let marks = marksBefore
  for (const item of items) {
    if (item.kind === 'reset.v1') marks = { persons: new Set(), consents: new Set(), permits: new Set(), gates: new Set() }
    else if (item.kind === 'complete.v1') {
      if (marks !== undefined) draft.sweep(marks)
      marks = undefined
    } else draft.take(item, marks)
  }
  return { writes: draft.writes, erasures: draft.erasures, marks }
}

/** The roster as it becomes, item by item, with everything that has to be written for it. */
function createDraft({ roster, held, wallMs }: RosterState) {
  const persons = new Set(roster.persons.map((person) => person.personRef))
  const consents = new Map(roster.consents.map((consent) => [consent.consentId, consent.personRef]))
  const expired = new Set(roster.consents.filter((consent) => consent.expiresAtMs <= wallMs).map((consent) => consent.consentId))
  const permits = new Map(roster.permits.map((permit) => [permit.permitId, permit.personRef]))
  const gates = new Set(roster.gates.map((gate) => gate.gateId))
  const holders = new Map(held)
  const writes: RosterItem[] = []
  const erasures: Erasure[] = []

  const endConsent = (erasure: Erasure): void => {
    const isHeld = holders.get(erasure.personRef) === erasure.consentId
    // One that was never known here, was ended before or has expired here is proven already, with what it removed.
    if (isHeld || (consents.has(erasure.consentId) && !expired.has(erasure.consentId))) erasures.push(erasure)
    if (isHeld) holders.delete(erasure.personRef)
    consents.delete(erasure.consentId)
    writes.push({ kind: 'consent-deleted.v1', ...erasure })
  }
  const endPermit = (permitId: string): void => {
    permits.delete(permitId)
    writes.push({ kind: 'permit-deleted.v1', permitId })
  }
  const endGate = (gateId: string): void => {
    gates.delete(gateId)
    writes.push({ kind: 'gate-deleted.v1', gateId })
  }
  const endPerson = (personRef: string): void => {
    const heldUnder = holders.get(personRef)
    const ended = new Set(heldUnder === undefined ? [] : [heldUnder])
    for (const [consentId, of] of consents) if (of === personRef) ended.add(consentId)
    for (const consentId of ended) endConsent({ personRef, consentId, cause: 'person-removed' })
    for (const [permitId, of] of permits) if (of === personRef) endPermit(permitId)
    persons.delete(personRef)
    writes.push({ kind: 'person-deleted.v1', personRef })
  }

  return {
    writes,
    erasures,
    take: (item: RosterItem, marks: SnapshotMarks | undefined): void => {
      if (item.kind === 'person-deleted.v1') return endPerson(item.personRef)
      if (item.kind === 'consent-deleted.v1') return endConsent({ personRef: item.personRef, consentId: item.consentId, cause: item.cause })
      if (item.kind === 'permit-deleted.v1') return endPermit(item.permitId)
      if (item.kind === 'gate-deleted.v1') return endGate(item.gateId)
      writes.push(item)
      if (item.kind === 'person.v1') for (const keys of [persons, marks?.persons]) keys?.add(item.personRef)
      if (item.kind === 'gate.v1') for (const keys of [gates, marks?.gates]) keys?.add(item.gateId)
      if (item.kind === 'consent.v1') {
        consents.set(item.consentId, item.personRef)
        if (item.expiresAtMs > wallMs) expired.delete(item.consentId)
        marks?.consents.add(item.consentId)
      }
      if (item.kind === 'permit.v1') {
        permits.set(item.permitId, item.personRef)
        marks?.permits.add(item.permitId)
      }
    },
    sweep: (named: SnapshotMarks): void => {
      for (const personRef of persons) if (!named.persons.has(personRef)) endPerson(personRef)
      for (const [consentId, personRef] of consents) {
        if (!named.consents.has(consentId)) endConsent({ personRef, consentId, cause: 'withdrawn' })
      }
      for (const permitId of permits.keys()) if (!named.permits.has(permitId)) endPermit(permitId)
      for (const gateId of gates) if (!named.gates.has(gateId)) endGate(gateId)
    },
  }
}
