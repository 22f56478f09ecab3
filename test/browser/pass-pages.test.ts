import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import { ALL_ESTATES } from '../../server/auth/roles.js'
import { type Register, gateBody, registerOf } from '../server/support/register.js'
import { type TestServer, startTestServer } from '../server/support/test-server.js'
import { builtWeb } from './support/built-web.js'
import { launchBrowser } from './support/launch-browser.js'
import { type ManagerPages, managerPages, pointerAway } from './support/manager-pages.js'
import { VIEWPORTS, axeFindings, sidewaysOverflow, still, watchComplaints } from './support/page-checks.js'

/** Pictures of every page, to be looked at by people. */
const SHOTS = join(tmpdir(), 'smart-estates-shots')
const OFFICE = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', until: '12:00' }, { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '14:00', until: '18:15' }]
const YEAR_MS = 365 * 86_400_000

let server: TestServer
let register: Register
let browser: Browser
let origin: string
let host: string
beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  // The browser's clock is this machine's.
  const [started, launched] = await Promise.all([builtWeb().then((folder) => startTestServer(folder, Date.now())), launchBrowser()])
  server = started
  browser = launched
  register = registerOf(server)
  origin = await server.app.listen({ port: 0, host: '127.0.0.1' })
  await register.schedule('jh', 'office', { name: '工作时间', weekly: OFFICE, onHolidays: [] })
  await register.schedule('jh', 'night', { name: '夜间', weekly: [{ days: ['mon', 'sat', 'sun'], from: '00:00', until: '05:30' }], onHolidays: [{ from: '00:00', until: '05:30' }] })
  await register.gate('jh', 'south', { ...gateBody(1, ['cam-1', 'reader-1']), name: '南门', faceFreeWays: ['card', 'qr', 'pin', 'guard'], rules: { ...NO_GATE_RULES, lockedScheduleId: 'night' } })
  await register.gate('jh', 'b3', { ...gateBody(2, ['cam-2']), name: '3 栋单元门' })
  const permit = async (name: string, role: string, scheduleId: string | null): Promise<string> => {
    const personRef = await register.person('jh', '1980-05-01', name)
    const body = { personRef, role, scheduleId, gateIds: ['south', 'b3'], validFromMs: 0, validUntilMs: server.clock.wallMs() + YEAR_MS }
    expect((await server.call('POST', '/api/permits', { as: await register.admin(), body })).status).toBe(201)
    return personRef
  }
  host = await permit('陈美玲', 'resident', null)
  await permit('李志强', 'carer', 'office')
  await permit('黄秀英', 'household', null)
  await register.card(host, '04a31f9c')
  expect((await server.call('POST', '/api/buildings', { as: await register.admin(), body: { estateId: 'jh', name: '3栋', floors: 6 } })).status).toBe(201)
  await register.visit('jh', 'south', { displayName: '顺丰快递' })
  console.log(`screenshots: ${SHOTS}`)
}, 240_000)
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())))
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

type Visitor = ManagerPages & { readonly complaints: string[] }
async function visitor(path: string, device: keyof typeof VIEWPORTS, as: 'admin' | 'estate-manager' | 'guard' = 'estate-manager'): Promise<Visitor> {
  const phone = device === 'phone'
  const context = await browser.newContext({ viewport: VIEWPORTS[device], locale: 'zh-CN', timezoneId: 'America/New_York', hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1 })
  context.setDefaultTimeout(20_000)
  const [name, value] = (await server.as(`${as}@${as === 'admin' ? ALL_ESTATES : 'jh'}`)).split('=') as [string, string]
  await context.addCookies([{ name, value, url: origin }])
  const page = await context.newPage()
  const complaints = watchComplaints(page)
  await page.goto(`${origin}${path}`)
  return { ...managerPages(page, origin), complaints }
}
async function looksRight({ page, complaints }: Visitor, name: string): Promise<void> {
  await pointerAway(page)
  await still(page)
  await page.screenshot({ path: join(SHOTS, `${name}.png`) })
  expect(await axeFindings(page, true), name).toEqual([])
  expect(await sidewaysOverflow(page), name).toEqual([])
  expect(complaints, name).toEqual([])
}
const times = async (scheduleId: string) => server.db.read.schedule.findUniqueOrThrow({ where: { estateId_scheduleId: { estateId: 'jh', scheduleId } }, select: { name: true, weekly: true, onHolidays: true } })
const cell = (page: Page, row: string, number: number) => page.locator(`[data-cell="${row} ${number}"]`)

