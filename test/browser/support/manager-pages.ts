import type { Locator, Page } from 'playwright-core'

/** Finds by the stable marks of the pages, never by words or classes. */
export const mark = (page: Page | Locator, name: string): Locator => page.locator(`[data-test="${name}"]`)

export const SECTIONS = ['now', 'log', 'people', 'integrity'] as const
export type Section = (typeof SECTIONS)[number]

/** A manager at the browser: the same steps against any server that delivers the pages at `origin`. */
export function managerPages(page: Page, origin: string) {
  const find = (name: string): Locator => mark(page, name)
  const menuPath = (section: Section): string => (section === 'now' ? '/manager' : `/manager/${section}`)

  return {
    page,
    find,
    open: (path: string) => page.goto(`${origin}${path}`),
    /** Signs in on the login page that is shown, or that the page on its way leads to. */
    async login(loginName: string, password: string): Promise<void> {
      await find('login-name').fill(loginName)
      await find('login-password').fill(password)
      await find('login-submit').click()
    },
    async goTo(section: Section): Promise<void> {
      await find(`menu-${section}`).click()
      await page.waitForURL((url) => url.pathname === menuPath(section))
      await find(`${section}-page`).waitFor()
    },
    /** Waits until the event stream is open. */
    live: () => page.locator('[data-test="live-state"][data-state="live"]').first().waitFor(),
    signOut: async (): Promise<void> => {
      await find('account').click()
      await find('sign-out').click()
      await find('login-form').waitFor()
    },
    async setLocale(locale: 'zh-CN' | 'en'): Promise<void> {
      const signedIn = await find('account').count() > 0
      if (signedIn) await find('account').click()
      await find(`locale-${locale}`).click()
      await page.locator(`html[lang="${locale}"]`).waitFor()
      if (signedIn) await page.keyboard.press('Escape')
    },

    rows: (): Locator => find('row'),
    row: (passageId: string): Locator => page.locator(`[data-test="row"][data-passage="${passageId}"]`),
    gate: (gateId: string): Locator => find(`gate-${gateId}`),
    /** `fire`, `alarm`, `offline`, `unknown`, `open`, `released` or `locked`. */
    gateCondition: (gateId: string) => find(`gate-${gateId}`).getAttribute('data-condition'),
    /** Chooses one option of a chip: `estate`, `gate`, `time`, `way`, `result` or `reason`; '' is no condition. */
    async filter(chip: string, value: string): Promise<void> {
      await find(`chip-${chip}`).click()
      await mark(find(`panel-${chip}`), `option-${value || 'any'}`).click()
    },
    async filterPerson(text: string, personRef: string): Promise<void> {
      await find('chip-person').click()
      await find('person-search').fill(text)
      await mark(find('panel-person'), `option-${personRef}`).click()
    },
    pill: (): Locator => find('pill'),
    async openPassage(passageId: string): Promise<Locator> {
      await page.locator(`[data-test="row"][data-passage="${passageId}"]`).click()
      await find('sheet-person').waitFor()
      return find('passage-sheet')
    },
    closeSheet: () => find('sheet-close').click(),
    gateway: (gatewayId: string): Locator => find(`gateway-${gatewayId}`),
    /** Sentences of one gateway's latest epoch, or of all epochs shown. */
    sentences: async (gatewayId: string): Promise<string[]> => (await mark(find(`gateway-${gatewayId}`), 'sentence').allInnerTexts()).map((text) => text.trim()),
    person: (personRef: string): Locator => page.locator(`[data-test="person"][data-person="${personRef}"]`),
  }
}

export type ManagerPages = ReturnType<typeof managerPages>

/** Places the pointer where it rests on nothing that holds a list. */
export const pointerAway = (page: Page): Promise<void> => page.mouse.move(2, 2)
