import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RosterItem } from '#contract/sync-roster.js'
import type { RosterSnapshot } from '../../../gateway/store/types.js'
import { type SnapshotMarks, planRosterPage } from '../../../gateway/sync/roster-plan-rules.js'
import { NO_ROSTER, consent, credential, gate, permit, person, personRef, uuid, visit } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'

const reset: RosterItem = { kind: 'reset.v1' }
const complete: RosterItem = { kind: 'complete.v1' }
const empty = NO_ROSTER
const one: RosterSnapshot = { ...empty, persons: [person(1)], consents: [consent(1)], permits: [permit(1)], gates: [gate(1)], cursor: 3 }
const held = new Map([[personRef(1), consent(1).consentId]])
const none = new Map<string, string>()
const schedule = (n: number): RosterItem => ({ kind: 'schedule.v1', scheduleId: `schedule-${n}`, name: '白天', weekly: [{ days: ['mon'], from: '08:00', until: '18:00' }], onHolidays: [] })
const holiday = (n: number): RosterItem => ({ kind: 'holiday.v1', date: `2026-10-${String(n).padStart(2, '0')}`, name: '国庆节', treatAs: 'holiday' })
const settings = (n: number): RosterItem => ({ kind: 'device-settings.v1', deviceId: `cam-${n}`, parameterSetId: uuid(n), values: { brightness: n } })
const plan = (items: readonly RosterItem[], roster: RosterSnapshot, holding: ReadonlyMap<string, string>, marks?: SnapshotMarks, wallMs = START_WALL_MS, agreedHere = new Set<string>()) =>
  planRosterPage(items, { roster, held: holding, agreedHere, wallMs }, marks)
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
    const two: RosterSnapshot = { ...empty, persons: [person(1), person(2)], consents: [consent(1), consent(2)], permits: [permit(1), permit(2)], gates: [gate(1), gate(2)], cursor: 5 }
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

  it('what a server of the first contract says is written as the newest would say it', () => {
    const old: RosterItem[] = [
      { kind: 'gate.v1', gateId: 'gate-1', name: '1 号门', cameraIds: ['cam-1'], controllerId: 'ctl-1', doorNo: 1, releaseMs: 3_000, faceFreeWays: ['card', 'qr'] },
      { kind: 'permit.v1', permitId: permit(1).permitId, personRef: personRef(1), gateIds: ['gate-1'], validFromMs: permit(1).validFromMs, validUntilMs: permit(1).validUntilMs },
    ]
    expect(plan(old, empty, none).writes).toEqual([gate(1), permit(1)])
  })

  it('with a person go permits and credentials, and nobody else’s', () => {
    const state = { ...empty, persons: [person(1), person(2)], permits: [permit(1), permit(2)], credentials: [credential(1), credential(2)] }
    expect(plan([personDeleted(1)], state, none).writes).toEqual([
      permitDeleted(1), { kind: 'credential-deleted.v1', credentialId: credential(1).credentialId }, personDeleted(1),
    ])
  })

  it('what was agreed at the desk stays until the server has named it, whatever the snapshot leaves out', () => {
    const state = { ...empty, visits: [visit(1), visit(2)], credentials: [credential(1, { personRef: null, visitId: visit(1).visitId })], consents: [consent(3)] }
    const agreed = new Set([visit(1).visitId, credential(1).credentialId, consent(3).consentId])
    expect(plan([reset, complete], state, none, undefined, START_WALL_MS, agreed)).toEqual({
      writes: [{ kind: 'visit-deleted.v1', visitId: visit(2).visitId }], erasures: [], marks: undefined,
    })
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
      const content = (ns: number[]): RosterItem[] => ns.flatMap((n) => [gate(n), person(n), consent(n), permit(n), credential(n), visit(n), schedule(n), holiday(n), settings(n)])
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
  const keyed = new Map<string, RosterItem>([
    ...roster.gates, ...roster.persons, ...roster.consents, ...roster.permits, ...roster.credentials, ...roster.visits, ...roster.schedules,
    ...roster.holidays, ...roster.deviceSettings,
  ].map((item) => [keyOf(item), item]))
  for (const item of writes) {
    if (item.kind.includes('-deleted')) keyed.delete(keyOf(item))
    else keyed.set(keyOf(item), item)
  }
  const of = <Kind extends RosterItem['kind']>(kind: Kind) =>
    [...keyed].filter(([, item]) => item.kind === kind).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item as Extract<RosterItem, { kind: Kind }>)
  return {
    persons: of('person.v1'), consents: of('consent.v1'), permits: of('permit.v2'), gates: of('gate.v2'), schedules: of('schedule.v1'),
    holidays: of('holiday.v1'), credentials: of('credential.v1'), visits: of('visit.v1'), deviceSettings: of('device-settings.v1'), cursor: 0,
  }
}

function keyOf(item: RosterItem): string {
  const kind = item.kind.replace(/(-deleted)?\.v\d+$/, '')
  if ('scheduleId' in item && !('personRef' in item) && !('visitId' in item)) return `${kind} ${item.scheduleId}`
  if ('date' in item) return `${kind} ${item.date}`
  if ('deviceId' in item) return `${kind} ${item.deviceId}`
  if ('credentialId' in item) return `${kind} ${item.credentialId}`
  if ('visitId' in item) return `${kind} ${item.visitId}`
  if ('gateId' in item) return `${kind} ${item.gateId}`
  if ('permitId' in item) return `${kind} ${item.permitId}`
  if ('consentId' in item) return `${kind} ${item.consentId}`
  return 'personRef' in item ? `${kind} ${item.personRef}` : kind
}
