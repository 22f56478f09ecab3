import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deleteDemo, openDemo } from '../../../firmware-sim/demo/demo-state.js'
import { exampleLogins, readLogins, writeLogins } from '../../../firmware-sim/demo/logins.js'
import { startPart } from '../../../firmware-sim/demo/part.js'
import { createSupervisor, endLeftovers } from '../../../firmware-sim/demo/supervisor.js'
import { pause } from '../../../firmware-sim/demo/watch.js'
import { seededRandom } from '../../../gateway/kernel/random.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A program that does `body`. */
const program = (name: string, body: string): string => {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, body)
  return path
}
const READY = `console.log(JSON.stringify({ msg: 'ready', port: 7 }));`
const STAY = `setInterval(() => {}, 1000);`
const CLEAN = `process.on('SIGTERM', () => { console.log(JSON.stringify({ frames: 3 })); process.exit(0) });`
const start = (name: string, body: string) => startPart(name, [program(name, body)], join(folder, `${name}.log`))

describe('a part', () => {
  it('is ready with the fields of its line, logs all it says, ends cleanly when asked, and leaves its result', async () => {
    const part = start('good', `console.log('plain words'); console.error('trouble'); ${CLEAN} ${READY} ${STAY}`)
    expect(await part.ready(20_000)).toMatchObject({ port: 7 })
    expect(await part.stop(20_000)).toEqual({ clean: true, code: 0, signal: null })
    expect(part.result()).toEqual({ frames: 3 })
    const log = readFileSync(join(folder, 'good.log'), 'utf8')
    for (const words of ['plain words', 'trouble', '"port":7']) expect(log).toContain(words)
  })

  it('that ends before it is ready is a failure that shows the end of its log', async () => {
    const part = start('early', `console.error('port is taken'); process.exit(3)`)
    await expect(part.ready(20_000)).rejects.toMatchObject({
      code: 'SIM_DEMO_PART', details: { part: 'early', what: 'ended before it was ready', code: 3, lastLines: ['port is taken'] },
    })
  })

  it('that takes too long to be ready is a failure', async () => {
    const part = start('slow', STAY)
    await expect(part.ready(300)).rejects.toMatchObject({ code: 'SIM_DEMO_PART', details: { what: 'not ready after 0.3 s' } })
    await part.stop(0)
  })

  it('that is stopped while it starts ends cleanly: nobody listens to signals yet', async () => {
    const part = start('young', STAY)
    expect(await part.stop(20_000)).toEqual({ clean: true, code: null, signal: 'SIGTERM' })
  })

  it('that does not listen is killed after the grace, and that is not clean', async () => {
    const part = start('deaf', `process.on('SIGTERM', () => {}); ${READY} ${STAY}`)
    await part.ready(20_000)
    expect(await part.stop(300)).toEqual({ clean: false, code: null, signal: 'SIGKILL' })
  })
})

describe('the supervisor', () => {
  const pidFile = (): string => join(folder, 'running.json')
  const supervise = () => createSupervisor({ pidFile: pidFile(), logDir: folder })

  it('stops the latest first, waits for each, and starts nothing any more', async () => {
    const order = join(folder, 'order')
    const supervisor = supervise()
    for (const name of ['first', 'second']) {
      const end = `process.on('SIGTERM', () => setTimeout(() => { import('node:fs').then((fs) => { fs.appendFileSync(${JSON.stringify(order)}, '${name} '); process.exit(0) }) }, 200));`
      await supervisor.start(name, [program(name, `${end} ${READY} ${STAY}`)])
    }
    expect(JSON.parse(readFileSync(pidFile(), 'utf8'))).toMatchObject({ running: [{ name: 'first' }, { name: 'second' }] })
    expect(await supervisor.stopAll()).toBe(true)
    expect(readFileSync(order, 'utf8')).toBe('second first ')
    await expect(supervisor.start('third', [program('third', READY)])).rejects.toMatchObject({ code: 'SIM_DEMO_PART' })
  })

  it('reports a part that ends by itself, by name and with its last words', async () => {
    const supervisor = supervise()
    await supervisor.start('stays', [program('stays', `${CLEAN} ${READY} ${STAY}`)])
    await supervisor.start('falls', [program('falls', `${READY} setTimeout(() => { console.error('out of disk'); process.exit(1) }, 100)`)])
    await expect(supervisor.failure).rejects.toMatchObject({ code: 'SIM_DEMO_PART', details: { part: 'falls', code: 1, lastLines: [expect.stringContaining('ready'), 'out of disk'] } })
    expect(await supervisor.stopAll()).toBe(false)
  })

  it('ends what a killed run left behind, and nothing else that has got such a number', async (ctx) => {
    if (!existsSync('/proc/self/cmdline')) return ctx.skip('needs /proc to tell whose a process is')
    const left = start('left', `${CLEAN} ${READY} ${STAY}`)
    await left.ready(20_000)
    writeFileSync(pidFile(), JSON.stringify({ owner: 1, running: [{ pid: left.pid, name: 'left' }, { pid: process.pid, name: 'not ours' }] }))
    expect(await endLeftovers(pidFile(), folder, pause)).toBe(1)
    expect((await left.ended).clean).toBe(true)
  })

  it('does not touch the parts of a demo that still runs on the folder', async (ctx) => {
    if (!existsSync('/proc/self/cmdline')) return ctx.skip('needs /proc to tell whose a process is')
    mkdirSync(join(folder, 'firmware-sim', 'demo'), { recursive: true })
    const owner = start('firmware-sim/demo/main', `${READY} ${STAY}`)
    const part = start('part', `${CLEAN} ${READY} ${STAY}`)
    await Promise.all([owner.ready(20_000), part.ready(20_000)])
    writeFileSync(pidFile(), JSON.stringify({ owner: owner.pid, running: [{ pid: part.pid, name: 'part' }] }))
    await expect(endLeftovers(pidFile(), folder, pause)).rejects.toMatchObject({ code: 'SIM_DEMO_DATA', details: { reason: expect.stringContaining(`a demo runs on it, process ${owner.pid};`) } })
    expect(readFileSync(`/proc/${part.pid}/cmdline`, 'utf8')).toContain('part.mjs')
    await Promise.all([owner.stop(0), part.stop(20_000)])
  })
})

