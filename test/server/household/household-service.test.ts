import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { leasesCovering } from '../../../server/household/lease-register.js'
import { gateBody } from '../support/register.js'
import { systemIds } from '../support/temp-database.js'
import { type HouseholdRig, type MoveEffects, adult, fresh, startHouseholdRig } from './household-rig.js'

let rig: HouseholdRig
beforeEach(async () => { rig = await startHouseholdRig() })
afterEach(() => rig.server.close())

interface Item { householdId: string; householdNo: string; headName: string; members: number; lease: { unitLabel: string; state: string; untilDate: string } | null }
const list = async (query = ''): Promise<Item[]> => (await rig.get<{ households: Item[] }>(`/api/households${query}`)).households
const nos = async (query: string): Promise<string[]> => (await list(query)).map((item) => item.householdNo)

describe('households', () => {
  it('are listed with unit, head and lease, and found by flat, name or number', async () => {
    await rig.moveIn(0, { leaseNo: 'A-1' })
    await rig.moveIn(2, { leaseNo: 'B-1', members: [adult('欧阳静', 'head')], untilDate: rig.day(20) })
    expect((await list()).map(({ householdNo, headName, members, lease }) => [householdNo, headName, members, lease?.unitLabel, lease?.state])).toEqual([
      ['A-1', '陈大文', 2, '1栋 101', 'current'], ['B-1', '欧阳静', 1, '2栋 101', 'current'],
    ])
    expect([await nos('?q=2栋'), await nos('?q=李小红'), await nos('?q=A-'), await nos('?q=没有')]).toEqual([['B-1'], ['A-1'], ['A-1'], []])
    expect([await nos('?state=ending'), await nos('?state=over'), await nos('?state=living')]).toEqual([['B-1'], [], ['A-1', 'B-1']])
    expect(await nos('?estateId=xh')).toEqual([])
    expect((await rig.server.call('GET', '/api/households', { as: await rig.server.as('guard@xh') })).body).toEqual({ households: [], next: null })
    const page = await rig.get<{ households: Item[]; next: string }>('/api/households?limit=1')
    expect([page.households.length, await nos(`?limit=1&after=${page.next}`)]).toEqual([1, ['B-1']])
    expect(await rig.server.call('GET', '/api/households?after=x', { as: await rig.register.admin() })).toMatchObject({ status: 400, body: { details: { field: 'after' } } })
    await rig.done(`/api/households/${(await list('?q=B-1'))[0]?.householdId}/move-out`, { lastDate: rig.day(-1) })
    expect([await nos('?state=over'), (await list('?q=B-1'))[0]]).toEqual([['B-1'], expect.objectContaining({ headName: '欧阳静', lease: null })])
  })

  it('have a card that says when each member was last seen, and that somebody looked', async () => {
    const household = await rig.moveIn(0)
    const [head] = household.people.map((person) => person.personRef) as [string]
    const passage = (gateId: string, result: string, minutes: number) => rig.server.db.transact((tx) => tx.accessEvent.create({ data: {
      passageId: systemIds.uuid(), estateId: 'jh', gatewayId: systemIds.uuid(), epoch: 1, seq: 1n, gateId, deviceId: 'cam', way: 'face', result, reason: null, decision: 'x', personRef: head,
      timings: '{}', occurredAtMs: BigInt(rig.server.clock.wallMs() - minutes * 60_000),
    } }))
    for (const [gateId, result, minutes] of [['all', 'granted', 90], ['all', 'granted', 30], ['all', 'refused', 5], ['b1', 'granted', 60]] as const) await passage(gateId, result, minutes)
    const { seen } = await rig.get<{ seen: Array<{ personRef: string; gateName: string; occurredAtMs: number }> }>(`/api/households/${household.householdIds[0]}/last-seen`)
    const nowMs = rig.server.clock.wallMs()
    expect(seen).toEqual([
      { personRef: head, gateId: 'all', gateName: 'Gate 1', occurredAtMs: nowMs - 30 * 60_000 }, { personRef: head, gateId: 'b1', gateName: 'Gate 2', occurredAtMs: nowMs - 60 * 60_000 },
    ])
    expect((await rig.register.audit()).at(-1)).toMatchObject({ action: 'household.last-seen', subject: `household:${household.householdIds[0]}` })
  })
})

