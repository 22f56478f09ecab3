import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Gate, GatewayIntegrity } from '../../server/web/kit/api/types.js'
import { type Rig, startRig } from './support/manager-rig.js'
import { createWorld } from './support/world.js'

let rig: Rig
beforeAll(async () => { rig = await startRig(createWorld(Date.now(), { estates: 5, passages: 60 })) })
afterEach(() => rig.leave())
afterAll(() => rig.stop())

function changeGate(gateId: string, change: Partial<Gate>): void {
  const at = rig.world.gates.findIndex((gate) => gate.gateId === gateId)
  const gate = { ...rig.world.gates[at] as Gate, ...change, updatedAtMs: Date.now() }
  rig.world.gates[at] = gate
  rig.server.lines.send('gate', gate)
}
function changeGateway(index: number, change: Partial<GatewayIntegrity>): GatewayIntegrity {
  const gateway = { ...rig.world.gateways[index] as GatewayIntegrity, ...change }
  rig.world.gateways[index] = gateway
  rig.server.lines.send('integrity', gateway)
  return gateway
}

describe('now', () => {
  it('shows each gate\'s condition and follows it live, alarms above everything', async () => {
    const { gateCondition, gate, live, find, page } = await rig.manager('/manager?estate=estate-1')
    await live()
    await gate('gate-1-1').waitFor()
    await expect.poll(async () => [await gateCondition('gate-1-1'), await gateCondition('gate-1-2'), await gateCondition('gate-1-3'), await find('alarms').count()]).toEqual(['locked', 'released', 'open', 0])
    changeGate('gate-1-1', { fire: true })
    await page.locator('[data-test="gate-gate-1-1"][data-condition="fire"]').waitFor()
    changeGate('gate-1-4', { controller: 'offline' })
    changeGate('gate-1-5', { alarm: 'forced' })
    await find('alarm-gate-1-5').waitFor()
    await expect.poll(() => find('alarms').locator('li').evaluateAll((all) => all.map((item) => (item as HTMLElement).dataset['test']))).toEqual(['alarm-gate-1-1', 'alarm-gate-1-5', 'alarm-gate-1-4'])
    changeGate('gate-1-1', { fire: false })
    await find('alarm-gate-1-1').waitFor({ state: 'detached' })
    await gate('gate-1-2').click()
    await page.waitForURL('**/manager/log?estate=estate-1&gate=gate-1-2')
  })

  it('says since when a gateway is silent and how many records are known to wait', async () => {
    const { find, live } = await rig.manager('/manager?estate=estate-4')
    await live()
    await find('uplink-down').waitFor()
    changeGateway(3, { epochs: [{ epoch: 1, contiguousSeq: 100, headSeq: 131, missing: [], duplicates: 0, chain: 'verified', brokenAtSeq: null }] })
    await find('uplink-down').getByText('已知有 31 条记录待补传').waitFor()
    await expect.poll(() => find('uplink-down').innerText()).toMatch(/示例·台城新村|1 号网关 与中心失去联系\s+自 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d 起（25分钟前）/)
  })

  it('keeps the gates on the screen where a refresh fails, and says so where nothing ever came', async () => {
    rig.server.failing.set('/api/gates', 500)
    const { find } = await rig.manager('/manager')
    await find('state-unavailable').waitFor()
    rig.server.failing.clear()
    await find('retry').click()
    await find('gate-gate-2-1').waitFor()
  })
})

