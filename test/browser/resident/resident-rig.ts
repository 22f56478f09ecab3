import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Page } from 'playwright-core'
import { createFaultPlan } from '../../../firmware-sim/channel/channel-faults.js'
import { openSandboxKeys } from '../../../firmware-sim/channel/sandbox-keys.js'
import { createSandbox } from '../../../firmware-sim/channel/sandbox.js'
import { type PlannedEstate, planEstate } from '../../../firmware-sim/demo/demo-plan.js'
import { demoPaths, openDemo } from '../../../firmware-sim/demo/demo-state.js'
import { ensureBills } from '../../../firmware-sim/demo/provision-bills.js'
import { ensureEstate } from '../../../firmware-sim/demo/provision-server.js'
import { createServerApi } from '../../../firmware-sim/demo/server-api.js'
import { channelSettings, freePort } from '../../../firmware-sim/demo/start-channels.js'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { createUser } from '../../../server/commands.js'
import { parseConfig } from '../../../server/config.js'
import { startServer } from '../../../server/server-process.js'
import { builtResident, builtWeb } from '../support/built-web.js'
import { launchBrowser } from '../support/launch-browser.js'
import { mark } from '../support/manager-pages.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { VIEWPORTS, watchComplaints } from '../support/page-checks.js'

/** Quick enough for a test, slow enough that a second notify does not overtake what a page shows. */
const SCALE = 100
const PASSWORD = 'correct-horse-battery'

/** The server as its process runs it, on a real database, and the sandbox of the channels, over loopback HTTP; with the demo's estate and bills. */
async function startCentre() {
  const folder = mkdtempSync(join(tmpdir(), 'resident-'))
  const dataDir = join(folder, 'demo')
  const paths = demoPaths(dataDir)
  const state = openDemo(dataDir)
  const faults = createFaultPlan(7)
  const keys = await openSandboxKeys(paths.channelKeys, systemClock.wallMs())
  const log = createRecordingLog()
  const sandbox = createSandbox({ keys, faults, clock: systemClock, log, seed: 7, scale: SCALE })
  const sandboxOrigin = `http://127.0.0.1:${(await sandbox.start(0)).port}`
  const port = await freePort(0)
  const origin = `http://127.0.0.1:${port}`
  const payment = channelSettings(paths.channelKeys, sandboxOrigin, origin)
  const config = parseConfig({ dataDir: paths.serverDir, https: { host: '127.0.0.1', port: 0 }, loopbackHttp: { port }, payment }, join(folder, 'server.json'))
  const deps = { config, log: pino({ level: 'silent' }), clock: systemClock, random: systemRandom, ids: createIdSource({ clock: systemClock, random: systemRandom }) }
  const { password } = await createUser(deps, { login: 'admin', display: 'admin', role: ['admin'], estate: [] }, null)
  const server = await startServer(deps)
  const api = createServerApi({ origin })
  await api.login('admin', password ?? '')
  const estate: PlannedEstate = planEstate(0, 2)
  await ensureEstate({ api, state, paths, clock: systemClock }, estate)
  const logins = ['finance-maker', 'finance-checker'].map((role) => ({ loginName: role, displayName: role, password: PASSWORD, grants: [{ role, estateId: '*' }] }))
  for (const login of logins) await api.createUser(login)
  await api.createUser({ loginName: 'manager', displayName: '王经理', password: PASSWORD, grants: [{ role: 'estate-manager', estateId: estate.estateId }] })
  await ensureBills({ origin, logins, clock: systemClock }, [estate.estateId])
  /** Messages that phones got, oldest first. */
  const messages = (): Array<{ phone: string; text: string }> => {
    try {
      return readFileSync(join(paths.serverDir, 'messages.jsonl'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as { phone: string; text: string })
    } catch {
      return []
    }
  }
  return {
    origin, sandboxOrigin, faults, estate, messages, api,
    /** Orders of which the server did not take a notify. */
    notTaken: (): unknown[] => log.lines.filter((line) => line.message === 'notify not taken').map((line) => line.fields['outTradeNo']),
    trades: async () => await (await fetch(`${sandboxOrigin}/sandbox/trades`)).json() as Array<{ channel: string; outTradeNo: string; totalFen: number; state: string }>,
    async stop(): Promise<void> {
      await server.stop()
      await sandbox.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type Centre = Awaited<ReturnType<typeof startCentre>>

export interface Phone {
  readonly page: Page
  readonly complaints: string[]
  find(name: string): ReturnType<typeof mark>
  open(path: string): Promise<unknown>
  offline(isOffline: boolean): Promise<void>
}

/** The centre with phones that visit it; one browser for all of them. */
export async function startResidentRig() {
  await builtResident()
  await builtWeb()
  const [centre, browser] = await Promise.all([startCentre(), launchBrowser()])

  async function phone(): Promise<Phone> {
    const context = await browser.newContext({
      viewport: VIEWPORTS.phone, locale: 'zh-CN', timezoneId: 'America/New_York', hasTouch: true, isMobile: true, deviceScaleFactor: 2,
    })
    context.setDefaultTimeout(45_000)
    const page = await context.newPage()
    return {
      page, complaints: watchComplaints(page), find: (name) => mark(page, name), open: (path) => page.goto(`${centre.origin}${path}`),
      offline: (isOffline) => context.setOffline(isOffline),
    }
  }
  async function codeFor(number: string, before: number): Promise<string> {
    for (let tries = 0; tries < 200; tries += 1) {
      const told = centre.messages().filter((message) => message.phone === number)
      const code = /(\d{6})/.exec(told.length > before ? told.at(-1)?.text ?? '' : '')?.[1]
      if (code !== undefined) return code
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`no code came to ${number}`)
  }

  return {
    centre, phone, codeFor,
    /** A phone on which the planned person of this place is logged in. */
    async resident(at: number, path = '/'): Promise<Phone> {
      const visitor = await phone()
      const number = centre.estate.persons[at]?.phone ?? ''
      const before = centre.messages().filter((message) => message.phone === number).length
      await visitor.open(path)
      await visitor.find('phone').fill(number)
      await visitor.find('send-code').click()
      await visitor.find('code').fill(await codeFor(number, before))
      await visitor.find('enter').click()
      await visitor.find('tabs').waitFor()
      return visitor
    },
    /** The estate's manager at a desk, signed in and on `path`. */
    async manager(path: string): Promise<Phone> {
      const context = await browser.newContext({ viewport: VIEWPORTS.desk, locale: 'zh-CN', timezoneId: 'America/New_York' })
      context.setDefaultTimeout(90_000)
      const page = await context.newPage()
      await page.goto(`${centre.origin}${path}`)
      await mark(page, 'login-name').fill('manager')
      await mark(page, 'login-password').fill(PASSWORD)
      await page.keyboard.press('Enter')
      await mark(page, 'menu').waitFor()
      return {
        page, complaints: watchComplaints(page), find: (name) => mark(page, name), open: (to) => page.goto(`${centre.origin}${to}`), offline: (isOffline) => context.setOffline(isOffline),
      }
    },
    leave: async (): Promise<void> => void await Promise.all(browser.contexts().map((context) => context.close())),
    async stop(): Promise<void> {
      await browser.close()
      await centre.stop()
    },
  }
}
export type ResidentRig = Awaited<ReturnType<typeof startResidentRig>>
