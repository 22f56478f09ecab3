import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { pointerAway } from './support/manager-pages.js'
import { type Rig, type Visitor, startRig } from './support/manager-rig.js'
import { VIEWPORTS, axeFindings, sidewaysOverflow, still } from './support/page-checks.js'
import { createWorld } from './support/world.js'

/** Pictures of every page, to be looked at by people. */
const SHOTS = join(tmpdir(), 'smart-estates-shots')

let rig: Rig
beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  const world = createWorld(Date.now())
  const change = (index: number, what: object): void => { world.gates[index] = { ...(world.gates[index] as (typeof world.gates)[number]), ...what } }
  change(3, { fire: true })
  change(4, { alarm: 'held-open' })
  change(8, { controller: 'offline' })
  rig = await startRig(world, { warnings: true })
  console.log(`screenshots: ${SHOTS}`)
})
afterEach(() => rig.leave())
afterAll(() => rig.stop())

/** What stands on the screen is accessible, as wide as the screen and made without complaint. */
async function looksRight(visitor: Visitor, name: string): Promise<void> {
  await still(visitor.page)
  await visitor.page.screenshot({ path: join(SHOTS, `${name}.png`) })
  expect(await axeFindings(visitor.page, true), name).toEqual([])
  expect(await sidewaysOverflow(visitor.page), name).toEqual([])
  expect(visitor.complaints, name).toEqual([])
}

for (const device of Object.keys(VIEWPORTS) as Array<keyof typeof VIEWPORTS>) {
  describe(`on a ${device}`, () => {
    it('the login page', async () => {
      const visitor = await rig.visit(device)
      await visitor.open('/')
      await visitor.find('login-form').waitFor()
      await looksRight(visitor, `${device}-login`)
      await visitor.login('manager', 'wrong')
      await visitor.find('login-problem').waitFor()
      await looksRight(visitor, `${device}-login-refused`)
      await visitor.setLocale('en')
      await looksRight(visitor, `${device}-login-english`)
    })

    it('now', async () => {
      const visitor = await rig.manager('/manager', device)
      await visitor.rows().first().waitFor()
      await visitor.live()
      await pointerAway(visitor.page)
      await looksRight(visitor, `${device}-now`)
      await visitor.find('account').click()
      await visitor.find('sign-out').waitFor()
      await looksRight(visitor, `${device}-account`)
    })

    it('the access log, a chip\'s choices and both kinds of sheet', async () => {
      const visitor = await rig.manager('/manager/log', device)
      await visitor.rows().first().waitFor()
      await pointerAway(visitor.page)
      await looksRight(visitor, `${device}-log`)
      await visitor.find('chip-time').click()
      await visitor.find('option-custom').click()
      await looksRight(visitor, `${device}-log-time`)
      await visitor.page.keyboard.press('Escape')
      for (const [index, kind] of [[0, 'granted'], [2, 'refused']] as const) {
        const passageId = rig.world.passages[index]?.passageId ?? ''
        await visitor.openPassage(passageId)
        await looksRight(visitor, `${device}-sheet-${kind}`)
        await visitor.closeSheet()
        await visitor.find('passage-sheet').waitFor({ state: 'hidden' })
      }
    })

    it('residents, a consent and its withdrawal', async () => {
      const visitor = await rig.manager('/manager/people', device)
      await visitor.find('person').first().waitFor()
      await looksRight(visitor, `${device}-people`)
      const consent = rig.world.consents.find((each) => each.endedAtMs === null && each.guardianRef !== null)
      await visitor.person(consent?.personRef ?? '').click()
      await visitor.find('withdraw').click()
      await looksRight(visitor, `${device}-withdraw`)
      await visitor.find('withdraw-sure').click()
      await visitor.page.locator('[data-state="withdrawn"]').waitFor()
      await looksRight(visitor, `${device}-withdrawn`)
    })

    it('integrity', async () => {
      const visitor = await rig.manager('/manager/integrity', device)
      await visitor.find('verdict').waitFor()
      await looksRight(visitor, `${device}-integrity`)
    })

    it('large type, in English', async () => {
      const visitor = await rig.manager('/manager/log', device)
      await visitor.setLocale('en')
      await visitor.find('account').click()
      await visitor.find('large-type').click()
      await visitor.page.keyboard.press('Escape')
      await visitor.find('account-panel').waitFor({ state: 'hidden' })
      await looksRight(visitor, `${device}-log-large-english`)
      await visitor.goTo('now')
      await visitor.rows().first().waitFor()
      await looksRight(visitor, `${device}-now-large-english`)
    })
  })
}
