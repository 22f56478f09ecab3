import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { VIEWPORTS, axeFindings, sidewaysOverflow, still, watchComplaints } from '../../support/page-checks.js'
import { PASSWORD } from './desk-estate.js'

/** Somebody before the desk's page. */
export interface Visitor {
  readonly page: Page
  /** Errors of script and refusals of the content policy. */
  readonly complaints: string[]
  find(name: string): Locator
  login(loginName: string, password?: string): Promise<void>
  goTo(tab: string): Promise<void>
}

/** A new browser profile before the login, in a zone that is not the estate's. The certificate is checked elsewhere. */
export async function visitDesk(browser: Browser, origin: string, device: keyof typeof VIEWPORTS): Promise<Visitor> {
  const phone = device === 'phone'
  const context = await browser.newContext({
    viewport: VIEWPORTS[device], locale: 'zh-CN', timezoneId: 'America/New_York', hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1,
    ignoreHTTPSErrors: true, permissions: ['camera'],
  })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const complaints = watchComplaints(page)
  const find = (name: string): Locator => page.locator(`[data-test="${name}"]`)
  await page.goto(origin)
  return {
    page, complaints, find,
    async login(loginName, password = PASSWORD) {
      await find('login-name').fill(loginName)
      await find('login-password').fill(password)
      await find('login-submit').click()
    },
    goTo: (tab) => find(`tab-${tab}`).click(),
  }
}

/** What stands on the screen is accessible, as wide as the screen and made without complaint; its picture is kept in `folder`. */
export async function looksRightIn(folder: string, { page, complaints }: Visitor, name: string): Promise<void> {
  await still(page)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  expect(await axeFindings(page, true), name).toEqual([])
  expect(await sidewaysOverflow(page), name).toEqual([])
  expect(complaints, name).toEqual([])
}
