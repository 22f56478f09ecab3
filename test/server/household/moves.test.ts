import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endOfDayMs, startOfDayMs } from '../../../server/household/civil-date-rules.js'
import { type HouseholdRig, type MoveEffects, adult, fresh, startHouseholdRig } from './household-rig.js'

let rig: HouseholdRig
beforeEach(async () => { rig = await startHouseholdRig() })
afterEach(() => rig.server.close())

interface Permit { permitId: string; gateIds: string[]; validFromMs: number; validUntilMs: number; endedAtMs: number | null }
const permits = async (personRef: string): Promise<Permit[]> => (await rig.get<{ permits: Permit[] }>(`/api/permits?personRef=${personRef}`)).permits
const open = async (personRef: string) => (await permits(personRef)).filter((permit) => permit.endedAtMs === null)
  .map(({ gateIds, validFromMs, validUntilMs }) => ({ gateIds, validFromMs, validUntilMs })).sort((a, b) => a.validFromMs - b.validFromMs)
const refs = (effects: MoveEffects): string[] => effects.people.map((person) => person.personRef)
const code = (answer: { body: unknown }) => answer.body as { code: string; details: Record<string, unknown> }
const leave = async (effects: MoveEffects, lastDate: string) => rig.done(`/api/households/${effects.householdIds[0]}/move-out`, { lastDate })
const rows = async () => ({
  households: await rig.server.db.read.household.count(), leases: await rig.server.db.read.lease.count(), members: await rig.server.db.read.householdMember.count(),
  persons: await rig.server.db.read.person.count(), permits: await rig.server.db.read.permit.count(), audit: await rig.server.db.read.auditEntry.count(),
  feed: (await rig.register.feed('jh')).at(-1)?.cursor,
})

