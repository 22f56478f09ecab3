import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import sqlite3 from 'sqlite3'
import { createFaceSource } from '../../../firmware-sim/frames/face-source.js'
import { packageRoot } from '../../../gateway/package-root.js'
import type { GatewayApiServer } from '../../support/gateway-api-server.js'

const ROOT = packageRoot()
const MAIN = join(ROOT, 'dist', 'gateway', 'main.js')
const START_MS_MAX = 60_000

/** Why these tests cannot run here, or undefined. `npm test` prepares what they need. */
export function missing(): string | undefined {
  const needed = [MAIN, join(ROOT, 'dist', 'gateway', 'face', 'wasm', 'match-kernel.wasm'), join(ROOT, 'models', 'fr_feature.onnx')]
  const absent = needed.find((path) => !existsSync(path))
  return absent === undefined ? undefined : `needs ${absent.slice(ROOT.length + 1)}: run the set-up first`
}

export interface CommandEnd {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** One life of the gateway's process. */
export interface GatewayProcess {
  readonly pid: number
  readonly mqttPort: number
  readonly opsPort: number
  /** Lines of its log so far. */
  log(): Array<Record<string, unknown>>
  end(signal: NodeJS.Signals): Promise<number | null>
  exited(): Promise<number | null>
}

export interface GatewayHome {
  readonly folder: string
  readonly dataDir: string
  readonly configFile: string
  config(change: object): void
  /** Starts the process and waits for its ready line. */
  start(): Promise<GatewayProcess>
  /** Starts the process and does not wait. */
  launch(): Omit<GatewayProcess, 'mqttPort' | 'opsPort'> & { ready(): Promise<Record<string, unknown>> }
  /** Runs one command of the command line. */
  command(...args: string[]): Promise<CommandEnd>
  /** Payloads of the log, in order, as they stand in the file. */
  records(): Promise<Array<Record<string, unknown>>>
  count(table: string): Promise<number>
  remove(): void
}

/** A gateway's folder with a configuration that points at `server`. */
export function createHome(server: Pick<GatewayApiServer, 'url' | 'caPem' | 'claimToken'>): GatewayHome {
  const folder = mkdtempSync(join(tmpdir(), 'gw-'))
  const configFile = join(folder, 'gateway.json')
  const dataDir = join(folder, 'data')
  const children = new Set<ChildProcess>()
  writeFileSync(join(folder, 'ca.pem'), server.caPem)
  writeFileSync(join(folder, 'token'), server.claimToken)

  const launch: GatewayHome['launch'] = () => {
    const child = spawn(process.execPath, [MAIN, '--config', configFile], { stdio: ['ignore', 'pipe', 'pipe'] })
    children.add(child)
    const lines: Array<Record<string, unknown>> = []
    let rest = ''
    let stderr = ''
    const waiting: Array<() => void> = []
    child.stdout?.on('data', (part: Buffer) => {
      const parts = (rest + part.toString()).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) lines.push(JSON.parse(line) as Record<string, unknown>)
      for (const check of waiting) check()
    })
    child.stderr?.on('data', (part: Buffer) => {
      stderr += part.toString()
      lines.push({ stderr: part.toString() })
    })
    const exit = new Promise<number | null>((resolve) => child.on('exit', (code) => {
      children.delete(child)
      resolve(code)
    }))
    return {
      pid: child.pid ?? 0,
      log: () => lines,
      exited: () => exit,
      async end(signal) {
        child.kill(signal)
        return exit
      },
      ready: () => new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not ready after ${START_MS_MAX} ms: ${JSON.stringify(lines)}`)), START_MS_MAX)
        const check = (): void => {
          const line = lines.find(({ msg }) => msg === 'ready')
          if (line === undefined) return
          clearTimeout(timer)
          resolve(line)
        }
        waiting.push(check)
        check()
        void exit.then((code) => reject(new Error(`ended with ${code}: ${stderr}`)))
      }),
    }
  }

  const home: GatewayHome = {
    folder, dataDir, configFile,
    config: (change) => writeFileSync(configFile, JSON.stringify({
      dataDir: 'data', server: { url: server.url, caFile: 'ca.pem' }, claimTokenFile: 'token', mqtt: { host: '127.0.0.1', port: 0 }, ops: { port: 0 }, devices: { claimPort: 0, filesPort: 0 },
      access: { regrantHoldMs: 0 }, sync: { rosterIntervalMs: 200, uploadIntervalMs: 500 }, log: { level: 'debug' }, ...change,
    })),
    launch,
    async start() {
      const launched = launch()
      const { mqttPort, opsPort } = await launched.ready()
      return { ...launched, mqttPort: Number(mqttPort), opsPort: Number(opsPort) }
    },
    command: (...args) => new Promise((resolve) => {
      execFile(process.execPath, [MAIN, '--config', configFile, ...args], { timeout: START_MS_MAX }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }))
    }),
    records: async () => (await query<{ payload: string }>(join(dataDir, 'gateway.db'), 'SELECT payload FROM log_record ORDER BY epoch, seq'))
      .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>),
    count: async (table) => (await query<{ n: number }>(join(dataDir, 'gateway.db'), `SELECT count(*) AS n FROM ${table}`))[0]?.n ?? -1,
    remove() {
      for (const child of children) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  home.config({})
  mkdirSync(join(folder, 'photos'))
  return home
}

function query<Row>(file: string, sql: string): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY, (error) => {
      if (error !== null) return reject(error)
      database.all<Row>(sql, (failed, rows) => {
        database.close()
        if (failed === null) resolve(rows)
        else reject(failed)
      })
    })
  })
}

const faces = createFaceSource()

/** Writes the enrolment photo of a demo face and returns its path. */
export async function photoOf(home: GatewayHome, faceId: string): Promise<string> {
  const path = join(home.folder, 'photos', `${faceId}.jpg`)
  writeFileSync(path, await faces.photo(faceId))
  return path
}

/** A camera's picture, 1280×720 JPEG: this person with a face `faceHeightPx` high before a plain wall, or the wall alone. */
export async function frameOf(faceId: string | null, faceHeightPx = 240): Promise<Buffer> {
  const wall = sharp({ create: { width: 1280, height: 720, channels: 3, background: { r: 150, g: 156, b: 160 } } })
  if (faceId === null) return wall.jpeg({ quality: 85 }).toBuffer()
  const { pixels, width, height, face } = await faces.cutOut(faceId)
  const scale = faceHeightPx / (face.bottom - face.top)
  const size = { width: Math.min(1_280, Math.round(width * scale)), height: Math.min(720, Math.round(height * scale)) }
  const person = await sharp(pixels, { raw: { width, height, channels: 3 } }).resize({ ...size, fit: 'cover' }).png().toBuffer()
  return wall.composite([{ input: person, gravity: 'centre' }]).jpeg({ quality: 85 }).toBuffer()
}

export const readCertificates = (folder: string): { ca: Buffer; cert: Buffer; key: Buffer } =>
  ({ ca: readFileSync(join(folder, 'ca.pem')), cert: readFileSync(join(folder, 'cert.pem')), key: readFileSync(join(folder, 'key.pem')) })

/** Resolves when `done` says so; looks every 20 ms. */
export async function until(done: () => boolean | Promise<boolean>, what: string, msMax = 20_000): Promise<void> {
  const startedMs = performance.now()
  while (!(await done())) {
    if (performance.now() - startedMs > msMax) throw new Error(`not within ${msMax} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
