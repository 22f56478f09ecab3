import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { REFUSAL_REASONS } from '#contract/passage-record.js'
import type { ScheduleV1 } from '#contract/sync-roster.js'
import { type DecidedOutcome, faceClaim } from '../../../gateway/access/face-claim-rules.js'
import { type Claim, type GateNow, type Question, decide, decideByHand } from '../../../gateway/access/policy.js'
import { faceRefused, gate, matched, permit, personRef, scores, uuid, visit } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'

const controller = { bootId: uuid(5), monoMs: 70_000 }
const CARD = uuid(1, 0xcd)
/** Mondays from 08:00 to 09:00: `START_WALL_MS` is a Monday, 08:00 in Jiangmen. */
const mornings: ScheduleV1 = { kind: 'schedule.v1', scheduleId: 'mornings', name: '早上', weekly: [{ days: ['mon'], from: '08:00', until: '09:00' }], onHolidays: [] }
const schedules = new Map([['mornings', mornings], ['never', { ...mornings, scheduleId: 'never', weekly: [] }]])

const person: Claim = { kind: 'person', personRef: personRef(1), credentialId: null, counts: true, used: false, remarks: [] }
const card: Claim = { ...person, credentialId: CARD }
const guest: Claim = { kind: 'visitor', visitId: visit(1).visitId, visit: visit(1), passages: 0, agreedHere: false, credentialId: CARD, counts: true, used: false, remarks: [] }
const calm: GateNow = { fire: false, mode: 'normal', lastCrossing: undefined, area: { inside: 0, isInside: false }, group: [], controller, roster: 'current' }

interface Change extends Partial<Omit<Question, 'now' | 'place' | 'times'>> {
  readonly now?: Partial<GateNow>
  readonly direction?: 'in' | 'out'
  readonly rules?: Parameters<typeof gate>[1] extends infer G ? G extends { rules?: infer R } ? R : never : never
  readonly wallMs?: number
}
const question = ({ now, direction = 'in', rules, wallMs = START_WALL_MS, ...change }: Change = {}): Question => ({
  claim: card, place: { gate: gate(1, rules === undefined ? {} : { rules }), direction }, now: { ...calm, ...now }, permits: [permit(1)],
  times: { nowWallMs: wallMs, schedule: (id) => schedules.get(id), calendar: new Map() }, ageMs: 120, ageMsMax: 1_500, ...change,
})
const nothing = { personRef: null, permitId: null, credentialId: null, visitId: null }
const known = { ...nothing, personRef: personRef(1), credentialId: CARD }
const permitted = { ...known, permitId: permit(1).permitId }
const visiting = { ...nothing, credentialId: CARD, visitId: visit(1).visitId }
const HOUR = 3_600_000