describe('moving in', () => {
  it('makes household, lease, persons and permits at once: the gates of all and those of the building, for the days of the lease', async () => {
    const before = await rows()
    const preview = await rig.moveIn(0, { leaseNo: 'IN-1' }, true)
    expect(await rows()).toEqual(before)
    const effects = await rig.moveIn(0, { leaseNo: 'IN-1' })
    const nameless = (each: MoveEffects) => ({ people: each.people.map(({ personRef: _ref, ...person }) => person), passes: each.passes.map(({ personRef: _ref, ...pass }) => pass) })
    expect(nameless(effects)).toEqual(nameless(preview))
    expect(effects.leases).toMatchObject([{ leaseNo: 'IN-1', unitLabel: '1栋 101', fromDate: rig.day(0), untilDate: rig.day(364), what: 'begins' }])
    expect(effects.people.map(({ displayName, what, lastDate }) => [displayName, what, lastDate])).toEqual([['陈大文', 'joins', rig.day(364)], ['李小红', 'joins', rig.day(364)]])
    for (const personRef of refs(effects)) {
      expect(await open(personRef)).toEqual([{ gateIds: ['all', 'b1'], validFromMs: startOfDayMs(rig.day(0)), validUntilMs: endOfDayMs(rig.day(364)) }])
    }
    const persons = (await rig.get<{ persons: Array<{ personRef: string; unitLabel: string }> }>('/api/persons?estateId=jh&q=1栋')).persons
    expect(persons.map((person) => person.unitLabel)).toEqual(['1栋 101', '1栋 101'])
    expect((await rig.register.audit()).slice(before.audit).map((entry) => entry.action)).toEqual(['person.create', 'person.create', 'household.move-in', 'permit.issue', 'permit.issue'])
  })

  it('is refused where the unit is let on one of the days, and leaves nothing', async () => {
    await rig.moveIn(1, { untilDate: rig.day(10), leaseNo: 'T-1' })
    const before = await rows()
    const entry = { estateId: 'jh', unitId: rig.units[1], leaseNo: fresh(), members: [adult('甲', 'head')] }
    const taken = await rig.post('/api/households', { ...entry, fromDate: rig.day(10), untilDate: rig.day(20) })
    expect([taken.status, code(taken)]).toMatchObject([409, { code: 'SV_HOUSEHOLD_UNIT_TAKEN', details: { field: 'unitId', leaseNo: 'T-1', untilDate: rig.day(10) } }])
    expect(await rows()).toEqual(before)
    const next = await rig.done<MoveEffects>('/api/households', { ...entry, fromDate: rig.day(11), untilDate: rig.day(20) })
    await leave(next, rig.day(10))
  })

  it.each<[string, (rig: HouseholdRig) => object, string, string]>([
    ['a last day before the first', (at) => ({ untilDate: at.day(-1) }), 'SV_HOUSEHOLD_DATES', 'untilDate'],
    ['a day that does not exist', () => ({ fromDate: '2026-02-30' }), 'SV_HOUSEHOLD_DATES', 'fromDate'],
    ['no head', () => ({ members: [adult('甲')] }), 'SV_HOUSEHOLD_HEAD', 'members'],
    ['two heads', () => ({ members: [adult('甲', 'head'), adult('乙', 'head')] }), 'SV_HOUSEHOLD_HEAD', 'members'],
    ['a child as head', () => ({ members: [{ role: 'head', displayName: '甲', birthDate: '2015-01-01' }] }), 'SV_HOUSEHOLD_HEAD', 'members.0.role'],
    ['a birth date to come', () => ({ members: [{ role: 'head', displayName: '甲', birthDate: '2199-01-01' }] }), 'SV_PERSON_BIRTH_DATE', 'members.0.birthDate'],
    ['a phone number of eight digits', () => ({ members: [{ ...adult('甲', 'head'), phone: '12345678' }] }), 'SV_PERSON_PHONE', 'members.0.phone'],
    ['a unit of nowhere', () => ({ unitId: '01890000-0000-7000-8000-000000000000' }), 'SV_HOUSEHOLD_UNIT', 'unitId'],
    ['a name that a spreadsheet computes', () => ({ members: [adult('=1+1', 'head')] }), 'SV_HTTP_VALIDATION', 'members.0.displayName'],
    ['somebody unknown', () => ({ members: [{ role: 'head', personRef: '01890000-0000-7000-8000-000000000000' }] }), 'SV_HOUSEHOLD_MEMBER', 'members.0.personRef'],
    ['neither a person nor a name', () => ({ members: [{ role: 'head' }] }), 'SV_HTTP_VALIDATION', 'members.0'],
  ])('with %s is refused by name of the field', async (_what, change, error, field) => {
    const before = await rows()
    const answer = await rig.post('/api/households', {
      estateId: 'jh', unitId: rig.units[0], leaseNo: fresh(), fromDate: rig.day(0), untilDate: rig.day(9), members: [adult('甲', 'head')], ...change(rig),
    })
    expect(code(answer)).toMatchObject({ code: error, details: { field } })
    expect(await rows()).toEqual(before)
  })

  it('takes somebody of the register once, and not while they live elsewhere', async () => {
    const personRef = await rig.register.person('jh', '1970-01-01', '王五')
    const members = [{ role: 'head', personRef }]
    const first = await rig.moveIn(0, { members })
    const twice = await rig.post('/api/households', { estateId: 'jh', unitId: rig.units[1], leaseNo: fresh(), fromDate: rig.day(0), untilDate: rig.day(9), members })
    expect(code(twice)).toMatchObject({ code: 'SV_HOUSEHOLD_MEMBER_ELSEWHERE', details: { householdId: first.householdIds[0] } })
    const foreign = await rig.register.person('xh')
    const other = await rig.post('/api/households', { estateId: 'jh', unitId: rig.units[1], leaseNo: fresh(), fromDate: rig.day(0), untilDate: rig.day(9), members: [{ role: 'head', personRef: foreign }] })
    expect(code(other).code).toBe('SV_HOUSEHOLD_MEMBER')
  })
})