describe('integrity', () => {
  it('says that all is there, or names the missing range, and follows it live', async () => {
    const { sentences, find, page } = await rig.manager('/manager/integrity')
    await find('verdict').waitFor()
    const [whole, gaps] = [rig.world.gateways[0]?.gatewayId ?? '', rig.world.gateways[4]?.gatewayId ?? '']
    expect(await sentences(whole)).toEqual(['1…48,211 全部收到，重复 3 条已去除，无缺失'])
    expect(await sentences(gaps)).toEqual(['1…1,200 已全部收到，重复 12 条已去除', '缺第 1,201…1,240、1,300 条，共 41 条', '1…30,000 全部收到，无重复，无缺失'])
    await expect.poll(() => find('verdict').innerText()).toContain('1 个边缘网关需要查看，共 5 个')
    await page.locator('[data-test="verdict"]').waitFor()
    changeGateway(4, { epochs: [{ epoch: 2, contiguousSeq: 4_810, headSeq: 4_810, missing: [], duplicates: 12, chain: 'verified', brokenAtSeq: null }] })
    await page.getByText('已收到的记录全部完整；1 个边缘网关失去联系').waitFor()
    expect(await sentences(gaps)).toEqual(['1…4,810 全部收到，重复 12 条已去除，无缺失'])
  })

  it('names the record at which a chain breaks', async () => {
    const { find, sentences, page } = await rig.manager('/manager/integrity?estate=estate-2')
    await find('verdict').waitFor()
    const { gatewayId } = changeGateway(1, { epochs: [{ epoch: 1, contiguousSeq: 900, headSeq: 900, missing: [], duplicates: 0, chain: 'broken', brokenAtSeq: 777 }] })
    await page.locator(`[data-test="gateway-${gatewayId}"][data-state="broken"]`).waitFor()
    expect((await sentences(gatewayId)).at(-1)).toContain('第 777 条与前一条对不上')
  })
})

describe('residents', () => {
  it('are found by name, a page at a time', async () => {
    const { find, page } = await rig.manager('/manager/people?estate=estate-1')
    await find('person').first().waitFor()
    await expect.poll(() => find('person').count()).toBe(50)
    await find('more-people').click()
    await page.waitForFunction(() => document.querySelectorAll('[data-test="person"]').length === 64)
    await find('people-search').fill('欧阳')
    const count = rig.world.persons.filter((person) => person.estateId === 'estate-1' && person.displayName.includes('欧阳')).length
    await page.waitForFunction((expected) => document.querySelectorAll('[data-test="person"]').length === expected, count)
    await find('people-search').fill('nobody')
    await find('state-empty').waitFor()
  })

  it('withdraw in two taps; it shows as done when the server says so, gateway by gateway', async () => {
    const consent = rig.world.consents.find((each) => rig.world.persons.find((person) => person.personRef === each.personRef)?.estateId === 'estate-1')
    const { find, person, page } = await rig.manager('/manager/people?estate=estate-1')
    const name = rig.world.persons.find((each) => each.personRef === consent?.personRef)?.displayName ?? ''
    await find('people-search').fill(name)
    await person(consent?.personRef ?? '').click()
    await find('withdraw').click()
    await expect.poll(() => find('withdraw-ask').innerText()).toContain(`撤回“${name}”的同意？`)
    await find('withdraw-keep').click()
    expect(rig.world.consents.find((each) => each.consentId === consent?.consentId)?.endedAtMs).toBeNull()

    rig.server.failing.set(`/api/consents/${consent?.consentId}/withdraw`, 503)
    await find('withdraw').click()
    await find('withdraw-sure').click()
    await page.getByText('没有撤回成功，同意仍然有效').waitFor()
    rig.server.failing.clear()

    await find('withdraw').click()
    await find('withdraw-sure').click()
    await page.locator(`[data-test="consent-${consent?.consentId}"][data-state="withdrawn"]`).waitFor()
    await expect.poll(() => find('holdings').innerText()).toContain('0 / 1 个边缘网关已删除')
    const at = rig.world.consents.findIndex((each) => each.consentId === consent?.consentId)
    const held = rig.world.consents[at]
    if (held !== undefined) rig.world.consents[at] = { ...held, holdings: held.holdings.map((holding) => ({ ...holding, erasedAtMs: Date.now() })) }
    await page.getByText('全部 1 个边缘网关已删除').waitFor()
    await expect.poll(() => find('withdraw').count()).toBe(0)
  })
})
