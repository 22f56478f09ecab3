#!/usr/bin/env node
// Brings a checkout to the state that `npm start` and `npm test` need: packages, native SQLite, Prisma client, compiled
// code, models, web page. Needs nothing but Node and npm, does only what is out of date, and says what it does.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const stateDir = join(root, '.setup')
const stampsFile = join(stateDir, 'stamps.json')
const lockFile = join(stateDir, 'lock')
const started = Date.now()
const say = (text) => console.log(`setup: ${text}`)
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`

const SOURCES = ['gateway', 'server', 'firmware-sim', 'models', 'prisma', 'test/bench', 'test/simulation', 'test/chaos', 'test/chaos-money', 'test/support', 'test/flow/support', 'tsconfig.json', 'tsconfig.build.json']
const WEB_SOURCES = ['server/web', 'vite.config.ts', 'tsconfig.web.json']
const RESIDENT_SOURCES = ['server/web/resident', 'server/web/kit', 'vite.config.ts', 'vite-resident.config.ts', 'tsconfig.web.json']
const DESK_SOURCES = ['gateway/desk/web', 'server/web/kit', 'server/web/public', 'vite.config.ts', 'vite-desk.config.ts', 'tsconfig.web.json']
const MODEL_SOURCES = ['models/manifest.json', 'models']

/** Steps, what each reads, what must exist after it, and what must be done before it. */
const STEPS = {
  packages: {
    says: 'installing packages (npm ci)', inputs: ['package.json', 'package-lock.json', '.npmrc'], outputs: ['node_modules/.package-lock.json'],
    run: [npm('ci', '--ignore-scripts')], after: [],
  },
  sqlite: {
    says: 'preparing native SQLite (prebuilt, or compiled in about a minute)', inputs: ['package-lock.json'],
    outputs: ['node_modules/sqlite3/build/Release/node_sqlite3.node'],
    // Where it is compiled: as SQLite itself is, not by the -O3 of Node's headers. A later flag wins.
    run: [npm('rebuild', 'sqlite3')], env: { CFLAGS: '-O2' }, after: ['packages'],
    hint: 'Where no prebuilt binary can be fetched it is compiled: that needs python3, make and a C++ compiler.',
  },
  typebox: {
    says: 'packing TypeBox, 683 modules, into a file an entry', inputs: ['vite-typebox.config.ts', 'package-lock.json'], outputs: ['node_modules/typebox/build/packed'],
    run: [[process.execPath, 'node_modules/vite/bin/vite.js', 'build', '--config', 'vite-typebox.config.ts']], after: ['packages'],
  },
  prisma: {
    says: 'generating the Prisma client', inputs: ['prisma', 'prisma.config.ts', 'package-lock.json'], outputs: ['server/db/generated/sqlite/client.ts'],
    run: [[process.execPath, 'prisma/render.mjs'], [process.execPath, 'node_modules/prisma/build/index.js', 'generate', '--config', 'prisma.config.ts']],
    // Generating needs no engine; any executable keeps the client tool from trying to download one.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }, after: ['packages'],
  },
  code: {
    says: 'compiling', inputs: [...SOURCES, 'package-lock.json'], outputs: ['dist/gateway/main.js', 'dist/server/main.js', 'dist/firmware-sim/main.js', 'dist/gateway/face/wasm/match-kernel.wasm'],
    run: [
      [process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
      [process.execPath, 'node_modules/assemblyscript/bin/asc.js', 'gateway/face/wasm/match-kernel.ts', '--config', 'gateway/face/wasm/asconfig.json', '--target', 'release'],
    ],
    after: ['prisma', 'typebox'],
  },
  models: {
    says: 'building the face models (one npm tarball, 10 MB of weights)', inputs: MODEL_SOURCES,
    outputs: ['models/fr_detect.onnx', 'models/fr_landmark.onnx', 'models/fr_feature.onnx', 'models/fr_liveness.onnx'],
    run: [[process.execPath, 'dist/models/build.js']], after: ['code'],
  },
  web: {
    says: 'building the web page', inputs: [...WEB_SOURCES, 'package-lock.json'], outputs: ['dist/web/index.html'],
    run: [[process.execPath, 'node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']], after: ['packages'],
  },
  residents: {
    says: 'building the page of the residents', inputs: [...RESIDENT_SOURCES, 'package-lock.json'], outputs: ['dist/resident/index.html', 'dist/resident/sw.js'],
    run: [[process.execPath, 'node_modules/vite/bin/vite.js', 'build', '--config', 'vite-resident.config.ts', '--logLevel', 'error']], after: ['packages'],
  },
  desk: {
    says: 'building the page of the estate desk', inputs: [...DESK_SOURCES, 'package-lock.json'], outputs: ['dist/desk/index.html'],
    run: [[process.execPath, 'node_modules/vite/bin/vite.js', 'build', '--config', 'vite-desk.config.ts', '--logLevel', 'error']], after: ['packages'],
  },
}

function npm(...args) {
  const cli = process.env.npm_execpath
  return cli !== undefined && /npm-cli\.c?js$/.test(cli) ? [process.execPath, cli, ...args] : ['npm', ...args]
}

function* filesUnder(path) {
  const full = join(root, path)
  if (!existsSync(full)) return
  if (statSync(full).isFile()) return yield path
  for (const name of readdirSync(full).sort()) {
    if (name === 'generated' || name === 'node_modules' || name === 'schema.prisma' || name.endsWith('.onnx')) continue
    yield* filesUnder(join(path, name))
  }
}

function digestOf(step) {
  const hash = createHash('sha256').update(process.version + process.arch)
  for (const input of step.inputs) {
    for (const file of filesUnder(input)) hash.update(file).update('\0').update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

/** Commands under way: they end with this process, so that none goes on beside the next setup's. */
const running = new Set()
process.on('exit', () => { for (const child of running) child.kill() })

function runCommand([command, ...args], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    child.on('close', () => running.delete(child))
    let output = ''
    const keep = (chunk) => { output = (output + chunk).slice(-20_000) }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${[command, ...args].join(' ')} ended with ${code}\n${output}`))))
  })
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(stampsFile, 'utf8'))
  } catch {
    return {}
  }
}

