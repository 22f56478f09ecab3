import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, runCommand, startChild } from './child.js'

/** Holds the rights of an administrator and of a manager. */
export const ADMIN = { loginName: 'root-admin', password: 'correct-horse-battery-9' }

/** The real server process on a database of its own, and an administrator's session with it. */
export interface ServerUnderTest {
  readonly caFile: string
  httpsPort(): number
  httpPort(): number
  api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>
  start(): Promise<void>
  stop(): Promise<number | null>
  kill(): Promise<void>
  signal(name: NodeJS.Signals): void
  pid(): number
}

const configFileOf = (dir: string): string => join(dir, 'server.json')

export function writeServerConfig(dir: string): void {
  const dataDir = join(dir, 'server')
  writeFileSync(configFileOf(dir), JSON.stringify({
    dataDir, database: { url: null }, https: { host: '127.0.0.1', port: 0, certFile: null, keyFile: null, hostNames: [] },
    loopbackHttp: { port: 0 }, session: { hours: 12, idleMinutes: 60 }, log: { level: 'info' },
  }))
}

export async function createServerUnderTest(dir: string, root?: string): Promise<ServerUnderTest> {
  writeServerConfig(dir)
  const made = await runCommand('server/main.js', ['--config', configFileOf(dir), 'create-user', '--login', ADMIN.loginName, '--display', '管理员', '--role', 'admin', '--role', 'estate-manager'], ADMIN.password, root)
  if (made.code !== 0) throw new Error(`create-user ended with ${made.code}: ${made.stdout}${made.stderr}`)
  return serverOn(dir, root)
}

/** The server on a folder that was set up before. */
export function serverOn(dir: string, root?: string): ServerUnderTest {
  let child: Child | undefined
  let ports = { httpsPort: 0, httpPort: 0 }
  let cookie = ''

  const request = async (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`http://127.0.0.1:${ports.httpPort}${path}`, {
      method,
      headers: { cookie, 'x-requested-with': 'smart-estates', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const login = async (): Promise<void> => {
    const answer = await request('POST', '/api/auth/login', ADMIN)
    if (!answer.ok) throw new Error(`login: ${answer.status} ${await answer.text()}`)
    cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  }
  return {
    caFile: join(dir, 'server/tls/ca.pem'),
    httpsPort: () => ports.httpsPort,
    httpPort: () => ports.httpPort,
    async api<T>(method: string, path: string, body?: unknown): Promise<T> {
      const answer = await request(method, path, body)
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return (text === '' ? {} : JSON.parse(text)) as T
    },
    async start() {
      child = startChild('server/main.js', ['--config', configFileOf(dir)], { root })
      const ready = await child.line('ready')
      ports = { httpsPort: Number(ready['httpsPort']), httpPort: Number(ready['httpPort']) }
      if (cookie === '') await login()
    },
    stop: async () => child?.stop() ?? null,
    kill: async () => child?.kill(),
    signal: (name) => child?.signal(name),
    pid: () => child?.pid ?? 0,
  }
}