describe('a change of members', () => {
  it('gives and takes passes with the stay, and consents with its end', async () => {
    const household = await rig.moveIn(0)
    const url = `/api/households/${household.householdIds[0]}/members`
    const added = await rig.done<MoveEffects>(url, { fromDate: rig.day(0), untilDate: rig.day(20), member: { role: 'carer', displayName: '护工', birthDate: '1975-05-05', phone: '+86 138 0013 8000' } })
    const carer = added.people.find((person) => person.displayName === '护工')?.personRef as string
    expect(await open(carer)).toEqual([{ gateIds: ['all', 'b1'], validFromMs: startOfDayMs(rig.day(0)), validUntilMs: endOfDayMs(rig.day(20)) }])
    const card = await rig.get<{ members: Array<{ personRef: string; phoneMasked: string | null; role: string }> }>(`/api/households/${household.householdIds[0]}`)
    expect(card.members.find((member) => member.personRef === carer)).toMatchObject({ phoneMasked: '138****8000', role: 'carer' })
    const consentId = await rig.register.consent(carer)
    const feed = (await rig.register.feed('jh')).at(-1)?.cursor ?? 0
    const gone = await rig.done<MoveEffects>(`${url}/leave`, { personRef: carer, lastDate: rig.day(-1) })
    expect(gone.people.find((person) => person.personRef === carer)).toMatchObject({ what: 'leaves', lastDate: null, consents: 1 })
    expect(await open(carer)).toEqual([])
    expect(await rig.server.db.read.consent.findUnique({ where: { consentId } })).toMatchObject({ endCause: 'person-removed' })
    expect((await rig.register.feed('jh')).filter(({ cursor }) => cursor > feed).map(({ item }) => item['kind'])).toEqual(['permit-deleted.v1', 'consent-deleted.v1'])
  })

  it('lets no household be without its head', async () => {
    const household = await rig.moveIn(0, { members: [adult('户主', 'head'), adult('配偶'), { role: 'child', displayName: '孩子', birthDate: '2018-01-01' }] })
    const [head, spouse, child] = refs(household) as [string, string, string]
    const url = `/api/households/${household.householdIds[0]}/members/leave`
    for (const newHeadRef of [undefined, child, head]) {
      const answer = await rig.post(url, { personRef: head, lastDate: rig.day(3), ...(newHeadRef === undefined ? {} : { newHeadRef }) })
      expect(code(answer)).toMatchObject({ code: 'SV_HOUSEHOLD_HEAD', details: { field: 'newHeadRef' } })
    }
    expect(code(await rig.server.call('DELETE', `/api/persons/${head}`, { as: await rig.register.admin() })).code).toBe('SV_PERSON_IS_HEAD')
    await rig.done(url, { personRef: head, lastDate: rig.day(3), newHeadRef: spouse })
    // The new head's passes run on without a gap from one membership to the next.
    expect((await open(spouse)).map(({ validFromMs, validUntilMs }) => [validFromMs, validUntilMs])).toEqual([
      [startOfDayMs(rig.day(0)), endOfDayMs(rig.day(3))], [endOfDayMs(rig.day(3)), endOfDayMs(rig.day(364))],
    ])
    expect(await rig.server.call('DELETE', `/api/persons/${child}`, { as: await rig.register.admin() })).toMatchObject({ status: 200, body: { permitsEnded: 1 } })
  })
})

describe('换房', () => {
  it('into a free unit: old gates up to midnight, new ones from it', async () => {
    const household = await rig.moveIn(0)
    const [head] = refs(household) as [string]
    const effects = await rig.done<MoveEffects>(`/api/households/${household.householdIds[0]}/swap`, { date: rig.day(5), leaseNo: fresh(), unitId: rig.units[2] })
    expect(effects.leases.map(({ unitLabel, what, fromDate, untilDate }) => [unitLabel, what, fromDate, untilDate])).toEqual([
      ['1栋 101', 'ends', rig.day(0), rig.day(4)], ['2栋 101', 'begins', rig.day(5), rig.day(364)],
    ])
    expect(await open(head)).toEqual([
      { gateIds: ['all', 'b1'], validFromMs: startOfDayMs(rig.day(0)), validUntilMs: startOfDayMs(rig.day(5)) },
      { gateIds: ['all', 'b2'], validFromMs: startOfDayMs(rig.day(5)), validUntilMs: endOfDayMs(rig.day(364)) },
    ])
  })

  it('two households into each other\'s unit, the same day', async () => {
    const [a, b] = [await rig.moveIn(0), await rig.moveIn(2)]
    const effects = await rig.done<MoveEffects>(`/api/households/${a.householdIds[0]}/swap`, { date: rig.day(0), leaseNo: fresh(), otherHouseholdId: b.householdIds[0], otherLeaseNo: fresh() })
    // Both moved in today: their first leases never took effect.
    expect(effects.leases.map(({ unitLabel, what }) => [unitLabel, what]).sort()).toEqual([['1栋 101', 'begins'], ['1栋 101', 'voided'], ['2栋 101', 'begins'], ['2栋 101', 'voided']])
    expect((await open(refs(a)[0] as string)).map((permit) => permit.gateIds)).toEqual([['all', 'b2']])
    expect((await open(refs(b)[0] as string)).map((permit) => permit.gateIds)).toEqual([['all', 'b1']])
  })

  it('is refused into the own unit, into a let one, and with a number that is taken', async () => {
    const [a, b] = [await rig.moveIn(0, { leaseNo: 'S-A' }), await rig.moveIn(2, { leaseNo: 'S-B' })]
    const url = `/api/households/${a.householdIds[0]}/swap`
    const before = await rows()
    const answers = [
      { unitId: rig.units[0], leaseNo: fresh() }, { unitId: rig.units[2], leaseNo: fresh() }, { unitId: rig.units[3], leaseNo: 'S-B' }, { leaseNo: fresh() },
      { otherHouseholdId: b.householdIds[0], leaseNo: fresh() },
    ]
    const codes = []
    for (const body of answers) codes.push(code(await rig.post(url, { date: rig.day(1), ...body })).code)
    expect(codes).toEqual(['SV_HOUSEHOLD_UNIT', 'SV_HOUSEHOLD_UNIT_TAKEN', 'SV_HOUSEHOLD_LEASE_NO_TAKEN', 'SV_HTTP_VALIDATION', 'SV_HTTP_VALIDATION'])
    expect(code(await rig.post(url, { date: rig.day(400), leaseNo: fresh(), unitId: rig.units[3] })).code).toBe('SV_HOUSEHOLD_NO_LEASE')
    expect(await rows()).toEqual(before)
  })
})

