import type { Page } from 'playwright-core'
import { launchBrowser } from './launch-browser.js'
import { type ManagerPages, managerPages } from './manager-pages.js'
import { VIEWPORTS, watchComplaints } from './page-checks.js'
import { type StandIn, startStandIn } from './stand-in-server.js'
import { type World, createWorld } from './world.js'

export interface Visitor extends ManagerPages {
  readonly page: Page
  /** Errors of script, refusals of the content policy, warnings of the libraries. */
  readonly complaints: string[]
}

export interface Rig {
  readonly server: StandIn
  readonly world: World
  /** A new browser profile on a desk or a phone, in a zone that is not Jiangmen's. */
  visit(device?: keyof typeof VIEWPORTS): Promise<Visitor>
  /** The same, signed in and on `path`. */
  manager(path?: string, device?: keyof typeof VIEWPORTS, loginName?: 'manager' | 'guard'): Promise<Visitor>
  /** Closes all profiles; for the end of each test. */
  leave(): Promise<void>
  stop(): Promise<void>
}

/** A stand-in server with a small city, and a browser. */
export async function startRig(world: World = createWorld(Date.now(), { estates: 3, passages: 130 }), options: { warnings?: boolean } = {}): Promise<Rig> {
  const [server, browser] = await Promise.all([startStandIn(world, options), launchBrowser()])

  async function visit(device: keyof typeof VIEWPORTS = 'desk'): Promise<Visitor> {
    const phone = device === 'phone'
    const context = await browser.newContext({
      viewport: VIEWPORTS[device], locale: 'zh-CN', timezoneId: 'America/New_York', hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1,
    })
    context.setDefaultTimeout(20_000)
    const page = await context.newPage()
    const complaints = watchComplaints(page)
    return { ...managerPages(page, server.origin), page, complaints }
  }

  return {
    server,
    world,
    visit,
    async manager(path = '/manager', device = 'desk', loginName = 'manager') {
      const visitor = await visit(device)
      await visitor.open(path)
      await visitor.login(loginName, world.users.find((user) => user.loginName === loginName)?.password ?? '')
      await visitor.find('menu').waitFor()
      return visitor
    },
    async leave() {
      await Promise.all(browser.contexts().map((context) => context.close()))
    },
    async stop() {
      await browser.close()
      await server.stop()
    },
  }
}
