import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ExcelJS from 'exceljs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Order } from '#contract/sync-orders.js'
import type { RecordOf } from '#contract/sync-records.js'
import { stampOf, uuid } from '../support/factories.js'
import { type Register, gateBody, registerOf } from '../server/support/register.js'
import { type TestServer, startTestServer } from '../server/support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../server/sync/gateway-client.js'
import { alarm, alarmIdOf, controllerStatus, deviceHealth, deviceInfo, orderResult, passage, refusal } from '../server/sync/record-samples.js'
import { builtWeb } from './support/built-web.js'
import { launchBrowser } from './support/launch-browser.js'
import { type ManagerPages, managerPages, mark, pointerAway } from './support/manager-pages.js'
import { VIEWPORTS, axeFindings, sidewaysOverflow, still, watchComplaints } from './support/page-checks.js'

/** Pictures of every page, to be looked at by people. */
const SHOTS = join(tmpdir(), 'smart-estates-shots')
const MINUTE_MS = 60_000

let server: TestServer
let register: Register
let gateway: ClaimedGateway
let browser: Browser
let origin: string
/** Records go on over the tests of this file. */
let number = 1_000
const next = (): number => (number += 1)
/** A record of a moment ago. */
const now = <Body extends { occurredAtMs: number }>(body: Body, agoMs = 0): Body => ({ ...body, occurredAtMs: server.clock.wallMs() - agoMs })

async function passages(): Promise<void> {
  const resident = await register.person('jh', '1980-05-01', '陈美玲')
  const made: RecordOf<'passage.v2'>[] = []
  const add = (count: number, change: (n: number) => Partial<RecordOf<'passage.v2'>>): void => {
    for (let n = 0; n < count; n++) made.push(now(passage(next(), { personRef: resident, waitMs: 700 + (n % 9) * 60, ...change(n) }), n * 37 * MINUTE_MS))
  }
  const plain = { score: null, margin: null, threshold: null, liveness: null, gallerySize: null, modelId: null, ageMs: 40, timings: {} }
  add(80, () => ({}))
  add(45, () => ({ ...plain, way: 'card', deviceId: 'reader-1', waitMs: 2_600 }))
  add(34, (n) => ({ ...plain, way: 'qr', direction: n % 2 === 0 ? 'in' : 'out', waitMs: 900 }))
  add(3, () => ({ ...plain, way: 'guard', personRef: null, permitId: null, deviceId: null, operatorRef: uuid(5, 0xa), override: 'delivery', ageMs: null }))
  for (const [n, reason] of (['not-recognised', 'not-live', 'not-recognised', 'outside-schedule', 'no-permit'] as const).entries()) made.push(now({ ...refusal(next()), reason }, n * MINUTE_MS))
  made.push(now({ ...refusal(next(), 'wrong-pin'), ...plain, way: 'pin', remarks: ['clock-suspect'] as const } as RecordOf<'passage.v2'>))
  for (let from = 0; from < made.length; from += 100) await gateway.report(...made.slice(from, from + 100))
}

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  // The browser's clock is this machine's.
  const [started, launched] = await Promise.all([builtWeb().then((folder) => startTestServer(folder, Date.now())), launchBrowser()])
  server = started
  browser = launched
  register = registerOf(server)
  origin = await server.app.listen({ port: 0, host: '127.0.0.1' })
  await register.gate('jh', 'gate-1', { ...gateBody(1, ['cam-1']), name: '南门人行通道', controllerId: 'ctl-1' })
  await register.gate('jh', 'gate-2', { ...gateBody(2, ['cam-2']), name: '3 栋单元门', controllerId: 'ctl-1' })
  gateway = await claimedGateway(server, 'jh', register)
  await gateway.report(
    now(controllerStatus(next(), 'online')), now(deviceInfo(next())), now(deviceHealth(next(), { faults: ['battery-low'] })), now(deviceInfo(next(), { deviceId: 'cam-1', deviceKind: 'camera', model: 'C-9' })),
    now({ ...controllerStatus(next(), 'online', 'cam-1'), deviceKind: 'camera' as const, clockOffsetMs: -41_000 }),
  )
  await passages()
  // The flood of the beginning is over before somebody looks.
  await server.clock.run(3_000)
  console.log(`screenshots: ${SHOTS}`)
}, 240_000)
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())))
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

