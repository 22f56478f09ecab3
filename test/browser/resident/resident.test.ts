import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRotatingCode } from '#contract/rotating-code.js'
import { isSignedBy } from '../../../gateway/access/code-rules.js'
import { axeFindings, sidewaysOverflow, still } from '../support/page-checks.js'
import { type Phone, type ResidentRig, startResidentRig } from './resident-rig.js'

/** Pictures of every page, to be looked at by people. */
const SHOTS = join(tmpdir(), 'smart-estates-shots')

let rig: ResidentRig
let phone: Phone
beforeAll(async () => {
  rig = await startResidentRig()
  phone = await rig.resident(0)
}, 300_000)
afterAll(() => rig.stop())

/** What stands on the screen has no serious finding and is as wide as the screen. */
async function looksRight(visitor: Phone, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true })
  await still(visitor.page)
  await visitor.page.screenshot({ path: join(SHOTS, `resident-${name}.png`), fullPage: true })
  expect(await axeFindings(visitor.page), name).toEqual([])
  expect(await sidewaysOverflow(visitor.page), name).toEqual([])
}
const owed = async (visitor: Phone): Promise<number> => {
  await visitor.open('/')
  await visitor.find('owed').waitFor()
  return Number(await visitor.find('owed').getAttribute('data-fen'))
}
/** The bill that is due first of those that are open. @returns what is owed on it */
async function openBill(visitor: Phone): Promise<number> {
  await visitor.open('/bills')
  await visitor.page.locator('[data-test="bill"][data-state="open"]').last().click()
  await visitor.find('bill-open').waitFor()
  return Number(await visitor.find('bill-open').getAttribute('data-fen'))
}
const atCashier = (visitor: Phone): Promise<void> => visitor.page.waitForURL((url) => url.origin === rig.centre.sandboxOrigin)
const paid = async (): Promise<string[]> => (await rig.centre.trades()).filter((trade) => trade.state === 'paid').map((trade) => `${trade.channel} ${trade.totalFen}`)

