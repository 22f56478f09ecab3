import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addDays, civilDateOf } from '../../server/household/civil-date-rules.js'
import { SAMPLE, workbookOf } from '../server/household/import/workbooks.js'
import { type Register, gateBody, registerOf } from '../server/support/register.js'
import { type TestServer, startTestServer } from '../server/support/test-server.js'
import { builtWeb } from './support/built-web.js'
import { launchBrowser } from './support/launch-browser.js'
import { type ManagerPages, managerPages, pointerAway } from './support/manager-pages.js'
import { VIEWPORTS, axeFindings, sidewaysOverflow, still, watchComplaints } from './support/page-checks.js'

/** Pictures of every page, to be looked at by people. */
const SHOTS = join(tmpdir(), 'smart-estates-shots')

let server: TestServer
let register: Register
let browser: Browser
let origin: string
let today: string
beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  // The browser's clock is this machine's.
  const [started, launched] = await Promise.all([builtWeb().then((folder) => startTestServer(folder, Date.now())), launchBrowser()])
  server = started
  browser = launched
  today = civilDateOf(server.clock.wallMs())
  register = registerOf(server)
  origin = await server.app.listen({ port: 0, host: '127.0.0.1' })
  await register.gate('jh', 'south', { ...gateBody(1), name: '南门' })
  console.log(`screenshots: ${SHOTS}`)
}, 240_000)
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())))
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

type Visitor = ManagerPages & { readonly complaints: string[] }
async function visitor(path: string, device: keyof typeof VIEWPORTS, as: 'estate-manager' | 'guard' = 'estate-manager'): Promise<Visitor> {
  const phone = device === 'phone'
  const context = await browser.newContext({ viewport: VIEWPORTS[device], locale: 'zh-CN', timezoneId: 'America/New_York', hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1 })
  context.setDefaultTimeout(20_000)
  const [name, value] = (await server.as(`${as}@jh`)).split('=') as [string, string]
  await context.addCookies([{ name, value, url: origin }])
  const page = await context.newPage()
  const complaints = watchComplaints(page)
  await page.goto(`${origin}${path}`)
  return { ...managerPages(page, origin), complaints }
}
async function looksRight({ page, complaints }: Visitor, name: string): Promise<void> {
  await pointerAway(page)
  await still(page)
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
  expect(await axeFindings(page, true), name).toEqual([])
  expect(await sidewaysOverflow(page), name).toEqual([])
  expect(complaints, name).toEqual([])
}
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const leases = () => server.db.read.lease.findMany({ orderBy: { createdAtMs: 'asc' }, include: { unit: true } })

