import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Register, gateBody, registerOf } from '../server/support/register.js'
import { type TestServer, startTestServer } from '../server/support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../server/sync/gateway-client.js'
import { statusRecord } from '../support/factories.js'
import { builtWeb } from './support/built-web.js'
import { launchBrowser } from './support/launch-browser.js'
import { managerPages } from './support/manager-pages.js'
import { VIEWPORTS, axeFindings, sidewaysOverflow, still, watchComplaints } from './support/page-checks.js'

/** Pictures of every page, to be looked at by people. */
const SHOTS = join(tmpdir(), 'smart-estates-shots')
const RECORDS = 120
const SPOILT = 77

let server: TestServer
let register: Register
let gateway: ClaimedGateway
let browser: Browser
let origin: string

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  const [started, launched] = await Promise.all([builtWeb().then((folder) => startTestServer(folder, Date.now())), launchBrowser()])
  server = started
  browser = launched
  register = registerOf(server)
  origin = await server.app.listen({ port: 0, host: '127.0.0.1' })
  await register.gate('jh', 'gate-1', { ...gateBody(1, ['cam-1']), name: '南门人行通道', controllerId: 'ctl-1' })
  gateway = await claimedGateway(server, 'jh', register)
  const nowMs = server.clock.wallMs()
  gateway.log.append(...Array.from({ length: RECORDS }, (_, index) => statusRecord(index + 1, { occurredAtMs: nowMs + index })))
  await gateway.calls.records(gateway.log.batch(1, RECORDS))
}, 240_000)
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())))
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

async function manager() {
  const context = await browser.newContext({ viewport: VIEWPORTS.desk, locale: 'zh-CN' })
  context.setDefaultTimeout(30_000)
  const [name, value] = (await server.as('estate-manager@jh')).split('=') as [string, string]
  await context.addCookies([{ name, value, url: origin }])
  const page = await context.newPage()
  const complaints = watchComplaints(page)
  const pages = managerPages(page, origin)
  await pages.open('/manager/integrity')
  return {
    page, complaints,
    /** Has everything read again; what the page says then, with its tone. */
    async prove(): Promise<string[]> {
      const answered = page.waitForResponse((answer) => answer.url().endsWith(`/api/integrity/${gateway.gatewayId}/proof`))
      await pages.find(`prove-${gateway.gatewayId}`).click()
      await answered
      await still(page)
      const lines = pages.find('proof-line')
      await lines.first().waitFor()
      return lines.evaluateAll((all) => all.map((line) => `${[...line.classList].find((tone) => ['good', 'warn', 'danger'].includes(tone))}: ${line.textContent.trim()}`))
    },
  }
}

describe('a manager has a log proved', () => {
  it('a whole one is said to be whole; a changed record is found and named, and one that was taken out', async () => {
    const { page, complaints, prove } = await manager()
    const whole = await prove()
    expect(whole).toHaveLength(1)
    expect(whole[0]).toMatch(new RegExp(`^good: .*${RECORDS} 条.*全部吻合`))

    await server.db.transact((tx) => tx.$executeRawUnsafe('UPDATE GatewayRecord SET payload = replace(payload, \'online\', \'offline\') WHERE seq = ?', SPOILT))
    const spoilt = await prove()
    expect(spoilt).toEqual([expect.stringMatching(/^danger: .*被改动过/), expect.stringMatching(new RegExp(`^danger: epoch 1：第 ${SPOILT} 条内容或哈希被改动`))])
    await page.screenshot({ path: join(SHOTS, 'desk-integrity-tampered.png') })
    expect(await axeFindings(page, true)).toEqual([])
    expect(await sidewaysOverflow(page)).toEqual([])

    await server.db.transact((tx) => tx.$executeRawUnsafe('DELETE FROM GatewayRecord WHERE seq >= ? AND seq <= ?', SPOILT, SPOILT + 2))
    const removed = await prove()
    expect(removed.filter((line) => line.startsWith('danger'))).toContainEqual(expect.stringMatching(new RegExp(`第 ${SPOILT}…${SPOILT + 2} 条收到后被删除`)))
    expect(complaints).toEqual([])
  }, 120_000)
})