describe('decide', () => {
  it('grants a permitted holder of a card that is fresh, at a gate whose controller is there', () => {
    expect(decide(question())).toEqual({ kind: 'granted', gate: gate(1), direction: 'in', controller, ...permitted, holder: personRef(1), remarks: [] })
  })
  it('grants a visit with its code, and nobody else’s right is asked', () => {
    expect(decide(question({ claim: guest, permits: [] }))).toMatchObject({ kind: 'granted', ...visiting, holder: visit(1).visitId })
  })

  it.each<[string, Change, string, object]>([
    ['a claim that names nobody', { claim: { kind: 'nobody', reason: 'unknown-credential', credentialId: null } }, 'unknown-credential', nothing],
    ['a blocked card, by its id', { claim: { kind: 'nobody', reason: 'blocked-credential', credentialId: CARD } }, 'blocked-credential', { ...nothing, credentialId: CARD }],
    ['a person without a permit here', { permits: [] }, 'no-permit', known],
    ['a permit for another gate', { permits: [permit(1, { gateIds: ['gate-2'] })] }, 'no-permit', known],
    ['a permit of another person', { permits: [permit(2)] }, 'no-permit', known],
    ['a permit that begins in a millisecond', { permits: [permit(1, { validFromMs: START_WALL_MS + 1 })] }, 'outside-validity', known],
    ['a permit that ends now', { permits: [permit(1, { validUntilMs: START_WALL_MS })] }, 'outside-validity', known],
    ['a card before its own time', { claim: { ...card, counts: false } }, 'outside-validity', permitted],
    ['a permit outside its times', { permits: [permit(1, { scheduleId: 'mornings' })], wallMs: START_WALL_MS + HOUR }, 'outside-schedule', permitted],
    ['a permit with empty times', { permits: [permit(1, { scheduleId: 'never' })] }, 'outside-schedule', permitted],
    ['a permit with times that are not known here', { permits: [permit(1, { scheduleId: 'unknown' })] }, 'outside-schedule', permitted],
    ['a visit that is not known here', { claim: { ...guest, visit: undefined } }, 'visit-over', visiting],
    ['a visit to another gate', { claim: { ...guest, visit: visit(1, { gateIds: ['gate-2'] }) } }, 'no-permit', visiting],
    ['a visit that begins in a millisecond', { claim: { ...guest, visit: visit(1, { validFromMs: START_WALL_MS + 1 }) } }, 'outside-validity', visiting],
    ['a visit that ends now', { claim: { ...guest, visit: visit(1, { validUntilMs: START_WALL_MS }) } }, 'visit-over', visiting],
    ['a visit outside its times', { claim: { ...guest, visit: visit(1, { scheduleId: 'never' }) } }, 'outside-schedule', visiting],
    ['a visit that has used its passages', { claim: { ...guest, visit: visit(1, { passagesMax: 2 }), passages: 2 } }, 'quota-used', visiting],
    ['a resident at a gate that is kept locked', { now: { mode: 'kept-locked' } }, 'kept-locked', permitted],
    ['a carer at a gate that is kept locked', { now: { mode: 'kept-locked' }, permits: [permit(1, { role: 'carer' })] }, 'kept-locked', permitted],
    ['a visitor at a gate that is kept locked', { now: { mode: 'kept-locked' }, claim: guest }, 'kept-locked', visiting],
    ['who is inside already, hard', { rules: { antiPassback: 'hard' }, now: { lastCrossing: { direction: 'in', atMs: START_WALL_MS - HOUR } } }, 'anti-passback', permitted],
    ['who is outside already on the way out, hard', { direction: 'out', rules: { antiPassback: 'hard' }, now: { lastCrossing: { direction: 'out', atMs: START_WALL_MS - HOUR } } }, 'anti-passback', permitted],
    ['who came in 9 minutes ago of 10, timed', { rules: { antiPassback: 'timed' }, now: { lastCrossing: { direction: 'in', atMs: START_WALL_MS - 599_999 } } }, 'anti-passback', permitted],
    ['one more than the area holds', { rules: { areaId: 'yard', occupancyMax: 3 }, now: { area: { inside: 3, isInside: false } } }, 'area-full', permitted],
    ['an interlock whose other door is open', { now: { group: [{ state: 'locked', opening: false }, { state: 'open', opening: false }] } }, 'interlocked', permitted],
    ['an interlock whose other door is unknown', { now: { group: [{ state: 'unknown', opening: false }] } }, 'interlocked', permitted],
    ['an interlock whose other door was released a moment ago', { now: { group: [{ state: 'locked', opening: true }] } }, 'interlocked', permitted],
    ['a code that was used here', { claim: { ...card, used: true } }, 'repeated-code', permitted],
    ['what was seen one millisecond too long ago', { ageMs: 1_501 }, 'stale-frame', permitted],
    ['what is of no known age', { ageMs: Number.NaN }, 'stale-frame', permitted],
    ['a controller that is not there', { now: { controller: undefined } }, 'controller-offline', permitted],
  ])('refuses %s', (_, change, reason, named) => {
    expect(decide(question(change))).toMatchObject({ kind: 'refused', reason, ...named })
  })
  it('refuses a device that stands at no gate, before it asks who is there', () => {
    expect(decide({ ...question(), place: undefined })).toEqual({ kind: 'refused', reason: 'gate-unknown', ...nothing, holder: personRef(1), remarks: [] })
  })

  it.each<[string, Change]>([
    ['by a permit that begins now', { permits: [permit(1, { validFromMs: START_WALL_MS })] }],
    ['by a permit that ends in a millisecond', { permits: [permit(1, { validUntilMs: START_WALL_MS + 1 })] }],
    ['in the first moment of its times', { permits: [permit(1, { scheduleId: 'mornings' })] }],
    ['in the last moment of its times', { permits: [permit(1, { scheduleId: 'mornings' })], wallMs: START_WALL_MS + HOUR - 1 }],
    ['what was seen as long ago as it may', { ageMs: 1_500 }],
    ['a visit with one passage left', { claim: { ...guest, visit: visit(1, { passagesMax: 2 }), passages: 1 } }],
    ['staff at a gate that is kept locked', { now: { mode: 'kept-locked' }, permits: [permit(1), permit(1, { permitId: uuid(9), role: 'staff' })] }],
    ['at a gate that is kept open', { now: { mode: 'kept-open' } }],
    ['who went out, hard', { rules: { antiPassback: 'hard' }, now: { lastCrossing: { direction: 'out', atMs: START_WALL_MS - 1 } } }],
    ['who is inside, where nobody asks', { now: { lastCrossing: { direction: 'in', atMs: START_WALL_MS - 1 } } }],
    ['who came in 10 minutes ago of 10, timed', { rules: { antiPassback: 'timed' }, now: { lastCrossing: { direction: 'in', atMs: START_WALL_MS - 600_000 } } }],
    ['twice on the way out, timed', { direction: 'out', rules: { antiPassback: 'timed' }, now: { lastCrossing: { direction: 'out', atMs: START_WALL_MS - 1 } } }],
    ['whose crossing lies in the future of a clock that was set back', { rules: { antiPassback: 'hard' }, now: { lastCrossing: { direction: 'in', atMs: START_WALL_MS + 1 } } }],
    ['who is one of those inside a full area', { rules: { areaId: 'yard', occupancyMax: 3 }, now: { area: { inside: 3, isInside: true } } }],
    ['the last one that an area holds', { rules: { areaId: 'yard', occupancyMax: 3 }, now: { area: { inside: 2, isInside: false } } }],
    ['out of a full area', { direction: 'out', rules: { areaId: 'yard', occupancyMax: 3 }, now: { area: { inside: 3, isInside: false } } }],
    ['an interlock whose other doors are locked', { now: { group: [{ state: 'locked', opening: false }] } }],
    // Nobody is held inside by a date.
    ['out, by a permit that has ended', { direction: 'out', permits: [permit(1, { validUntilMs: 0 })] }],
    ['out, outside of its times', { direction: 'out', permits: [permit(1, { scheduleId: 'never' })] }],
    ['out, of a visit that is over', { direction: 'out', claim: { ...guest, visit: visit(1, { validUntilMs: 0, passagesMax: 1 }), passages: 1, counts: false } }],
    ['out of a gate that is kept locked', { direction: 'out', now: { mode: 'kept-locked' } }],
  ])('grants %s', (_, change) => expect(decide(question(change)).kind).toBe('granted'))

  it('lets through with a remark where anti-passback is soft', () => {
    expect(decide(question({ rules: { antiPassback: 'soft' }, now: { lastCrossing: { direction: 'in', atMs: START_WALL_MS - 1 } } }))).toMatchObject({ kind: 'granted', remarks: ['anti-passback'] })
  })
  it('keeps what the claim remarks, granted or refused', () => {
    const claim: Claim = { ...card, remarks: ['duress'] }
    expect([decide(question({ claim })), decide(question({ claim, permits: [] }))]).toMatchObject([{ kind: 'granted', remarks: ['duress'] }, { kind: 'refused', remarks: ['duress'] }])
  })

  it.each<[string, Change, 'granted' | 'refused']>([
    ['a resident', {}, 'granted'],
    ['somebody of a household', { permits: [permit(1, { role: 'household' })] }, 'granted'],
    ['staff', { permits: [permit(1, { role: 'staff' })] }, 'granted'],
    ['a carer who lives there, too', { permits: [permit(1, { permitId: uuid(9), role: 'carer' }), permit(1)] }, 'granted'],
    ['a visitor whom the desk let in', { claim: { ...guest, agreedHere: true } }, 'granted'],
    ['a carer on the way out', { direction: 'out', permits: [permit(1, { role: 'carer' })] }, 'granted'],
    ['a visitor on the way out', { direction: 'out', claim: guest }, 'granted'],
    ['a visitor where it burns', { claim: guest, now: { fire: true } }, 'granted'],
    ['a carer', { permits: [permit(1, { role: 'carer' })] }, 'refused'],
    ['a visitor', { claim: guest, permits: [] }, 'refused'],
  ])('on a roster that is too old %s is %s', (_, change, kind) => {
    const decided = decide(question({ ...change, now: { ...change.now, roster: 'too-old' } }))
    expect(decided).toMatchObject(kind === 'granted' ? { kind, remarks: ['stale-roster'] } : { kind, reason: 'stale-roster', remarks: [] })
    expect(decide(question({ ...change, now: { ...change.now, roster: 'old' } }))).toMatchObject({ kind: 'granted', remarks: ['stale-roster'] })
    expect(decide(question(change))).toMatchObject({ kind: 'granted', remarks: [] })
  })
  it('whose right has ended is told that, on a roster of any age', () => {
    expect(decide(question({ now: { roster: 'too-old' }, claim: { ...guest, visit: visit(1, { validUntilMs: START_WALL_MS }) } }))).toMatchObject({ reason: 'visit-over' })
  })

  it('fire overrides every rule of gate and time, and not who it is', () => {
    const worst: Change = {
      rules: { antiPassback: 'hard', areaId: 'yard', occupancyMax: 1 }, permits: [permit(1, { validUntilMs: 0, scheduleId: 'never' })],
      now: { fire: true, mode: 'kept-locked', lastCrossing: { direction: 'in', atMs: START_WALL_MS - 1 }, area: { inside: 9, isInside: false }, group: [{ state: 'open', opening: true }] },
    }
    expect(decide(question(worst))).toMatchObject({ kind: 'granted', permitId: permit(1).permitId })
    expect(decide(question({ ...worst, permits: [] }))).toMatchObject({ reason: 'no-permit' })
    expect(decide(question({ ...worst, now: { ...worst.now, controller: undefined } }))).toMatchObject({ reason: 'controller-offline' })
  })

  it('never grants without each of its conditions, whatever the rest, and knows no reason outside the contract', () => {
    const drawn = fc.record({
      claim: fc.constantFrom<Claim>(person, card, guest, { ...card, used: true }, { ...card, counts: false }, { kind: 'nobody', reason: 'not-live', credentialId: null }),
      permits: fc.subarray([permit(1), permit(2), permit(1, { permitId: uuid(7), validUntilMs: START_WALL_MS - 1 }), permit(1, { permitId: uuid(8), scheduleId: 'mornings' })]),
      wallMs: fc.integer({ min: START_WALL_MS - 2e9, max: START_WALL_MS + 4e9 }),
      ageMs: fc.oneof(fc.double({ min: 0, max: 5_000 }), fc.constant(Number.NaN)),
      now: fc.record({
        fire: fc.boolean(), mode: fc.constantFrom('normal', 'kept-open', 'kept-locked'), controller: fc.constantFrom(undefined, controller),
        lastCrossing: fc.constantFrom(undefined, { direction: 'in' as const, atMs: START_WALL_MS - 2e9 }, { direction: 'out' as const, atMs: START_WALL_MS - 2e9 }),
        area: fc.record({ inside: fc.nat(4), isInside: fc.boolean() }), group: fc.subarray([{ state: 'open' as const, opening: false }]),
      }),
      rules: fc.record({ antiPassback: fc.constantFrom('off', 'soft', 'hard', 'timed'), areaId: fc.constantFrom(null, 'yard'), occupancyMax: fc.constantFrom(null, 2) }),
    })
    fc.assert(fc.property(drawn, (change) => {
      const decision = decide(question(change as Change))
      if (decision.kind === 'refused') return REFUSAL_REASONS.includes(decision.reason)
      const { claim, now, rules, ageMs, wallMs } = change
      const right = claim.kind === 'visitor' || change.permits.some((held) => held.permitId === decision.permitId && held.personRef === personRef(1))
      const gateLets = now.fire || (now.mode !== 'kept-locked' && now.group.length === 0
        && !(rules.antiPassback === 'hard' && now.lastCrossing?.direction === 'in' && now.lastCrossing.atMs <= wallMs)
        && !(rules.areaId !== null && rules.occupancyMax !== null && now.area.inside >= rules.occupancyMax && !now.area.isInside))
      return claim.kind !== 'nobody' && !claim.used && (claim.counts || now.fire) && right && gateLets && ageMs <= 1_500 && now.controller !== undefined
    }), { numRuns: 3_000 })
  })
})

