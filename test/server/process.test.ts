import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { compiled } from '../support/compiled.js'
import { tempFolder } from './support/temp-database.js'

interface Ended { code: number | null; signal: string | null; stdout: string; stderr: string }
interface Running { child: ChildProcess; ready: Promise<{ httpsPort: number; httpPort: number }>; ended: Promise<Ended> }

function launch(args: string[], input = ''): Running {
  const child = spawn(process.execPath, [compiled('server/main.js'), ...args], { stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.end(input)
  const [out, err] = ['', ''].map((text) => ({ text })) as [{ text: string }, { text: string }]
  child.stderr.on('data', (chunk) => { err.text += String(chunk) })
  const ended = new Promise<Ended>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout: out.text, stderr: err.text })))
  const ready = new Promise<{ httpsPort: number; httpPort: number }>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out.text += String(chunk)
      const line = out.text.split('\n').find((text) => text.includes('"msg":"ready"'))
      if (line !== undefined) resolve(JSON.parse(line) as { httpsPort: number; httpPort: number })
    })
    void ended.then((end) => reject(new Error(`ended with ${end.code}: ${end.stderr}`)))
  })
  ready.catch(() => undefined)
  return { child, ready, ended }
}
const finish = (args: string[], input?: string): Promise<Ended> => launch(args, input).ended

async function place(change: object = {}) {
  const folder = await tempFolder()
  const config = join(folder, 'server.json')
  await writeFile(config, JSON.stringify({ dataDir: 'data', https: { host: '127.0.0.1', port: 0 }, loopbackHttp: { port: 0 }, ...change }))
  return { folder, config, data: join(folder, 'data') }
}
const USER = ['create-user', '--login', 'admin', '--display', '管理员', '--role', 'admin']

function post(ca: string, port: number, path: string, body: object): Promise<{ status: number; cookie: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method: 'POST', ca, agent: false, headers: { 'content-type': 'application/json', 'x-requested-with': 'smart-estates' } }, (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, cookie: String(response.headers['set-cookie']) })
    })
    call.on('error', reject).end(JSON.stringify(body))
  })
}

describe('what a stranger feeds it', () => {
  it('is refused in one line that names it, and leaves nothing behind', async () => {
    const { config, data, folder } = await place()
    const say = async (...args: string[]): Promise<[number | null, string]> => {
      const { code, stderr } = await finish(['--config', ...args])
      expect(stderr.trim().split('\n')).toHaveLength(1)
      return [code, stderr]
    }
    // An empty database would hold, and prove nothing.
    expect(await say(config, 'verify-audit')).toEqual([2, expect.stringContaining('there is no database at')])
    await expect(stat(data)).rejects.toThrow('ENOENT')
    const deep = join(folder, 'deep.json')
    await writeFile(deep, '['.repeat(50_000) + ']'.repeat(50_000))
    expect(await say(deep)).toEqual([2, expect.stringContaining('is nested too deeply')])
    await writeFile(deep, ' '.repeat(1_100_000))
    expect(await say(deep)).toEqual([2, expect.stringContaining('is larger than 1 MB')])
    await writeFile(data, '')
    expect(await say(config)).toEqual([2, expect.stringMatching(/SV_CONFIG.*dataDir: .*data cannot be made/)])
    await rm(data)
    await mkdir(data)
    await writeFile(join(data, 'server.db'), 'no database '.repeat(1_000))
    expect(await say(config, 'verify-audit')).toEqual([1, expect.stringMatching(/SV_DB_OPEN.*file is not a database/)])
    expect(await readFile(join(data, 'server.db'), 'utf8')).toBe('no database '.repeat(1_000))
  })
})

