import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RandomSource } from '#kernel/random.js'
import { failSim } from '../errors.js'
import type { DemoPaths } from './demo-state.js'
import { writeJsonFile } from './json-file.js'
import { type Login, exampleLogins, madeUpPassword, readLogins, writeLogins } from './logins.js'
import { ensureUsers } from './provision-server.js'
import { type ServerApi, createServerApi } from './server-api.js'
import { type RunningChannels, channelSettings, messageSettings, receiptSettings } from './start-channels.js'
import type { Supervisor } from './supervisor.js'

export interface RunningServer {
  readonly api: ServerApi
  /** Of the page and the API, plain HTTP on this machine. */
  readonly origin: string
  readonly httpsPort: number
  /** What gateways trust. */
  readonly caFile: string
  readonly logins: readonly Login[]
  /** Logs the administrator in, anew where the session may have ended. */
  login(): Promise<void>
}

const ADMIN = 'admin'
const COMMAND_MS = 180_000
const BUSY_MS = 30_000
const BUSY_LOOK_MS = 500

/** Adds the administrator while no server runs. @returns what the command said where it failed, else undefined */
function createAdmin(main: string, configFile: string, { loginName, displayName, password }: Login): Promise<string | undefined> {
  const args = [main, '--config', configFile, 'create-user', '--login', loginName, '--display', displayName, '--role', 'admin']
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { timeout: COMMAND_MS }, (error, stdout, stderr) =>
      resolve(error === null ? undefined : `${stdout}${stderr}`.trim().slice(-800) || error.message))
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(`${password}\n`)
  })
}

/**
 * The administrator, whose password is noted before the server is told of it: a start that was killed in between goes on with it, and
 * the command that such a start left behind is waited for.
 */
async function ensureAdmin({ main, paths, random, pause }: StartServerDeps): Promise<Login> {
  const [noted] = readLogins(paths.newAdmin)
  const admin = noted ?? { loginName: ADMIN, displayName: '系统管理员', password: madeUpPassword(random), grants: [{ role: 'admin', estateId: '*' }] }
  if (noted === undefined) writeLogins(paths.newAdmin, [admin])
  for (let waitedMs = 0; ; waitedMs += BUSY_LOOK_MS) {
    const problem = await createAdmin(main, paths.serverConfig, admin)
    if (problem === undefined || (noted !== undefined && problem.includes('SV_AUTH_LOGIN_NAME_TAKEN'))) return admin
    if (problem.includes('SV_AUTH_LOGIN_NAME_TAKEN')) {
      rmSync(paths.newAdmin, { force: true })
      throw failSim('SIM_DEMO_DATA', { file: paths.logins, reason: 'is gone, and the server has its users still; --fresh begins anew' })
    }
    if (!problem.includes('SV_DB_IN_USE') || waitedMs >= BUSY_MS) throw failSim('SIM_DEMO_PART', { part: 'server', what: `create-user: ${problem}` })
    await pause(BUSY_LOOK_MS)
  }
}

/** Passwords that earlier runs made stay as they are; who has joined since is added. */
async function ensureLogins(deps: StartServerDeps): Promise<readonly Login[]> {
  const known = readLogins(deps.paths.logins)
  const missing = exampleLogins(deps.firstEstateId, deps.random).filter(({ loginName }) => !known.some((login) => login.loginName === loginName))
  if (known.length > 0 && missing.length === 0) return known
  const logins = [...(known.length > 0 ? known : [await ensureAdmin(deps)]), ...missing]
  writeLogins(deps.paths.logins, logins)
  rmSync(deps.paths.newAdmin, { force: true })
  return logins
}

export interface StartServerDeps {
  readonly main: string
  readonly paths: DemoPaths
  /** Of the page, free. */
  readonly port: number
  readonly channels: RunningChannels
  readonly firstEstateId: string
  readonly random: RandomSource
  readonly supervisor: Supervisor
  readonly pause: (ms: number) => Promise<void>
}

const portOf = (ready: Readonly<Record<string, unknown>>, name: string): number => {
  const port = ready[name]
  if (typeof port !== 'number') throw failSim('SIM_DEMO_PART', { part: 'server', what: `its ready line has no ${name}` })
  return port
}

/** Starts the server, made ready on first use, and logs in as administrator. */
export async function startServer(deps: StartServerDeps): Promise<RunningServer> {
  const { paths, channels } = deps
  writeJsonFile(paths.serverConfig, {
    dataDir: paths.serverDir,
    database: { url: null },
    https: { host: '127.0.0.1', port: 0, certFile: null, keyFile: null },
    loopbackHttp: { port: deps.port },
    payment: channelSettings(paths.channelKeys, channels.origin, `http://127.0.0.1:${deps.port}`),
    message: messageSettings(paths.channelKeys, channels.messageOrigin),
    receipts: receiptSettings(paths.channelKeys, channels.origin),
  })
  const logins = await ensureLogins(deps)
  const { ready } = await deps.supervisor.start('server', [deps.main, '--config', paths.serverConfig])
  const origin = `http://127.0.0.1:${portOf(ready, 'httpPort')}`
  const api = createServerApi({ origin })
  const admin = logins.find((login) => login.loginName === ADMIN)
  if (admin === undefined) throw failSim('SIM_DEMO_DATA', { file: paths.logins, reason: 'has no administrator; --fresh begins anew' })
  const login = (): Promise<void> => api.login(admin.loginName, admin.password)
  await login()
  return { api, origin, httpsPort: portOf(ready, 'httpsPort'), caFile: join(paths.serverDir, 'tls', 'ca.pem'), logins, login }
}

/** Adds the example users; their estate must be there. */
export const ensureExampleUsers = (server: RunningServer): Promise<void> => ensureUsers(server.api, server.logins)