for (const device of Object.keys(VIEWPORTS) as Array<keyof typeof VIEWPORTS>) {
  describe(`on a ${device}`, () => {
    it('times of the week are looked at', async () => {
      const manager = await visitor('/manager/rules', device)
      await manager.find('schedule-office').click()
      await manager.find('week-grid').waitFor()
      await looksRight(manager, `${device}-rules-times`)
    })

    it('who could pass', async () => {
      const manager = await visitor('/manager/rules', device)
      await manager.find('tab-who').click()
      await manager.find('test-persons').waitFor()
      // A Sunday night: the gate is kept locked, and the carer has no times.
      await manager.find('test-gate').selectOption('south')
      await manager.find('test-time').fill('2026-11-29T03:00')
      await manager.find('test-ask').click()
      await manager.page.locator('[data-verdict="kept-locked"]').first().waitFor()
      await expect.poll(() => manager.page.locator('[data-verdict]').evaluateAll((all) => all.map((each) => each.getAttribute('data-verdict')))).toEqual(expect.arrayContaining(['kept-locked', 'outside-schedule', 'kept-locked']))
      await looksRight(manager, `${device}-rules-test`)
    })

    it('rules of a gate', async () => {
      const manager = await visitor('/manager/rules', device)
      await manager.find('tab-gates').click()
      await manager.find('setup-south').click()
      await manager.find('gate-form').waitFor()
      await looksRight(manager, `${device}-rules-gate`)
      for (const way of ['card', 'qr', 'pin', 'guard']) await manager.find(`way-${way}`).uncheck()
      await manager.find('gate-save').click()
      await manager.find('failure-note').waitFor()
      await looksRight(manager, `${device}-rules-gate-refused`)
      expect(JSON.parse((await server.db.read.gate.findFirstOrThrow({ where: { gateId: 'south' } })).faceFreeWays)).toEqual(['card', 'qr', 'pin', 'guard'])
    })

    it('a visitor gets a code that is shown once', async () => {
      const guard = await visitor('/manager/visitors', device, 'guard')
      await guard.find('visit').first().waitFor()
      await looksRight(guard, `${device}-visitors`)
      await guard.find('visit-add').click()
      await guard.find('visit-form').waitFor()
      await guard.find('visit-save').click()
      await guard.find('visit-problem').waitFor()
      await guard.find('visit-name').fill('王阿姨')
      await guard.find('pick-search').fill('陈美玲')
      await guard.find(`option-${host}`).click()
      await looksRight(guard, `${device}-visit-form`)
      await guard.find('visit-save').click()
      await guard.find('code-card').waitFor()
      await expect.poll(() => guard.find('code-card').getAttribute('data-code')).toMatch(/^JT1\./)
      await looksRight(guard, `${device}-visit-code`)
      await guard.closeSheet()
      const row = guard.page.locator('[data-test="visit"]', { hasText: '王阿姨' }).first()
      await row.locator('[data-test="visit-end"]').click()
      await expect.poll(() => server.db.read.visit.findMany({ where: { displayName: '王阿姨' }, select: { endCause: true } })).toEqual(expect.arrayContaining([{ endCause: 'ended' }]))
    })

    it('ways in: listed, given out and blocked', async () => {
      const manager = await visitor('/manager/credentials', device)
      await manager.find('credential').first().waitFor()
      await looksRight(manager, `${device}-credentials`)
      await manager.find('credential-add').click()
      await manager.find('pick-search').fill('黄秀英')
      await manager.page.locator('[data-test^="option-0"]').first().click()
      await manager.find('issue-kind').selectOption('pin')
      await looksRight(manager, `${device}-issue-pin`)
      await manager.find('issue-pin').fill('1234')
      await manager.find('issue-save').click()
      await manager.find('failure-note').waitFor()
      await manager.find('issue-pin').fill('')
      await manager.find('issue-save').click()
      await manager.find('pin-made').waitFor()
      await looksRight(manager, `${device}-pin-made`)
      await expect.poll(() => manager.find('pin-made').innerText()).toMatch(/\d{5}\*\d{6}/)
      await manager.closeSheet()
      const pin = manager.page.locator('[data-test="credential"]', { hasText: '黄秀英' }).first()
      const credentialId = await pin.getAttribute('data-credential') ?? ''
      await pin.locator('[data-test="block"]').click()
      await looksRight(manager, `${device}-block`)
      await pin.locator('[data-test="block-sure"]').click()
      await expect.poll(async () => (await server.db.read.credential.findUnique({ where: { credentialId } }))?.endCause).toBe('blocked')
    })
  })
}

