import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../browser/support/launch-browser.js'
import { type ManagerPages, managerPages } from '../browser/support/manager-pages.js'
import { type RunningSystem, startSystem } from './support/running-system.js'
import { GATE, type Resident } from './support/estate-under-test.js'
import { ADMIN } from './support/server-under-test.js'

/** The built page in a real browser, before the real server, while simulated residents pass a real gateway. */
describe('a manager watches the access log live', () => {
  let system: RunningSystem
  let browser: Browser
  let pages: ManagerPages
  let resident: Resident

  beforeAll(async () => {
    system = await startSystem('page')
    resident = await system.enrolled('示例住户乙', 's1-a')
    browser = await launchBrowser()
    pages = managerPages(await browser.newPage({ viewport: { width: 1_440, height: 900 }, locale: 'zh-CN' }), `http://127.0.0.1:${system.server.httpPort()}`)
    pages.page.setDefaultTimeout(45_000)
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it('refuses a wrong password in words and lets the right one in', async () => {
    await pages.open('/manager')
    await pages.login(ADMIN.loginName, 'not-the-password')
    await pages.find('login-problem').waitFor()
    await pages.login(ADMIN.loginName, ADMIN.password)
    await pages.find('menu').waitFor()
    await pages.live()
  })

  it('a passage appears by itself, by name, with the controller\'s answer', async () => {
    await pages.goTo('log')
    await expect.poll(() => pages.rows().count()).toBe(0)
    await system.devices({ residents: ['s1-a'], strangers: [] })
    const granted = pages.rows().filter({ hasText: '示例住户乙' }).first()
    await granted.waitFor()
    const passageId = await granted.getAttribute('data-passage') ?? ''
    const sheet = await pages.openPassage(passageId)
    await expect.poll(() => sheet.innerText()).toContain('北门')
    await pages.closeSheet()
  })

  it('the gate shows its state, and the chain is whole', async () => {
    await pages.goTo('now')
    await pages.page.locator(`[data-test="gate-${GATE}"]:is([data-condition="locked"],[data-condition="open"],[data-condition="released"])`).waitFor()
    await pages.goTo('integrity')
    await pages.gateway(system.estate.gatewayId).waitFor()
    expect((await pages.sentences(system.estate.gatewayId)).join(' ')).toMatch(/全部收到.*无缺失/)
  })

  it('a consent is withdrawn in two taps, and the page follows until the gateway has deleted the face', async () => {
    await pages.goTo('people')
    await pages.person(resident.personRef).click()
    await pages.find('withdraw').first().click()
    await pages.find('withdraw-sure').click()
    await pages.page.locator('[data-test="holdings"] li[data-erased="true"]').waitFor()
    await expect.poll(() => pages.page.locator('[data-test="holdings"] li').count()).toBe(1)
  })
})
