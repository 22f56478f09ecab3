import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { eventually } from '../flow/support/child.js'
import { compiled } from '../support/compiled.js'

const folder = mkdtempSync(join(tmpdir(), 'killed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SLEEPS = 'setInterval(() => {}, 1000)'
/** Starts a child that starts a child, as a bench starts a gateway that starts its workers, and says all their numbers. */
const PROGRAM = (last: string): string => `
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInOwnGroup } from ${JSON.stringify(pathToFileURL(compiled('test/support/own-group.js')).href)}
await runInOwnGroup()
const grandchild = ${JSON.stringify(`const { pid } = require('node:child_process').spawn(process.execPath, ['-e', '${SLEEPS}'], { stdio: 'ignore' }); console.log(pid); ${SLEEPS}`)}
const folder = mkdtempSync(join(tmpdir(), 'of-a-run-'))
const child = spawn(process.execPath, ['-e', grandchild], { stdio: ['ignore', 'pipe', 'inherit'] })
child.stdout.once('data', (pid) => { console.log(JSON.stringify({ pids: [process.pid, child.pid, Number(pid)], folder })); ${last} })
`

/** Whether it runs: one that nobody waited for has a number still. */
function lives(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function started(last: string): Promise<{ outer: ChildProcess; ended: Promise<unknown[]>; pids: number[]; folder: string }> {
  const path = join(folder, 'program.mjs')
  writeFileSync(path, PROGRAM(last))
  const outer = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(outer, 'exit')
  const [line] = await once(createInterface({ input: outer.stdout }), 'line') as [string]
  return { outer, ended, ...JSON.parse(line) as { pids: number[]; folder: string } }
}
const allGone = (pids: readonly number[]): Promise<true> => eventually('all processes end', () => (pids.some(lives) ? undefined : true))

describe('what a bench or a campaign started and wrote', () => {
  it.for([['SIGTERM', [143, null]], ['SIGINT', [130, null]], ['SIGKILL', [null, 'SIGKILL']]] as const)('ends with it at %s (gateways went on for hours)', async ([signal, end], ctx) => {
    if (!existsSync('/proc/self/stat')) return ctx.skip('needs /proc to tell who lives')
    const { outer, ended, pids, folder } = await started('')
    expect([pids.length, pids.every(lives), existsSync(folder)]).toEqual([3, true, true])
    outer.kill(signal)
    expect(await ended).toEqual(end)
    await allGone(pids)
    // Who is killed removes nothing; the next one does.
    if (signal === 'SIGKILL') await (await started('process.exit(0)')).ended
    expect(existsSync(folder)).toBe(false)
  })

  it('ends with it when it ends by itself, and the exit code is its own', async (ctx) => {
    if (!existsSync('/proc/self/stat')) return ctx.skip('needs /proc to tell who lives')
    const { ended, pids, folder } = await started('process.exit(7)')
    expect(await ended).toEqual([7, null])
    await allGone(pids)
    expect(existsSync(folder)).toBe(false)
  })
})