describe('the week grid', () => {
  it('is painted by keyboard alone, and by mouse', async () => {
    const manager = await visitor('/manager/rules', 'desk')
    await manager.find('schedule-add').click()
    await manager.find('schedule-name').fill('清洁')
    await cell(manager.page, 'mon', 16).focus()
    for (const key of [' ', 'Shift+ArrowRight', 'Shift+ArrowRight', 'ArrowDown', ' ', 'End']) await manager.page.keyboard.press(key)
    await expect.poll(() => cell(manager.page, 'tue', 47).evaluate((element) => element === document.activeElement)).toBe(true)
    await cell(manager.page, 'sun', 20).hover()
    await manager.page.mouse.down()
    await cell(manager.page, 'sun', 23).hover()
    await manager.page.mouse.up()
    await manager.find('schedule-save').click()
    await manager.find('schedule-times-1').waitFor()
    const { name, weekly, onHolidays } = await times('times-1')
    expect([name, JSON.parse(weekly), JSON.parse(onHolidays)]).toEqual(['清洁', [
      { days: ['mon'], from: '08:00', until: '09:30' }, { days: ['tue'], from: '09:00', until: '09:30' }, { days: ['sun'], from: '10:00', until: '12:00' },
    ], []])
    expect(manager.complaints).toEqual([])
  })

  it('leaves minutes alone that nobody painted over', async () => {
    const manager = await visitor('/manager/rules', 'desk')
    await manager.find('schedule-office').click()
    await cell(manager.page, 'mon', 40).click()
    await manager.find('schedule-save').click()
    await expect.poll(async () => JSON.parse((await times('office')).weekly) as unknown).toEqual(expect.arrayContaining([
      { days: ['mon'], from: '20:00', until: '20:30' }, { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '14:00', until: '18:15' },
    ]))
  })
})

describe('for a group', () => {
  it('times are looked at by name and then set', async () => {
    const manager = await visitor('/manager/rules', 'desk')
    await manager.find('tab-who').click()
    await manager.find('assign-building').selectOption({ label: '3栋' })
    await manager.find('assign-look').click()
    await manager.find('assign-preview').waitFor()
    await expect.poll(() => manager.find('assign-preview').innerText()).not.toContain('黄秀英')
    await manager.find('assign-building').selectOption('')
    await manager.find('assign-role').selectOption('household')
    await manager.find('assign-times').selectOption('night')
    await manager.find('assign-look').click()
    await manager.find('assign-preview').waitFor()
    await expect.poll(() => manager.find('assign-preview').innerText()).toContain('黄秀英')
    await looksRight(manager, 'desk-rules-assign')
    await manager.find('assign-sure').click()
    await manager.find('assign-done').waitFor()
    expect(await server.db.read.permit.findMany({ where: { role: 'household' }, select: { scheduleId: true } })).toEqual([{ scheduleId: 'night' }])
  })
})

describe('holidays', () => {
  it('are taken over by an administrator and read by others', async () => {
    const admin = await visitor('/manager/rules', 'desk', 'admin')
    await admin.find('tab-holidays').click()
    await admin.find('holiday-year').selectOption('2026')
    await admin.find('holiday-offer').click()
    await admin.find('holiday-form').waitFor()
    await admin.find('holiday-save').click()
    await admin.page.locator('.workday').first().waitFor()
    await looksRight(admin, 'desk-rules-holidays')
    expect(await server.db.read.holiday.count()).toBe(39)
    const guard = await visitor('/manager/rules', 'phone', 'guard')
    await guard.find('tab-holidays').click()
    await guard.find('holidays').waitFor()
    await expect.poll(() => guard.find('holiday-edit').count()).toBe(0)
    await looksRight(guard, 'phone-rules-holidays')
  })
})

it('a resident\'s card shows the ways in', async () => {
  const manager = await visitor('/manager/people', 'desk')
  await manager.person(host).click()
  await manager.find('person-credentials').locator('[data-test="credential"]').first().waitFor()
  await manager.find('person-issue').click()
  await looksRight(manager, 'desk-person-ways')
})