for (const [at, device] of (Object.keys(VIEWPORTS) as Array<keyof typeof VIEWPORTS>).entries()) {
  describe(`on a ${device}`, () => {
    it('an estate is taken in from a workbook, after its errors were shown', async () => {
      const manager = await visitor('/manager/households', device)
      await manager.find('household').or(manager.page.locator('.block')).first().waitFor()
      await looksRight(manager, `${device}-households-${at === 0 ? 'none' : 'before'}`)
      await manager.find('to-import').click()
      const wrong = { ...SAMPLE, 租约: (SAMPLE['租约'] ?? []).map((row, index) => (index === 0 ? [...row.slice(0, 6), '2025-02-30'] : row)) }
      await manager.find('file').setInputFiles({ name: 'estate.xlsx', mimeType: XLSX, buffer: await workbookOf(wrong) })
      await manager.find('import-look').click()
      await manager.find('import-error').first().waitFor()
      await expect.poll(() => manager.find('import-confirm').count()).toBe(0)
      await looksRight(manager, `${device}-import-errors`)
      await manager.find('file').setInputFiles({ name: 'estate.xlsx', mimeType: XLSX, buffer: await workbookOf(SAMPLE) })
      await manager.find('import-look').click()
      await manager.page.locator('[data-test="import-preview"][data-errors="0"]').waitFor()
      await looksRight(manager, `${device}-import-preview`)
      if (at === 0) {
        await manager.find('import-confirm').click()
        await manager.find('import-done').waitFor()
        await looksRight(manager, `${device}-import-done`)
      }
      expect((await leases()).filter((lease) => lease.leaseNo.startsWith('HT-')).length).toBe(2)
    })

    it('a household moves in, with a preview of what will happen', async () => {
      const manager = await visitor('/manager/households', device)
      await manager.find('to-move-in').click()
      await manager.find('unit').locator('option').nth(1).waitFor({ state: 'attached' })
      await manager.find('move-next').click()
      await manager.find('move-problem').waitFor()
      await looksRight(manager, `${device}-move-in-missing`)
      await manager.find('until-date').fill(addDays(today, 729))
      await manager.find('unit').selectOption({ index: 1 })
      await manager.find('lease-no').fill(`XZ-${at}`)
      await manager.find('member-name').fill('黄志明')
      await manager.find('member-birth').fill('1979-08-09')
      await manager.find('member-phone').fill('13612345678')
      const before = await server.db.read.lease.count()
      await manager.find('move-next').click()
      await manager.page.locator('[data-step="preview"]').waitFor()
      expect(await server.db.read.lease.count()).toBe(before)
      await looksRight(manager, `${device}-move-in-preview`)
      await manager.find('move-confirm').click()
      await manager.page.locator('[data-step="done"]').waitFor()
      await looksRight(manager, `${device}-move-in-done`)
      expect((await leases()).at(-1)).toMatchObject({ leaseNo: `XZ-${at}`, fromDate: today, unit: { label: ['1栋 0102', '1栋 101'][at] } })
    })

    it('a card shows members, consents and passes; the household swaps, changes and leaves', async () => {
      const manager = await visitor('/manager/households?estate=jh', device)
      await manager.find('state-living').click()
      await manager.find('household-search').fill('黄志明')
      await expect.poll(() => manager.find('household').count(), { timeout: 20_000 }).toBe(1)
      const householdId = await manager.find('household').getAttribute('data-household') ?? ''
      await manager.find('household').click()
      await manager.find('member').waitFor()
      await looksRight(manager, `${device}-household-card`)
      await expect.poll(() => manager.find('household-card').innerText()).toContain('136****5678')
      expect((await register.audit()).at(-1)).toMatchObject({ action: 'household.last-seen', subject: `household:${householdId}` })

      await manager.find('move-join').click()
      await manager.find('member-name').fill('黄婷')
      await manager.find('member-birth').fill('2012-01-02')
      await manager.find('member-role').selectOption('child')
      await manager.find('move-next').click()
      await manager.find('move-confirm').click()
      await manager.page.locator('[data-step="done"]').waitFor()

      await manager.open(`/manager/households/move?kind=swap&household=${householdId}&estate=jh`)
      await manager.find('swap-to').selectOption({ index: 1 })
      await manager.find('household-pick').fill('陈大文')
      await manager.page.locator('[data-test^="option-"]').first().click()
      await manager.find('lease-no').fill(`HF-${at}`)
      await manager.find('other-lease-no').fill(`HF-${at}-B`)
      await manager.find('move-next').click()
      await manager.page.locator('[data-step="preview"]').waitFor()
      await looksRight(manager, `${device}-swap-preview`)
      await manager.find('move-confirm').click()
      await manager.page.locator('[data-step="done"]').waitFor()

      await manager.open(`/manager/households/move?kind=leave&household=${householdId}&estate=jh`)
      await manager.find('who').selectOption({ index: 1 })
      await manager.find('new-head').waitFor()
      await looksRight(manager, `${device}-member-leaves`)

      await manager.open(`/manager/households/move?kind=out&household=${householdId}&estate=jh`)
      await manager.find('last-date').fill(addDays(today, 30))
      await manager.find('move-next').click()
      await manager.page.locator('[data-step="preview"]').waitFor()
      await looksRight(manager, `${device}-move-out-preview`)
      await manager.find('move-back').click()
      await manager.find('last-date').fill(addDays(today, -1))
      await manager.find('move-next').click()
      await manager.find('move-confirm').click()
      await manager.page.locator('[data-step="done"]').waitFor()
      expect(await server.db.read.lease.count({ where: { householdId, untilDate: { gte: today } } })).toBe(0)
    })

    it('a guard sees households and moves nobody', async () => {
      const guard = await visitor('/manager/households', device, 'guard')
      await guard.find('household').first().waitFor()
      await looksRight(guard, `${device}-households`)
      await expect.poll(() => guard.find('to-move-in').count()).toBe(0)
      await guard.find('household').first().click()
      await guard.find('household-card').waitFor()
      await expect.poll(() => guard.find('move-out').count()).toBe(0)
      await looksRight(guard, `${device}-household-card-guard`)
    })
  })
}