describe('moving out', () => {
  it('on a day to come ends passes with that day, and consents when it is over', async () => {
    const household = await rig.moveIn(3)
    const [head] = refs(household) as [string]
    const consentId = await rig.register.consent(head)
    const byHand = await rig.register.permit(head, ['b1'])
    const effects = await leave(household, rig.day(2)) as MoveEffects
    expect(effects.people[0]).toMatchObject({ what: 'leaves', lastDate: rig.day(2), consents: 1 })
    expect((await open(head)).map((permit) => permit.validUntilMs)).toContain(endOfDayMs(rig.day(2)))
    const consent = () => rig.server.db.read.consent.findUniqueOrThrow({ where: { consentId } })
    const over = endOfDayMs(rig.day(2))
    await rig.advanceTo(over - 1)
    await rig.server.sweep()
    expect((await consent()).endedAtMs).toBeNull()
    await rig.advanceTo(over)
    await rig.server.sweep()
    expect(await consent()).toMatchObject({ endCause: 'person-removed', endedAtMs: BigInt(rig.server.clock.wallMs()) })
    expect(await open(head)).toEqual([])
    expect((await permits(head)).find((permit) => permit.permitId === byHand)?.endedAtMs).toBe(rig.server.clock.wallMs())
    expect(code(await rig.post(`/api/households/${household.householdIds[0]}/move-out`, { lastDate: rig.day(0) })).code).toBe('SV_HOUSEHOLD_NO_LEASE')
  })

  it('that somebody ended by hand before stays ended while the household lives on', async () => {
    const household = await rig.moveIn(3)
    const [head, spouse] = refs(household) as [string, string]
    const [permit] = await permits(head)
    expect((await rig.server.call('DELETE', `/api/permits/${permit?.permitId}`, { as: await rig.register.admin() })).status).toBe(204)
    await rig.done(`/api/households/${household.householdIds[0]}/members`, { fromDate: rig.day(0), untilDate: null, member: adult('新成员', 'other') })
    expect(await open(head)).toEqual([])
    expect(await open(spouse)).toHaveLength(1)
  })

  it('before the lease began is refused', async () => {
    const household = await rig.moveIn(3)
    const answer = await rig.post(`/api/households/${household.householdIds[0]}/move-out`, { lastDate: rig.day(-2) })
    expect(code(answer)).toMatchObject({ code: 'SV_HOUSEHOLD_DATES', details: { field: 'lastDate', problem: 'before-the-lease' } })
  })
})

describe('a lease that runs out', () => {
  it('ends consents when its last day is over, unless another follows', async () => {
    const household = await rig.moveIn(1, { untilDate: rig.day(1) })
    const renewed = await rig.moveIn(2, { untilDate: rig.day(1) })
    await rig.done(`/api/households/${renewed.householdIds[0]}/swap`, { date: rig.day(1), leaseNo: fresh(), unitId: rig.units[3] })
    const [gone, stays] = [refs(household)[0] as string, refs(renewed)[0] as string]
    const [a, b] = [await rig.register.consent(gone), await rig.register.consent(stays)]
    await rig.advanceTo(endOfDayMs(rig.day(0)))
    await rig.server.sweep()
    const label = async (personRef: string) => (await rig.server.db.read.person.findUniqueOrThrow({ where: { personRef } })).unitLabel
    expect(await label(stays)).toBe('2栋 102')
    expect(await rig.server.db.read.consent.count({ where: { consentId: { in: [a, b] }, endedAtMs: null } })).toBe(2)
    await rig.advanceTo(endOfDayMs(rig.day(0)))
    await rig.server.sweep()
    expect(await rig.server.db.read.consent.count({ where: { consentId: { in: [a, b] }, endedAtMs: null } })).toBe(0)
    expect([await label(gone), await label(stays)]).toEqual(['', ''])
  })
})
