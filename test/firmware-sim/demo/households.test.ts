import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { planEstate } from '../../../firmware-sim/demo/demo-plan.js'
import { demoPaths, openDemo } from '../../../firmware-sim/demo/demo-state.js'
import { ensureBills } from '../../../firmware-sim/demo/provision-bills.js'
import { ensureTreasuryTerms } from '../../../firmware-sim/demo/provision-treasury.js'
import { ensureEstate } from '../../../firmware-sim/demo/provision-server.js'
import { createServerApi } from '../../../firmware-sim/demo/server-api.js'
import { PASSWORD, startTestServer } from '../../server/support/test-server.js'

it('a newcomer to the demo sees buildings, units and households whose leases open the gates', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'demo-households-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const api = createServerApi({ origin: await server.app.listen({ port: 0, host: '127.0.0.1' }) })
  await api.login('user-0', PASSWORD)
  const provision = () => ensureEstate({ api, state: openDemo(join(folder, 'demo')), paths: demoPaths(join(folder, 'demo')), clock: server.clock }, planEstate(0, 6))
  await provision()
  const { read } = server.db
  const permits = async () => (await read.permit.findMany({ where: { endedAtMs: null }, include: { gates: true, person: true } }))
    .map((permit) => `${permit.person.displayName} ${permit.role} ${permit.gates.length}`).sort()
  const seen = await permits()
  expect(seen).toEqual([
    '示例住户 0101 resident 6', '示例住户 0102 household 6', '示例住户 0103 resident 6', '示例住户 0104 household 6', '示例住户 0105 resident 6', '示例住户 0106 household 6',
    '示例住户 0107 resident 6', '示例住户 0108 resident 1',
  ])
  expect([await read.building.count(), await read.unit.count(), await read.household.count()]).toEqual([2, 12, 4])
  expect((await read.person.findMany({ orderBy: { displayName: 'asc' } })).map((person) => person.unitLabel)).toEqual([
    '1栋 101', '1栋 101', '1栋 202', '1栋 202', '2栋 501', '2栋 501', '2栋 1202', '',
  ])
  await provision()
  expect(await permits()).toEqual(seen)
  expect(await read.household.count()).toBe(4)
})

it('a newcomer to the demo sees bills that explain themselves, issued once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'demo-bills-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const origin = await server.app.listen({ port: 0, host: '127.0.0.1' })
  const api = createServerApi({ origin })
  await api.login('user-0', PASSWORD)
  const estate = planEstate(0, 2)
  await ensureEstate({ api, state: openDemo(join(folder, 'demo')), paths: demoPaths(join(folder, 'demo')), clock: server.clock }, estate)
  const logins = ['finance-maker', 'finance-checker', 'treasury-officer'].map((role) => ({ loginName: role, displayName: role, password: PASSWORD, grants: [{ role, estateId: '*' }] }))
  for (const login of logins) await api.createUser(login)
  const provision = async () => {
    await ensureBills({ origin, logins, clock: server.clock }, [estate.estateId])
    await ensureTreasuryTerms({ origin, logins }, [estate.estateId])
  }
  await provision()
  const { read } = server.db
  const open = (await read.billPart.findMany()).reduce((sum, part) => sum + part.openFen, 0n)
  expect([await read.bill.count(), new Set((await read.bill.findMany()).map((bill) => bill.period)).size]).toEqual([8, 2])
  expect((await read.billLine.groupBy({ by: ['kind'], _count: true, orderBy: { kind: 'asc' } })).map((row) => [row.kind, row._count])).toEqual([['reduction', 1], ['rent', 8]])
  expect(open).toBe((await read.bill.findMany()).reduce((sum, bill) => sum + bill.totalFen, 0n))
  await provision()
  expect(await read.bill.count()).toBe(8)
  // Without it a paid bill would wait for its receipt for ever.
  expect(await read.treasuryTerms.count()).toBe(1)
})