describe('the data folder', () => {
  it('is made for its owner alone and kept for the next run', () => {
    const dataDir = join(folder, 'demo')
    const first = openDemo(dataDir)
    first.person('demo-01', 's1-a').personRef = 'p1'
    first.save()
    expect(openDemo(dataDir).person('demo-01', 's1-a')).toEqual({ personRef: 'p1' })
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(statSync(join(dataDir, 'demo.json')).mode & 0o777).toBe(0o600)
    deleteDemo(dataDir)
    expect(existsSync(dataDir)).toBe(false)
  })

  it('of a first start, or a deletion, that was killed is a demo still (it counted as something else, and stayed)', () => {
    const dataDir = join(folder, 'cut')
    mkdirSync(join(dataDir, 'logs'), { recursive: true })
    writeFileSync(join(dataDir, 'demo.json.new'), '')
    openDemo(dataDir).person('demo-01', 's1-a')
    deleteDemo(dataDir)
    openDemo(dataDir)
    for (const name of readdirSync(dataDir)) if (name !== 'demo.json') rmSync(join(dataDir, name), { recursive: true })
    openDemo(dataDir)
    expect(readdirSync(dataDir).sort()).toEqual(['.gitignore', 'demo.json', 'logs'])
  })

  it('that cannot be used, and a file of it that is torn, is one line that names it', () => {
    writeFileSync(join(folder, 'a-file'), '')
    const under = join(folder, 'a-file', 'demo')
    for (const act of [openDemo, deleteDemo]) expect(() => act(join(folder, 'a-file'))).toThrow(expect.objectContaining({ code: 'SIM_DEMO_DATA', details: expect.objectContaining({ reason: expect.stringContaining('ENOTDIR') }) }))
    expect(() => openDemo(under)).toThrow(expect.objectContaining({ code: 'SIM_DEMO_DATA' }))
    const dataDir = join(folder, 'torn')
    openDemo(dataDir)
    for (const text of ['{"version": 1', 'null', '3']) {
      writeFileSync(join(dataDir, 'demo.json'), text)
      expect(() => openDemo(dataDir)).toThrow(expect.objectContaining({ code: 'SIM_DEMO_DATA', details: { file: join(dataDir, 'demo.json'), reason: expect.stringContaining('--fresh begins anew') } }))
    }
  })

  it('is not refused for a torn list of what ran', async () => {
    writeFileSync(join(folder, 'running.json'), '{"owner": 1, "runn')
    expect(await endLeftovers(join(folder, 'running.json'), folder, pause)).toBe(0)
  })

  it('that holds something else is neither used nor deleted', () => {
    const other = join(folder, 'photos')
    mkdirSync(other)
    writeFileSync(join(other, 'holiday.jpg'), 'x')
    for (const act of [openDemo, deleteDemo]) expect(() => act(other)).toThrow(expect.objectContaining({ code: 'SIM_DEMO_DATA' }))
    expect(existsSync(join(other, 'holiday.jpg'))).toBe(true)
  })

  it('that is damaged says so', () => {
    const dataDir = join(folder, 'demo')
    openDemo(dataDir)
    writeFileSync(join(dataDir, 'demo.json'), '{"version":1')
    expect(() => openDemo(dataDir)).toThrow(expect.objectContaining({ code: 'SIM_DEMO_DATA', details: expect.objectContaining({ reason: expect.stringContaining('--fresh') }) }))
  })

  it('keeps logins in a file for its owner alone, with passwords that no two runs share', () => {
    const path = join(folder, 'logins.json')
    expect(readLogins(path)).toEqual([])
    const logins = exampleLogins('demo-01', seededRandom(1))
    writeLogins(path, logins)
    expect(readLogins(path)).toEqual(logins)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const others = exampleLogins('demo-01', seededRandom(2))
    expect(new Set([...logins, ...others].map((login) => login.password)).size).toBe(16)
    expect(logins.every((login) => login.password.length === 20)).toBe(true)
  })
})