type Visitor = ManagerPages & { readonly complaints: string[] }
async function visitor(path: string, device: keyof typeof VIEWPORTS = 'desk', as: 'admin@*' | 'estate-manager@jh' | 'guard@jh' | 'auditor@jh' = 'estate-manager@jh'): Promise<Visitor> {
  const phone = device === 'phone'
  const context = await browser.newContext({
    viewport: VIEWPORTS[device], locale: 'zh-CN', timezoneId: 'America/New_York', hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1, acceptDownloads: true,
  })
  context.setDefaultTimeout(20_000)
  const [name, value] = (await server.as(as)).split('=') as [string, string]
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
const fetched = async (): Promise<Order[]> =>
  ((await server.call('GET', '/api/gateway/v1/orders', { headers: { authorization: `Bearer ${gateway.credential}` } })).body as { orders: Order[] }).orders
/** Lets the server's rounds of live events go on. */
const tick = async (): Promise<void> => server.clock.run(300)
const row = (page: Page, alarmId: string) => page.locator(`[data-test="open-alarms"] [data-alarm="${alarmId}"]`)
let alarms = 0
const nextAlarm = (): string => alarmIdOf((alarms += 1) + 100)

for (const device of Object.keys(VIEWPORTS) as Array<keyof typeof VIEWPORTS>) {
  describe(`on a ${device}`, () => {
    it('an alarm is on the page moments after the gateway tells of it, and one click asks the gateway to note who looks after it', async () => {
      const manager = await visitor('/manager', device)
      await manager.rows().first().waitFor()
      await manager.live()
      const alarmId = nextAlarm()
      const since = performance.now()
      await gateway.report(now(alarm(next(), 'raised', { alarmId, detail: '门磁 12 s' })))
      await tick()
      const item = manager.find(`alarm-record-${alarmId}`)
      await item.waitFor()
      const seenAfterMs = performance.now() - since
      console.log(`${device}: an alarm stood on the page ${Math.round(seenAfterMs)} ms after its upload began`)
      expect(seenAfterMs).toBeLessThan(5_000)
      await looksRight(manager, `${device}-now-alarm`)
      await mark(item, 'alarm-ack').click()
      await mark(item, 'alarm-pending').waitFor()
      await looksRight(manager, `${device}-now-alarm-pending`)
      const order = (await fetched()).find(({ kind }) => kind === 'alarm.v1') as Order
      expect(order).toMatchObject({ alarmId, state: 'acknowledged' })
      await gateway.report(now(alarm(next(), 'acknowledged', { alarmId, operatorRef: order.operatorRef })), now(orderResult(next(), order.orderId)))
      await tick()
      await mark(item, 'alarm-pending').waitFor({ state: 'detached' })
      await expect.poll(() => mark(item, 'alarm-ack').count()).toBe(0)
      await gateway.report(now(alarm(next(), 'cleared', { alarmId })))
      await tick()
      await item.waitFor({ state: 'detached' })
    })

    it('the alarms page: by urgency, a sheet that says what to do, cleared with a note', async () => {
      const [held, forced] = [nextAlarm(), nextAlarm()]
      await gateway.report(now(alarm(next(), 'raised', { alarmId: held, alarm: 'held-open' })), now(alarm(next(), 'raised', { alarmId: forced, alarm: 'duress', gateId: 'gate-2', deviceId: 'reader-1' })))
      const manager = await visitor('/manager/alarms', device)
      await row(manager.page, forced).waitFor()
      await expect.poll(() => manager.page.locator('[data-test="open-alarms"] [data-alarm]').evaluateAll((all) => all.map((each) => each.getAttribute('data-alarm')))).toEqual([forced, held])
      await looksRight(manager, `${device}-alarms`)
      await row(manager.page, forced).click()
      await manager.find('sheet-ack').waitFor()
      await looksRight(manager, `${device}-alarm-sheet`)
      await manager.find('alarm-note').fill('保安已到场')
      await manager.find('sheet-clear').click()
      await manager.find('sheet-pending').waitFor()
      const order = (await fetched()).find((each) => each.kind === 'alarm.v1' && each.alarmId === forced) as Order
      expect(order).toMatchObject({ state: 'cleared' })
      await gateway.report(now(alarm(next(), 'cleared', { alarmId: forced, operatorRef: order.operatorRef })), now(orderResult(next(), order.orderId)))
      await tick()
      await row(manager.page, forced).waitFor({ state: 'detached' })
      await gateway.report(now(alarm(next(), 'cleared', { alarmId: held })))
    })

    it('a gate is opened with a reason and a second look, pending until the gateway says so', async () => {
      const manager = await visitor('/manager', device, 'guard@jh')
      await manager.find('act-gate-1').click()
      await manager.find('gate-reason').waitFor()
      await expect.poll(() => manager.find('gate-act-kept-open').count()).toBe(0)
      await expect.poll(() => manager.find('gate-act-open').isDisabled()).toBe(true)
      await manager.find('gate-reason').selectOption('delivery')
      await manager.find('gate-act-open').click()
      await manager.find('gate-sure').waitFor()
      await looksRight(manager, `${device}-gate-sure`)
      expect(await fetched()).toEqual([])
      await manager.find('gate-go').click()
      await mark(manager.find('gate-order'), 'order').waitFor()
      await expect.poll(() => mark(manager.find('gate-order'), 'order').getAttribute('data-state')).toBe('waiting')
      const [order] = await fetched() as [Order]
      expect(order).toMatchObject({ kind: 'open-door.v1', gateId: 'gate-1', reason: 'delivery' })
      await gateway.report(now(orderResult(next(), order.orderId, 'refused', 'fire')))
      await manager.page.locator('[data-test="gate-order"] [data-state="refused"]').waitFor()
      await looksRight(manager, `${device}-gate-refused`)
    })

    it('a gate that is kept open says so on its tile; only managers can ask for it', async () => {
      const manager = await visitor('/manager', device)
      await manager.rows().first().waitFor()
      await manager.live()
      await manager.find('gate-gate-2').waitFor()
      const mode = device === 'desk' ? 'kept-open' : 'kept-locked'
      await gateway.report(now({ kind: 'door-mode.v1', ...stampOf(next()), gateId: 'gate-2', mode, cause: 'operator', operatorRef: null }))
      await tick()
      await manager.find('gate-mode').waitFor()
      await looksRight(manager, `${device}-gate-mode`)
      await gateway.report(now({ kind: 'door-mode.v1', ...stampOf(next()), gateId: 'gate-2', mode: 'normal', cause: 'operator', operatorRef: null }))
      await tick()
      await manager.find('gate-mode').waitFor({ state: 'detached' })
      await manager.find('act-gate-2').click()
      await manager.find('gate-act-kept-open').waitFor()
      await manager.find('gate-reason').selectOption('maintenance')
      await manager.find('gate-act-kept-open').click()
      await looksRight(manager, `${device}-gate-keep-open`)
    })

    it('devices: how they are, settings, a claim code', async () => {
      const manager = await visitor('/manager/devices', device)
      await manager.find('device').first().waitFor()
      await looksRight(manager, `${device}-devices`)
      await manager.page.locator('[data-test="device"][data-device="ctl-1"]').click()
      await manager.find('device-health').waitFor()
      await looksRight(manager, `${device}-device`)
      await manager.find('setting-add').click()
      const inputs = manager.page.locator('[data-test="device-settings"] input')
      await inputs.nth(await inputs.count() - 2).fill('relay-ms')
      await inputs.nth(await inputs.count() - 1).fill('4000')
      await manager.find('settings-save').click()
      await expect.poll(async () => (await register.feed('jh')).at(-1)?.item, { timeout: 10_000 }).toMatchObject({ kind: 'device-settings.v1', deviceId: 'ctl-1', values: { 'relay-ms': 4_000 } })
      await manager.find('sheet-close').first().click()
      await manager.find('device-sheet').waitFor({ state: 'hidden' })
      await manager.find('claim').click()
      await manager.find('claim-id').fill(`reader-${device}`)
      await manager.find('claim-go').click()
      await expect.poll(() => manager.find('claim-code').innerText()).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/)
      await looksRight(manager, `${device}-claim`)
    })

    it('firmware is uploaded by the administrator of all', async () => {
      const admin = await visitor('/manager/devices', device, 'admin@*')
      await admin.find('firmware').click()
      await admin.find('firmware-model').fill('M-2')
      await admin.find('firmware-version').fill(`2.0.${device === 'desk' ? 1 : 2}`)
      await admin.find('firmware-file').setInputFiles({ name: 'fw.bin', mimeType: 'application/octet-stream', buffer: Buffer.from(`firmware ${device}`) })
      await admin.find('firmware-upload').click()
      await expect.poll(() => server.db.read.firmwareFile.count(), { timeout: 10_000 }).toBe(device === 'desk' ? 1 : 2)
      await looksRight(admin, `${device}-firmware`)
    })

    it('the log has every way, remarks and who opened by hand; it exports what its filters leave', async () => {
      const manager = await visitor('/manager/log?way=guard', device)
      await manager.rows().first().waitFor()
      await expect.poll(() => manager.rows().count()).toBe(3)
      await manager.rows().first().click()
      await manager.find('sheet-person').waitFor()
      await looksRight(manager, `${device}-passage-by-hand`)
      await manager.closeSheet()
      await manager.find('passage-sheet').waitFor({ state: 'hidden' })
      await manager.find('chip-export').click()
      await looksRight(manager, `${device}-export`)
      const [download] = await Promise.all([manager.page.waitForEvent('download'), manager.find('export-go').click()])
      const book = new ExcelJS.Workbook()
      await book.xlsx.readFile(await download.path())
      expect([download.suggestedFilename(), book.worksheets[0]?.rowCount]).toEqual([expect.stringMatching(/^passages-[0-9a-f]{8}\.xlsx$/), 4])
      expect((await register.audit()).at(-1)).toMatchObject({ action: 'access-log.export', after: { way: 'guard', rows: 3, names: 'masked' } })
    })

    it('figures are drawn, stand as tables too, and warn where a way without a face is worse', async () => {
      const manager = await visitor('/manager/log/figures', device)
      await manager.page.locator('[data-test="figure-reasons"] [data-drawn="yes"]').waitFor()
      await mark(manager.find('parity'), 'parity-warnings').waitFor()
      await looksRight(manager, `${device}-figures`)
      await manager.page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
      await manager.page.locator('[data-test="figure-waits"] summary').click()
      await looksRight(manager, `${device}-figures-below`)
      const [download] = await Promise.all([manager.page.waitForEvent('download'), manager.find('figures-excel').click()])
      expect(statSync(await download.path()).size).toBeGreaterThan(5_000)
      expect(readFileSync(await download.path()).subarray(0, 2).toString()).toBe('PK')
    })
  })
}

it('charts cost nothing before somebody looks at one', async () => {
  const manager = await visitor('/manager')
  const scripts: string[] = []
  manager.page.on('response', (response) => { if (response.url().endsWith('.js')) scripts.push(response.url()) })
  await manager.page.reload()
  await manager.rows().first().waitFor()
  const before = scripts.length
  expect(scripts.filter((url) => url.includes('chart'))).toEqual([])
  await manager.open('/manager/log/figures')
  await manager.page.locator('[data-drawn="yes"]').first().waitFor()
  expect(scripts.filter((url) => url.includes('chart-library'))).toHaveLength(1)
  expect(scripts.length).toBeGreaterThan(before)
})