const writeStamps = (stamps) => writeFileSync(stampsFile, JSON.stringify(stamps, null, 2))

/** One setup at a time in a checkout; a lock whose process is gone is taken over. */
async function takeLock() {
  mkdirSync(stateDir, { recursive: true })
  for (let told = false; ; ) {
    try {
      const handle = openSync(lockFile, 'wx')
      writeFileSync(handle, String(process.pid))
      closeSync(handle)
      process.on('exit', () => rmSync(lockFile, { force: true }))
      // npm ends its shell when it is ended, and the shell does not end us.
      const shell = process.ppid
      if (process.env.npm_lifecycle_event !== undefined) setInterval(() => { if (process.ppid !== shell) process.exit(143) }, 500).unref()
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const lock = readLock()
    if (lock !== undefined && !lock.alive && lock.ageMs > 2_000) rmSync(lockFile, { force: true })
    else if (lock?.alive && !told) { say(`waiting for another setup in this folder (process ${lock.owner})`); told = true }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** Who holds the lock; undefined where it was given back meanwhile. */
function readLock() {
  try {
    const owner = Number(readFileSync(lockFile, 'utf8') || 0)
    return { owner, alive: owner > 0 && isSetup(owner), ageMs: Date.now() - statSync(lockFile).mtimeMs }
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether a setup runs under this number: after a crash it may be another program's. */
function isSetup(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code !== 'EPERM') return false
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('setup.mjs')
  } catch {
    return !existsSync('/proc/self/cmdline')
  }
}

async function runStep(name, stamps, state) {
  const step = STEPS[name]
  for (const before of step.after) await state[before]
  const digest = digestOf(step)
  const current = stamps[name] === digest && step.outputs.every((output) => existsSync(join(root, output)))
  if (current) return
  const since = Date.now()
  say(`${step.says} …`)
  // One that is cut off here has left what it makes half made, whatever was noted of it before.
  delete stamps[name]
  writeStamps(stamps)
  try {
    for (const command of step.run) await runCommand(command, step.env)
  } catch (error) {
    if (step.hint !== undefined) error.message += `\n${step.hint}`
    throw error
  }
  const missing = step.outputs.find((output) => !existsSync(join(root, output)))
  if (missing !== undefined) throw new Error(`${name}: ${missing} was not made`)
  stamps[name] = digest
  writeStamps(stamps)
  say(`${name} done in ${seconds(since)}`)
}

async function main() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) throw new Error(`Node ${process.versions.node} is too old: 20.19 or newer is needed`)
  await takeLock()
  const stamps = readStamps()
  const state = {}
  for (const name of Object.keys(STEPS)) state[name] = runStep(name, stamps, state)
  const results = await Promise.allSettled(Object.values(state))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  if (Date.now() - started > 2_000) say(`ready in ${seconds(started)}`)
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(`setup: failed\n${error.message}`)
    process.exit(1)
  },
)