describe('a resident pays on the phone', { timeout: 180_000 }, () => {
  it('from the code that came to it to the receipt', async () => {
    const before = await owed(phone)
    expect(before).toBeGreaterThan(0)
    await looksRight(phone, 'home')
    const fen = await openBill(phone)
    await phone.find('line').first().waitFor()
    await looksRight(phone, 'bill')
    await phone.find('pay-wechat').click()
    await atCashier(phone)
    expect(await (await fetch(rig.centre.sandboxOrigin)).text()).toContain(`href="${new URL(phone.page.url()).pathname}"`)
    await looksRight(phone, 'cashier')
    await phone.find('pay').click()
    await phone.page.locator('[data-test="receipt-page"][data-state="paid"]').waitFor()
    await looksRight(phone, 'receipt')
    expect(Number(await phone.find('receipt-sum').getAttribute('data-fen'))).toBe(fen)
    expect(await owed(phone)).toBe(before - fen)
    await phone.open('/payments')
    await phone.find('payment').first().waitFor()
    await expect.poll(() => phone.find('payment').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-state')))).toEqual(['paid'])
    expect(await paid()).toEqual([`wechat ${fen}`])
    // The channel told the server, and the server believed it (every notify was once refused for a header of our page).
    expect(rig.centre.notTaken()).toEqual([])
  })

  it('or a relative does by a link, seeing the bill and nothing else', async () => {
    const fen = await openBill(phone)
    await phone.find('family-make').click()
    const link = await phone.find('family-link').innerText()
    const relative = await rig.phone()
    const told: string[] = []
    relative.page.on('response', (response) => { if (response.url().includes('/api/')) void response.text().then((text) => told.push(text), () => undefined) })
    await relative.page.goto(link)
    await relative.find('linked-bill').waitFor()
    await looksRight(relative, 'link')
    await relative.find('pay-alipay').click()
    await atCashier(relative)
    await relative.find('pay').click()
    await relative.page.locator('[data-test="linked-bill"][data-state="settled"]').waitFor()
    expect(told.length).toBeGreaterThan(1)
    const { displayName, unitLabel, phone: number } = rig.centre.estate.persons[0] ?? { displayName: '', unitLabel: '', phone: '' }
    for (const secret of [displayName, unitLabel, number]) {
      expect(secret).not.toBe('')
      expect(told.filter((text) => text.includes(secret))).toEqual([])
    }
    expect(await owed(phone)).toBe(0)
    expect((await paid()).at(-1)).toBe(`alipay ${fen}`)
    expect([...relative.complaints, ...phone.complaints]).toEqual([])
    await relative.page.context().close()
  })

  it('may take another way, and where the notify is lost sees that it is being confirmed, never that it failed', async () => {
    const other = await rig.resident(2)
    const fen = await openBill(other)
    const path = new URL(other.page.url()).pathname
    await other.find('pay-wechat').click()
    await atCashier(other)
    await other.open(path)
    await other.find('pay-alipay').click()
    await other.find('sure-yes').click()
    await atCashier(other)
    const trades = (await rig.centre.trades()).slice(-2)
    expect(trades.map(({ channel, state }) => `${channel} ${state}`)).toEqual(['wechat closed', 'alipay waiting'])
    rig.centre.faults.plan(trades[1]?.outTradeNo ?? '', ['notify-lost'])
    const seen: string[] = []
    other.page.on('response', (response) => {
      if (response.url().endsWith(`/api/my${path}`)) void response.json().then((bill: { payments: Array<{ state: string }> }) => seen.push(bill.payments[0]?.state ?? ''), () => undefined)
    })
    await other.open(`${path}/result`)
    await other.page.locator('[data-test="result-page"][data-state="pending"]').waitFor()
    await looksRight(other, 'pending')
    await other.find('go-on').click()
    await atCashier(other)
    await other.find('pay').click()
    await other.page.locator('[data-test="receipt-page"][data-state="paid"]').waitFor()
    await expect.poll(() => [...new Set(seen)]).toEqual(['pending', 'paid'])
    expect(Number(await other.find('receipt-sum').getAttribute('data-fen'))).toBe(fen)
    expect((await paid()).filter((one) => one === `alipay ${fen}` || one === `wechat ${fen}`)).toContain(`alipay ${fen}`)
    expect(other.complaints).toEqual([])
    await other.page.context().close()
  })
})

describe('a resident passes with the phone', { timeout: 180_000 }, () => {
  it('by a code that the gate can check, with no network, until it is blocked', async () => {
    await phone.open('/passes')
    const [registered] = await Promise.all([
      phone.page.waitForRequest((request) => request.url().endsWith('/api/my/phones')), phone.find('qr-make').click(),
    ])
    const { publicKey } = registered.postDataJSON() as { publicKey: string }
    await phone.find('qr').waitFor()
    const text = async (): Promise<string> => await phone.find('qr').getAttribute('data-text') ?? ''
    const online = parseRotatingCode(await text())
    expect(online && isSignedBy(online, publicKey)).toBe(true)
    expect(Math.abs((online?.unixSeconds ?? 0) - Date.now() / 1_000)).toBeLessThan(30)

    await looksRight(phone, 'passes')
    await phone.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await phone.offline(true)
    await phone.page.reload()
    await phone.find('offline').waitFor()
    await phone.find('qr').waitFor()
    const offline = parseRotatingCode(await text())
    expect(offline && isSignedBy(offline, publicKey)).toBe(true)
    expect(offline?.credentialId).toBe(online?.credentialId)
    await expect.poll(async () => await phone.page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname))))
      .flat().filter((path) => path.startsWith('/api/')))).toEqual([])
    await phone.offline(false)

    await phone.page.reload()
    await phone.page.locator('[data-test="credential"][data-kind="phone-key"] [data-test="block"]').click()
    await phone.find('sure-yes').click()
    await phone.find('qr-make').waitFor()
    await expect.poll(() => phone.page.locator('[data-kind="phone-key"]').count()).toBe(0)
  })
})

