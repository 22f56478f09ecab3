import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { personRef, uuid } from '../../support/factories.js'
import { frameOf, missing, photoOf, until } from '../../flow/support/gateway-rig.js'
import { builtDesk } from '../support/built-web.js'
import { launchBrowser } from '../support/launch-browser.js'
import type { VIEWPORTS } from '../support/page-checks.js'
import { type DeskEstate, roster, startDeskEstate } from './support/desk-estate.js'
import { type Visitor, looksRightIn, visitDesk } from './support/desk-visitor.js'

/** Pictures of every page, to be looked at by people. */
const SHOTS = join(tmpdir(), 'smart-estates-shots', 'desk')
const SECONDS = 1_000

describe.skipIf(missing() !== undefined)('the estate desk, with the server out of reach', { timeout: 240 * SECONDS }, () => {
  let estate: DeskEstate
  let browser: Browser

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true })
    console.log(`screenshots: ${SHOTS}`)
    await builtDesk()
    estate = await startDeskEstate()
    await until(async () => (await estate.home.count('gate')) === 3, 'the roster', 30 * SECONDS)
    // From here on the gateway is alone.
    estate.server.intercept = () => 'hang-up'
    const film = join(estate.home.folder, 'film.mjpeg')
    writeFileSync(film, Buffer.concat(Array(30).fill(await frameOf('s1-a', 380))))
    browser = await launchBrowser(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`])
  }, 180 * SECONDS)
  afterAll(async () => {
    await browser?.close()
    await estate?.stop()
  })

  const visit = (device: keyof typeof VIEWPORTS = 'desk'): Promise<Visitor> => visitDesk(browser, estate.origin, device)
  const looksRight = (visitor: Visitor, name: string): Promise<void> => looksRightIn(SHOTS, visitor, name)
  const guard = async (device?: keyof typeof VIEWPORTS): Promise<Visitor> => {
    const visitor = await visit(device)
    await visitor.login('wang')
    await visitor.find('gate-gate-1').waitFor()
    return visitor
  }

  it('is HTTPS with a certificate of the estate\'s own authority, kept by no browser', async () => {
    const ca = readFileSync(join(estate.home.dataDir, 'pki', 'ca.cert.pem'))
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      request(`${estate.origin}/`, { ca }, (answer) => {
        answer.resume()
        resolve(answer.headers)
      }).on('error', reject).end()
    })
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'permissions-policy': 'camera=(self), microphone=(), geolocation=()' })
  })

  it('refuses a wrong password in words, and lets a guard in; it says that the centre is gone and what waits', async () => {
    const visitor = await visit()
    await visitor.find('login-form').waitFor()
    await looksRight(visitor, 'desk-login')
    await visitor.login('wang', 'wrong')
    await visitor.find('login-problem').waitFor()
    await visitor.login('wang')
    await visitor.find('gate-gate-1').waitFor()
    await expect.poll(() => visitor.find('who').innerText()).toContain('王师傅')
    await visitor.page.locator('[data-test="uplink"][data-lost="true"]').waitFor()
    expect(Number(await visitor.find('uplink').getAttribute('data-waiting'))).toBeGreaterThan(0)
    await expect.poll(() => visitor.find('gate-gate-2').getAttribute('data-condition')).toBe('offline')
    await expect.poll(() => visitor.find('open-gate-2').isDisabled()).toBe(true)
    await expect.poll(() => visitor.find('mode-gate-1').count()).toBe(0)
    await looksRight(visitor, 'desk-home')
    await visitor.page.context().close()
  })

  it('opens a door: pending until the controller has said so, then in the list by itself', async () => {
    const visitor = await guard()
    const { page, find } = visitor
    estate.obedience = 'hold'
    await find('open-gate-1').click()
    await find('reason-delivery').check()
    await find('open-remark').fill('顺丰')
    await looksRight(visitor, 'desk-open-dialog')
    await find('open-confirm').click()
    await find('open-pending').waitFor()
    await page.waitForTimeout(400)
    await expect.poll(() => find('open-answer').count()).toBe(0)
    await estate.answer()
    await page.locator('[data-test="open-answer"][data-outcome="executed"]').waitFor()
    await looksRight(visitor, 'desk-opened')
    await find('open-done').click()
    const row = find('row').first()
    await page.locator('[data-test="row"][data-door="executed"]').first().waitFor()
    await expect.poll(() => row.innerText()).toMatch(/放行[\s\S]*东门[\s\S]*王师傅[\s\S]*快递/)
    const [passage] = (await estate.records('passage.v2')).slice(-1)
    expect(passage).toMatchObject({ way: 'guard', override: 'delivery', result: 'granted', personRef: null })
    expect((await estate.records('operator-action.v1')).at(-1)).toMatchObject({ action: 'open-door', role: 'guard', subject: 'gate-1', reason: 'delivery', outcome: 'done' })
    expect(JSON.stringify(await estate.home.records())).not.toMatch(/顺丰|王师傅/)
    await page.context().close()
  })

  it('says why the controller refused', async () => {
    const { page, find } = await guard()
    estate.obedience = { refused: 'other-boot' }
    await find('open-gate-1').click()
    await find('reason-visitor').check()
    await find('open-confirm').click()
    await page.locator('[data-test="open-answer"][data-outcome="refused"]').waitFor()
    await expect.poll(() => find('open-answer').innerText()).toContain('控制器刚刚重启')
    estate.obedience = 'executed'
    await page.context().close()
  })

  it('a forced door is an alarm on top within a second; the guard looks after it', async () => {
    const visitor = await guard()
    const { page, find } = visitor
    await find('rows').waitFor()
    const startedMs = performance.now()
    await estate.doorEvent('forced')
    await find('alarm-forced').waitFor()
    console.log(`desk: forced door to alarm on the screen ${Math.round(performance.now() - startedMs)} ms`)
    await looksRight(visitor, 'desk-alarm')
    await find('alarm-forced').locator('[data-test="acknowledge"]').click()
    await page.locator('[data-test="alarm-forced"][data-state="acknowledged"]').waitFor()
    expect((await estate.records('alarm.v1')).map((record) => [record['alarm'], record['state']])).toEqual(expect.arrayContaining([['forced', 'raised'], ['forced', 'acknowledged']]))
    await estate.doorEvent('forced-cleared')
    await page.context().close()
  })

  it('a visitor gets a QR code that opens at once, and no more once the visit is ended', async () => {
    const visitor = await guard()
    const { page, find } = visitor
    await visitor.goTo('visits')
    await find('visit-save').click()
    await find('visit-problem').waitFor()
    await find('visit-name').fill('周女士')
    await find('host-search').fill('陈秀')
    await find(`host-${personRef(1)}`).check()
    await find('visit-gate-gate-1').check()
    await looksRight(visitor, 'desk-visit-form')
    await find('visit-save').click()
    const text = await find('qr').getAttribute('data-text') ?? ''
    await looksRight(visitor, 'desk-visit-code')
    await find('code-done').click()
    const present = (): Promise<string> => estate.present('qr', text)
    expect(await present()).toBe('granted')
    await visitor.goTo('home')
    await page.locator('[data-test="row"]', { hasText: '访客 周女士' }).first().waitFor()
    await visitor.goTo('visits')
    await find('visit-end').click()
    await find('sure-yes').click()
    await find('sure').waitFor({ state: 'hidden' })
    expect(await estate.home.count('visit')).toBe(0)
    expect(await present()).toBe('refused')
    expect(JSON.stringify(await estate.home.records())).not.toContain(text)
    await page.context().close()
  })

  it('a resident consents on paper, is enrolled by the camera with the quality gate\'s word, and withdraws', async () => {
    const visitor = await guard()
    const { page, find } = visitor
    await visitor.goTo('people')
    await find('people-search').fill('陈')
    await find(`person-${personRef(1)}`).click()
    await find('consent-add').click()
    await find('consent-notice').fill('2026-01')
    await looksRight(visitor, 'desk-consent')
    await find('consent-save').click()
    await find('enrol').click()
    await page.locator('[data-test="look"][data-look="good"]').waitFor()
    await looksRight(visitor, 'desk-camera')
    await find('take').click()
    await page.locator('[data-test="look"][data-look="good"]').waitFor()
    await find('enrol-save').click()
    await find('person-done').waitFor()
    await expect.poll(() => find('person-done').innerText()).toContain('登记成功')
    expect(await estate.home.count('template')).toBe(1)
    await looksRight(visitor, 'desk-enrolled')

    // The same face for another person: a guard is not told whose it is.
    await find(`person-${personRef(3)}`).click()
    await find('consent-add').click()
    await find('consent-notice').fill('2026-01')
    await find('consent-save').click()
    await find('enrol').click()
    await find('photo-file').setInputFiles(await photoOf(estate.home, 's1-a'))
    await page.locator('[data-test="look"][data-look="good"]').waitFor()
    await find('enrol-save').click()
    await find('enrol-refused').waitFor()
    await expect.poll(() => find('enrol-refused').innerText()).not.toContain('陈秀英')

    await find(`person-${personRef(1)}`).click()
    await find('withdraw').click()
    await find('sure-yes').click()
    await find('person-done').waitFor()
    expect(await estate.home.count('template')).toBe(0)
    const kinds = (await estate.home.records()).map((record) => record['kind'])
    expect(kinds).toEqual(expect.arrayContaining(['desk-consent.v1', 'enrolment.v1', 'desk-withdrawal.v1', 'erasure.v1']))
    expect(JSON.stringify(await estate.home.records())).not.toMatch(/陈秀英|陈小明/)
    await page.context().close()
  })

  it('a lost card is void in one step', async () => {
    const { page, find } = await guard()
    await find('tab-people').click()
    await find('people-search').fill('李')
    await find(`person-${personRef(2)}`).click()
    await find(`block-${uuid(1, 0x7)}`).click()
    await find('sure-yes').click()
    await find('person-done').waitFor()
    expect(await estate.records('credential-blocked.v1')).toMatchObject([{ credentialId: uuid(1, 0x7) }])
    await page.context().close()
  })

  it('a manager keeps a gate open and lets it go; devices, notes and accounts have their pages', async () => {
    const visitor = await visit()
    await visitor.login('zhao')
    const { page, find } = visitor
    await find('mode-gate-1').click()
    await find('choose-kept-open').check()
    await looksRight(visitor, 'desk-mode')
    await find('mode-apply').click()
    await page.locator('[data-test="mode-answer"][data-outcome="executed"]').waitFor()
    await find('dialog-close').click()
    await page.locator('[data-test="gate-gate-1"][data-mode="kept-open"]').waitFor()
    await find('mode-gate-1').click()
    await find('choose-normal').check()
    await find('mode-apply').click()
    await page.locator('[data-test="mode-answer"][data-outcome="executed"]').waitFor()
    await find('dialog-close').click()
    await page.locator('[data-test="gate-gate-1"][data-mode="normal"]').waitFor()

    await visitor.goTo('devices')
    await find('device-ctl-1').waitFor()
    await looksRight(visitor, 'desk-devices')
    await visitor.goTo('notes')
    await find('note-text').fill('2 号门闭门器漏油，已报修。')
    await find('note-save').click()
    await find('notes').locator('li').first().waitFor()
    await looksRight(visitor, 'desk-notes')
    await visitor.goTo('accounts')
    await find('account-login').fill('liu')
    await find('account-name').fill('刘师傅')
    await find('account-password').fill('short')
    await find('account-save').click()
    await find('account-problem').waitFor()
    await find('account-password').fill('blue-Kettle-77')
    await find('account-save').click()
    await find('accounts').getByText('刘师傅').waitFor()
    await looksRight(visitor, 'desk-accounts')
    await page.locator('[data-test="locale-en"]').click()
    await visitor.goTo('home')
    await find('gate-gate-1').waitFor()
    await looksRight(visitor, 'desk-home-english')
    await page.context().close()
  })

  it('works on a phone, and by keyboard alone', async () => {
    const visitor = await guard('phone')
    const { page, find } = visitor
    await looksRight(visitor, 'phone-home')
    await find('open-gate-1').focus()
    await page.keyboard.press('Enter')
    await find('reason-mobility').focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('Enter')
    await page.locator('[data-test="open-answer"][data-outcome="executed"]').waitFor()
    await looksRight(visitor, 'phone-opened')
    await page.keyboard.press('Escape')
    for (const tab of ['people', 'visits', 'devices', 'notes']) {
      await visitor.goTo(tab)
      await looksRight(visitor, `phone-${tab}`)
    }
    await find('sign-out').click()
    await find('login-form').waitFor()
    await looksRight(visitor, 'phone-login')
    await page.context().close()
  })

  it('once the centre is back everything goes up, and its snapshot does not undo what was agreed at the desk', async () => {
    const { page, find } = await guard()
    expect([await estate.home.count('consent'), await estate.home.count('desk_hold')]).toEqual([1, 1])
    estate.server.publish(...roster())
    estate.server.intercept = undefined
    await page.locator('[data-test="uplink"][data-lost="false"][data-waiting="0"]').waitFor()
    await until(() => estate.server.requests.filter((line) => line.includes('/roster')).length > 2, 'the snapshot')
    expect(await estate.home.count('consent')).toBe(1)
    const kinds = new Set(estate.server.received.map(({ payload }) => (JSON.parse(payload) as { kind: string }).kind))
    expect([...kinds]).toEqual(expect.arrayContaining([
      'passage.v2', 'alarm.v1', 'operator-action.v1', 'desk-visit.v1', 'desk-consent.v1', 'desk-withdrawal.v1', 'credential-blocked.v1', 'door-mode.v1', 'erasure.v1',
    ]))
    expect(estate.server.received.length).toBe((await estate.home.records()).length)
    await expect.poll(() => find('uplink').innerText()).toContain('与中心连通')
    await page.context().close()
  })
})