describe('a face', () => {
  it.each(['undecodable', 'no-face', 'many-faces', 'face-too-small', 'poor-quality', 'not-live', 'not-recognised', 'ambiguous'] as const)('that is refused as %s names nobody', (reason) => {
    expect(faceClaim(faceRefused(reason), true, gate(1))).toEqual({ kind: 'nobody', reason, credentialId: null })
  })
  it('of a dead worker is no face', () => {
    expect(faceClaim({ kind: 'failed', stage: 'decode', message: 'worker died', timings: {} }, true, gate(1))).toMatchObject({ reason: 'engine-failed' })
  })
  it('whose consent has ended is a stranger', () => expect(faceClaim(matched(personRef(1)), false, gate(1))).toEqual({ kind: 'nobody', reason: 'not-recognised', credentialId: null }))
  it('is the person, and says where more was asked of a look-alike', () => {
    expect(faceClaim(matched(personRef(1)), true, gate(1))).toEqual(person)
    expect(faceClaim(matched(personRef(1), { lookAlike: true }), true, gate(1))).toEqual({ ...person, remarks: ['raised-threshold'] })
  })
  it('of a look-alike that stays ambiguous is asked for a card, where the gate has something to show one to', () => {
    const outcome: DecidedOutcome = { kind: 'refused', stage: 'match', reason: 'ambiguous', scores: scores({ lookAlike: true }), box: null, timings: {} }
    expect([gate(1), gate(1, { faceFreeWays: ['guard'] })].map((at) => faceClaim(outcome, true, at))).toMatchObject([{ reason: 'second-factor' }, { reason: 'ambiguous' }])
  })
})

describe('by hand', () => {
  const place = { gate: gate(1), direction: 'in' as const }
  const blocked = [{ state: 'open' as const, opening: false }]
  it.each([
    ['opens', calm, false, 'granted'],
    ['opens what is kept locked', { ...calm, mode: 'kept-locked' as const }, false, 'granted'],
    ['does not break an interlock', { ...calm, group: blocked }, false, 'interlocked'],
    ['breaks an interlock in an emergency', { ...calm, group: blocked }, true, 'granted'],
    ['opens while it burns', { ...calm, fire: true, group: blocked }, false, 'granted'],
    ['needs the controller', { ...calm, controller: undefined }, true, 'controller-offline'],
  ])('%s', (_, now, isEmergency, expected) => {
    const decision = decideByHand(place, now, isEmergency)
    expect(decision.kind === 'granted' ? 'granted' : decision.reason).toBe(expected)
  })
})
