import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { RandomSource } from '#kernel/random.js'
import { failSim } from '../errors.js'
import type { DemoPaths } from './demo-state.js'
import { writeJsonFile } from './json-file.js'
import { type Login, exampleLogins, readLogins, writeLogins } from './logins.js'
import { ensureUsers } from './provision-server.js'
import { type ServerApi, createServerApi } from './server-api.js'
import { channelSettings, freePort, receiptSettings } from './start-channels.js'
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

/** Adds the administrator while no server runs. The server makes the password up. */
function createAdmin(main: string, configFile: string): Promise<Login> {
  const args = [main, '--config', configFile, 'create-user', '--login', ADMIN, '--display', '系统管理员', '--role', 'admin', '--json']
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, args, { timeout: COMMAND_MS }, (error, stdout, stderr) => {
      const failed = (reason: string) => failSim('SIM_DEMO_PART', { part: 'server', what: `create-user: ${reason}` }, error ?? undefined)
      if (error !== null) return reject(failed(`${stdout}${stderr}`.trim().slice(-800)))
      const { password } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { password?: string }
      if (password === undefined) return reject(failed('printed no password'))
      resolve({ loginName: ADMIN, displayName: '系统管理员', password, grants: [{ role: 'admin', estateId: '*' }] })
    })
    child.stdin?.end()
  })
}

/** Passwords that earlier runs made stay as they are; who has joined since is added. */
async function ensureLogins(deps: StartServerDeps): Promise<readonly Login[]> {
  const known = readLogins(deps.paths.logins)
  const missing = exampleLogins(deps.firstEstateId, deps.random).filter(({ loginName }) => !known.some((login) => login.loginName === loginName))
  if (known.length > 0 && missing.length === 0) return known
  const logins = [...(known.length > 0 ? known : [await createAdmin(deps.main, deps.paths.serverConfig)]), ...missing]
  writeLogins(deps.paths.logins, logins)
  return logins
}

export interface StartServerDeps {
  readonly main: string
  readonly paths: DemoPaths
  readonly port: number
  /** Of the channel sandbox. */
  readonly channelOrigin: string
  readonly firstEstateId: string
  readonly random: RandomSource
  readonly supervisor: Supervisor
}

const portOf = (ready: Readonly<Record<string, unknown>>, name: string): number => {
  const port = ready[name]
  if (typeof port !== 'number') throw failSim('SIM_DEMO_PART', { part: 'server', what: `its ready line has no ${name}` })
  return port
}

/** Starts the server, made ready on first use, and logs in as administrator. */
export async function startServer(deps: StartServerDeps): Promise<RunningServer> {
  const { paths } = deps
  const httpPort = await freePort(deps.port)
  writeJsonFile(paths.serverConfig, {
    dataDir: paths.serverDir,
    database: { url: null },
    https: { host: '127.0.0.1', port: 0, certFile: null, keyFile: null },
    loopbackHttp: { port: httpPort },
    payment: channelSettings(paths.channelKeys, deps.channelOrigin, `http://127.0.0.1:${httpPort}`),
    receipts: receiptSettings(paths.channelKeys, deps.channelOrigin),
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