describe('a resident asks for help', { timeout: 180_000 }, () => {
  it('about a bill, and reads the manager\'s answer', async () => {
    await phone.open('/bills')
    await phone.find('bill').first().click()
    await phone.find('bill-help').click()
    await phone.find('help-text').fill('六月已在窗口缴过，请核对')
    await phone.find('help-send').click()
    await phone.page.locator('[data-test="ticket"][data-state="open"][data-kind="rent"]').waitFor()
    await looksRight(phone, 'help')
    const manager = await rig.manager('/manager/tickets')
    await manager.find('ticket').waitFor()
    await manager.find('ticket-take').click()
    await manager.find('tickets-taken').click()
    await manager.find('ticket-finish').click()
    await manager.find('ticket-answer').fill('已核对，六月无欠缴。')
    await looksRight(manager, 'manager-answer')
    await manager.find('ticket-send').click()
    await manager.find('tickets-done').click()
    await manager.page.locator('[data-test="ticket"][data-state="done"]').waitFor()
    await looksRight(manager, 'manager-tickets')
    await manager.page.setViewportSize({ width: 390, height: 844 })
    await looksRight(manager, 'manager-tickets-narrow')
    expect(manager.complaints).toEqual([])
    await manager.page.context().close()
    await phone.open('/help')
    await phone.page.locator('[data-test="ticket"][data-state="done"]').waitFor()
    await expect.poll(() => phone.find('ticket').innerText()).toContain('已核对，六月无欠缴。')
  })

  it('to be forgotten, after reading what the law keeps', async () => {
    await phone.open('/me')
    await phone.find('to-erase').click()
    await expect.poll(() => phone.find('erase-page').innerText()).toContain('会计资料')
    await looksRight(phone, 'erase')
    await phone.find('erase-ask').click()
    await phone.find('sure-yes').click()
    await phone.find('erase-done').waitFor()
    await phone.open('/help')
    await phone.page.locator('[data-test="ticket"][data-kind="data-erasure"][data-state="open"]').waitFor()
  })
})

describe('a resident decides', { timeout: 180_000 }, () => {
  it('withdraws a consent in two taps and gives it again', async () => {
    await phone.open('/me/consents')
    await phone.page.locator('[data-test="consent"][data-open="true"] [data-test="withdraw"]').click()
    await phone.find('sure-yes').click()
    await phone.find('agree-open').click()
    await expect.poll(() => phone.find('notice').innerText()).toContain('人脸识别通行告知书')
    await phone.find('agree').click()
    await phone.page.locator('[data-test="consent"][data-open="true"]').waitFor()
    await expect.poll(() => phone.find('consent').count()).toBe(2)
    await phone.open('/me/looks')
    await phone.find('look').first().waitFor()
    // What the administrator did is there; what the resident did is not.
    await expect.poll(async () => (await phone.find('look').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-what')))).filter((what) => what === 'consent-ended')).toEqual([])
    await expect.poll(() => phone.find('look').count()).toBeGreaterThan(0)
  })

  it('reads everything on a small screen, in large type, and in English', async () => {
    const pages = { bills: 'bill', payments: 'payment', me: 'to-looks', 'me/consents': 'consent', 'me/passages': 'state-empty', 'me/looks': 'look', 'me/household': 'member' }
    for (const [path, mark] of Object.entries(pages)) {
      await phone.open(`/${path}`)
      await phone.find(mark).first().waitFor()
      await looksRight(phone, path.replace('/', '-'))
    }
    await phone.open('/me')
    await phone.find('large-type').click()
    await phone.find('locale-en').click()
    await looksRight(phone, 'me-large-english')
    await phone.page.locator('[data-test="tab-home"]').click()
    await phone.find('owed').waitFor()
    await looksRight(phone, 'home-large-english')
    await phone.open('/bills')
    await phone.find('bill').first().click()
    await phone.find('line').first().waitFor()
    await looksRight(phone, 'bill-large-english')
  })

  it('logs out, and is asked to log in again', async () => {
    await phone.open('/me')
    await phone.find('sign-out').click()
    await phone.find('sure-yes').click()
    await phone.find('enter-form').waitFor()
    await looksRight(phone, 'enter-large-english')
    await phone.open('/bills')
    await phone.page.waitForURL((url) => url.pathname === '/enter' && url.searchParams.get('next') === '/bills')
    expect(phone.complaints.filter((line) => !line.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([])
  })
})