describe('gates', () => {
  const gatesOf = async (effects: MoveEffects): Promise<string[]> => (await rig.server.db.read.permit.findMany({
    where: { personRef: effects.people[0]?.personRef as string, endedAtMs: null }, include: { gates: true },
  })).flatMap((permit) => permit.gates.map((gate) => gate.gateId)).sort()

  it('that come, go or are bound to a building change everybody\'s permits in the same transaction', async () => {
    const [one, two] = [await rig.moveIn(0), await rig.moveIn(2)]
    await rig.register.gate('jh', 'new', gateBody(4))
    expect([await gatesOf(one), await gatesOf(two)]).toEqual([['all', 'b1', 'new'], ['all', 'b2', 'new']])
    const as = await rig.register.admin()
    const bound = await rig.server.call('PUT', '/api/estates/jh/gates/new/buildings', { as, body: { buildingIds: [rig.buildings[1]] } })
    expect(bound).toMatchObject({ status: 200, body: { permits: 2 } })
    expect([await gatesOf(one), await gatesOf(two)]).toEqual([['all', 'b1'], ['all', 'b2', 'new']])
    expect((await rig.server.call('DELETE', '/api/estates/jh/gates/new', { as })).status).toBe(204)
    expect(await gatesOf(two)).toEqual(['all', 'b2'])
    // As a new one it is for all again.
    await rig.register.gate('jh', 'new', gateBody(4))
    expect(await gatesOf(one)).toEqual(['all', 'b1', 'new'])
    expect(await rig.server.call('PUT', '/api/estates/jh/gates/none/buildings', { as, body: { buildingIds: [] } })).toMatchObject({ status: 404 })
    expect(await rig.server.call('PUT', '/api/estates/jh/gates/all/buildings', { as, body: { buildingIds: [systemIds.uuid()] } })).toMatchObject({ body: { code: 'SV_HOUSEHOLD_BUILDING' } })
  })
})

describe('leases for whoever bills', () => {
  it('cover each day of a unit once, cut to the days that were asked for', async () => {
    const household = await rig.moveIn(0, { leaseNo: 'L-1', fromDate: rig.day(-40), untilDate: rig.day(300) })
    await rig.done(`/api/households/${household.householdIds[0]}/swap`, { date: rig.day(5), leaseNo: 'L-2', unitId: rig.units[2] })
    await rig.moveIn(0, { leaseNo: 'L-3', fromDate: rig.day(5) })
    await rig.moveIn(3, { leaseNo: 'L-4', fromDate: rig.day(100) })
    const covering = await leasesCovering(rig.server.db.read, 'jh', rig.day(-10), rig.day(20))
    expect(covering.map(({ leaseNo, unitLabel, areaCentiM2, fromDate, untilDate }) => [leaseNo, unitLabel, areaCentiM2, fromDate, untilDate]).sort()).toEqual([
      ['L-1', '1栋 101', 4_512, rig.day(-10), rig.day(4)], ['L-2', '2栋 101', 4_512, rig.day(5), rig.day(20)], ['L-3', '1栋 101', 4_512, rig.day(5), rig.day(20)],
    ].sort())
    expect(covering.filter((lease) => lease.leaseNo === 'L-1' || lease.leaseNo === 'L-2').map((lease) => lease.householdId)).toEqual([household.householdIds[0], household.householdIds[0]])
    expect(await leasesCovering(rig.server.db.read, 'xh', rig.day(-10), rig.day(20))).toEqual([])
  })
})

describe('buildings and units', () => {
  it('are refused twice, above the roof and in foreign buildings', async () => {
    const codes = async (url: string, body: object) => ((await rig.post(url, body)).body as { code: string }).code
    expect(await codes('/api/buildings', { estateId: 'jh', name: '1栋', floors: 3 })).toBe('SV_HOUSEHOLD_BUILDING_EXISTS')
    const unit = { estateId: 'jh', buildingId: rig.buildings[0], floor: 1, roomNo: '101', areaCentiM2: 100, layout: '单间', hasElevator: false }
    expect(await codes('/api/units', unit)).toBe('SV_HOUSEHOLD_UNIT_EXISTS')
    expect(await codes('/api/units', { ...unit, roomNo: '999', floor: 7 })).toBe('SV_HTTP_VALIDATION')
    expect(await codes('/api/units', { ...unit, estateId: 'xh', roomNo: '999' })).toBe('SV_HOUSEHOLD_BUILDING')
    await rig.moveIn(0, { leaseNo: fresh(), untilDate: rig.day(3) })
    const free = async (date: string) => (await rig.get<{ units: Array<{ label: string; householdId: string | null }> }>(`/api/units?estateId=jh&date=${date}`)).units
      .filter((each) => each.householdId === null).map((each) => each.label)
    expect([await free(rig.day(3)), await free(rig.day(4))]).toEqual([['1栋 102', '2栋 101', '2栋 102'], ['1栋 101', '1栋 102', '2栋 101', '2栋 102']])
  })
})