describe('server process', () => {
  it('starts on an empty folder, is reached over its own certificate, refuses a second, stops cleanly, starts again', async () => {
    const { config, data } = await place({ log: { level: 'error' } })
    const created = await finish(['--config', config, ...USER, '--json'])
    expect([created.code, created.stderr]).toEqual([0, ''])
    const { password, ...user } = JSON.parse(created.stdout) as { password: string; loginName: string; userId: string }
    expect([user.loginName, password]).toEqual(['admin', expect.stringMatching(/^[A-Za-z0-9_-]{24}$/)])

    const first = launch(['--config', config])
    const { httpsPort, httpPort } = await first.ready
    const ca = await readFile(join(data, 'tls/ca.pem'), 'utf8')
    const login = await post(ca, httpsPort, '/api/auth/login', { loginName: 'admin', password })
    expect([login.status, login.cookie]).toEqual([200, expect.stringContaining('; Secure; SameSite=Strict')])
    expect((await (await fetch(`http://127.0.0.1:${httpPort}/health`)).json())).toEqual({ status: 'ok', database: 'ok', waitingWrites: 0 })
    expect(((await stat(join(data, 'server.db'))).mode & 0o077).toString(8)).toBe('0')

    const second = await finish(['--config', config])
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('SV_DB_IN_USE')])
    expect((await finish(['--config', config, ...USER])).code).toBe(1)

    first.child.kill('SIGTERM')
    expect(await first.ended).toMatchObject({ code: 0, signal: null })
    const again = launch(['--config', config])
    await again.ready
    again.child.kill('SIGINT')
    expect((await again.ended).code).toBe(0)
    const audit = await finish(['--config', config, 'verify-audit', '--json'])
    expect([audit.code, JSON.parse(audit.stdout)]).toEqual([0, { entries: 3, brokenAtSeq: null }])
  }, 120_000)

  it('goes on after kill -9 with all that it had confirmed', async () => {
    const { config, data } = await place()
    const password = 'correct-horse-staple'
    await finish(['--config', config, ...USER], `${password}\n`)
    const first = launch(['--config', config])
    const { httpsPort } = await first.ready
    const ca = await readFile(join(data, 'tls/ca.pem'), 'utf8')
    expect((await post(ca, httpsPort, '/api/auth/login', { loginName: 'admin', password })).status).toBe(200)
    first.child.kill('SIGKILL')
    await first.ended
    const audit = await finish(['--config', config, 'verify-audit'])
    expect([audit.code, audit.stdout]).toEqual([0, '3 entries, chain holds\n'])
    await launch(['--config', config]).ready
  }, 120_000)

  it('says what is wrong and ends with 2 for usage and configuration, 1 for the rest', async () => {
    const { config, folder } = await place()
    const bad = join(folder, 'bad.json')
    await writeFile(bad, JSON.stringify({ https: { port: -1 } }))
    const cases: Array<[string[], string, number, string]> = [
      [[], '', 2, 'SV_USAGE'],
      [['--config', bad], '', 2, 'https.port'],
      [['--config', join(folder, 'none.json')], '', 2, 'cannot be read'],
      [['--config', config, 'no-such-command'], '', 2, ''],
      [['--config', config, 'create-user', '--login', 'a'], '', 2, 'display'],
      [['--config', config, 'create-user', '--login', 'ab', '--display', 'x', '--role', 'king'], '', 2, 'must be one of'],
      [['--config', config, ...USER], 'short\n', 1, 'SV_AUTH_PASSWORD_RULE'],
      [['--config', config, ...USER, '--estate', 'nowhere'], '', 1, 'SV_ESTATE_UNKNOWN'],
    ]
    const check = async ([args, input, code, text]: (typeof cases)[number]): Promise<void> => {
      const ended = await finish(args, input)
      expect([args, ended.code, ended.stderr]).toEqual([args, code, expect.stringContaining(text)])
    }
    // Those that open the database cannot do so at the same time.
    await Promise.all(cases.slice(0, -2).map(check))
    for (const one of cases.slice(-2)) await check(one)
  }, 120_000)

  it('prints its configuration keys and its help', async () => {
    const keys = await finish(['--config-keys'])
    expect([keys.code, keys.stdout.split('\n')[0]]).toEqual([0, '| key | meaning | unit | bounds | default |'])
    const help = await finish(['--help'])
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('create-user')])
  }, 120_000)
})
