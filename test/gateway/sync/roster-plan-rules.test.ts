import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RosterItem } from '#contract/sync-roster.js'
import type { RosterSnapshot } from '../../../gateway/store/types.js'
import { type SnapshotMarks, planRosterPage } from '../../../gateway/sync/roster-plan-rules.js'
import { consent, gate, permit, person, personRef, uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'

const reset: RosterItem = { kind: 'reset.v1' }
const complete: RosterItem = { kind: 'complete.v1' }
const empty: RosterSnapshot = { persons: [], consents: [], permits: [], gates: [], cursor: 0 }
const one: RosterSnapshot = { persons: [person(1)], consents: [consent(1)], permits: [permit(1)], gates: [gate(1)], cursor: 3 }
const held = new Map([[personRef(1), consent(1).consentId]])
const none = new Map<string, string>()
const plan = (items: readonly RosterItem[], roster: RosterSnapshot, holding: ReadonlyMap<string, string>, marks?: SnapshotMarks, wallMs = START_WALL_MS) =>
  planRosterPage(items, { roster, held: holding, wallMs }, marks)
const erasure = (n: number, cause: 'withdrawn' | 'expired' | 'person-removed') => ({ personRef: personRef(n), consentId: consent(n).consentId, cause })
const consentDeleted = (n: number, cause: 'withdrawn' | 'expired' | 'person-removed' = 'withdrawn'): RosterItem => ({ kind: 'consent-deleted.v1', ...erasure(n, cause) })
const personDeleted = (n: number): RosterItem => ({ kind: 'person-deleted.v1', personRef: personRef(n) })
const permitDeleted = (n: number): RosterItem => ({ kind: 'permit-deleted.v1', permitId: permit(n).permitId })

describe('plan of a roster page', () => {
  it('puts are written in order and erase nobody', () => {
    const items = [gate(1), person(1), consent(1), permit(1)]
    expect(plan(items, empty, none)).toEqual({ writes: items, erasures: [], marks: undefined })
  })

  it('a withdrawal erases once, also where no template stands under it', () => {
    for (const holding of [held, none]) {
      expect(plan([consentDeleted(1)], one, holding)).toEqual({ writes: [consentDeleted(1)], erasures: [erasure(1, 'withdrawn')], marks: undefined })
    }
    expect(plan([consentDeleted(1), consentDeleted(1)], one, held).erasures).toEqual([erasure(1, 'withdrawn')])
  })

  it('the end of a consent that was never here, or was ended before, is no second erasure', () => {
    expect(plan([consentDeleted(2)], one, held)).toEqual({ writes: [consentDeleted(2)], erasures: [], marks: undefined })
  })

  it('a consent that expired here was erased then: its end is no second proof of less', () => {
    const endMs = consent(1).expiresAtMs
    const ended = [consentDeleted(1, 'expired')]
    expect(plan(ended, one, none, undefined, endMs - 1).erasures).toEqual([erasure(1, 'expired')])
    expect(plan(ended, one, none, undefined, endMs).erasures).toEqual([])
    expect(plan(ended, one, held, undefined, endMs).erasures).toEqual([erasure(1, 'expired')])
    const longer = consent(1, { expiresAtMs: endMs + 10 })
    expect(plan([longer, ...ended], one, none, undefined, endMs).erasures).toEqual([erasure(1, 'expired')])
  })

  it('templates under another consent of the person stay', () => {
    const second = consent(1, { consentId: uuid(99, 0xc) })
    const roster = { ...one, consents: [consent(1), second] }
    const planned = plan([{ kind: 'consent-deleted.v1', consentId: second.consentId, personRef: personRef(1), cause: 'withdrawn' }], roster, held)
    expect(planned.erasures).toEqual([{ personRef: personRef(1), consentId: second.consentId, cause: 'withdrawn' }])
  })

  it('a person that goes takes consents and permits along', () => {
    expect(plan([personDeleted(1)], one, held)).toEqual({
      writes: [consentDeleted(1, 'person-removed'), permitDeleted(1), personDeleted(1)], erasures: [erasure(1, 'person-removed')], marks: undefined,
    })
  })

  it('a snapshot deletes what it did not name, at its end and not before', () => {
    const two: RosterSnapshot = { persons: [person(1), person(2)], consents: [consent(1), consent(2)], permits: [permit(1), permit(2)], gates: [gate(1), gate(2)], cursor: 5 }
    const first = plan([reset, gate(1), person(1)], two, held)
    expect([first.writes, first.erasures]).toEqual([[gate(1), person(1)], []])
    const last = plan([consent(1), permit(1), complete], two, held, first.marks)
    expect(last).toEqual({
      writes: [consent(1), permit(1), consentDeleted(2, 'person-removed'), permitDeleted(2), personDeleted(2), { kind: 'gate-deleted.v1', gateId: 'gate-2' }],
      erasures: [erasure(2, 'person-removed')],
      marks: undefined,
    })
  })

  it('a consent that a snapshot does not name counts as withdrawn', () => {
    expect(plan([reset, person(1), permit(1), gate(1), complete], one, held).erasures).toEqual([erasure(1, 'withdrawn')])
  })

  it('an end without a beginning deletes nothing', () => {
    expect(plan([complete], one, held)).toEqual({ writes: [], erasures: [], marks: undefined })
  })

  it('a second beginning starts the marks anew', () => {
    const first = plan([reset, person(1), consent(1), permit(1), gate(1)], one, held)
    const second = plan([reset, person(1), consent(1), permit(1), complete], one, held, first.marks)
    expect(second.writes.at(-1)).toEqual({ kind: 'gate-deleted.v1', gateId: 'gate-1' })
  })

  it('whatever the pages, a snapshot leaves exactly what it names', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 12 }))
    fc.assert(fc.property(numbers, numbers, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (before, named, cuts) => {
      const content = (ns: number[]): RosterItem[] => ns.flatMap((n) => [gate(n), person(n), consent(n), permit(n)])
      let roster = apply(empty, content(before))
      let items: RosterItem[] = [reset, ...content(named), complete]
      let marks: SnapshotMarks | undefined
      const holding = new Map(before.map((n) => [personRef(n), consent(n).consentId]))
      const erased: string[] = []
      for (let page = 0; items.length > 0; page++) {
        const size = cuts[page % cuts.length] as number
        const planned = plan(items.slice(0, size), roster, holding, marks)
        items = items.slice(size)
        marks = planned.marks
        roster = apply(roster, planned.writes)
        for (const { personRef: ref } of planned.erasures) {
          erased.push(ref)
          holding.delete(ref)
        }
      }
      expect(roster).toEqual(apply(empty, content(named)))
      expect(erased.sort()).toEqual(before.filter((n) => !named.includes(n)).map(personRef).sort())
    }))
  })
})

/** What the writes make of a roster; each list sorted by its key. */
function apply(roster: RosterSnapshot, writes: readonly RosterItem[]): RosterSnapshot {
  const keyed = new Map<string, RosterItem>([...roster.gates, ...roster.persons, ...roster.consents, ...roster.permits].map((item) => [keyOf(item), item]))
  for (const item of writes) {
    if (item.kind.includes('-deleted')) keyed.delete(keyOf(item))
    else keyed.set(keyOf(item), item)
  }
  const of = <Kind extends RosterItem['kind']>(kind: Kind) =>
    [...keyed].filter(([, item]) => item.kind === kind).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item as Extract<RosterItem, { kind: Kind }>)
  return { persons: of('person.v1'), consents: of('consent.v1'), permits: of('permit.v1'), gates: of('gate.v1'), cursor: 0 }
}

function keyOf(item: RosterItem): string {
  const kind = item.kind.replace('-deleted', '')
  if ('gateId' in item) return `${kind} ${item.gateId}`
  if ('permitId' in item) return `${kind} ${item.permitId}`
  if ('consentId' in item) return `${kind} ${item.consentId}`
  return 'personRef' in item ? `${kind} ${item.personRef}` : kind
}
