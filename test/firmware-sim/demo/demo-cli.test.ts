import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../tidy/source-tree.js'

const folder = mkdtempSync(join(tmpdir(), 'demo-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => new Promise((resolve) => {
  execFile(process.execPath, [join(ROOT, 'dist/firmware-sim/demo/main.js'), ...args], { cwd: folder }, (error, stdout, stderr) => {
    resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
  })
})

describe('npm start', () => {
  it('--help tells every option and what the exit codes mean, and starts nothing', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    for (const word of ['--estates', '--cameras', '--fps', '--for', '--json', '--data', '--fresh', '--port', '--seed', '--faults', 'Exit codes: 0', '1 a part failed', '2 bad usage']) {
      expect(stdout).toContain(word)
    }
  })

  for (const [option, value] of [['--estates', '0'], ['--estates', '12'], ['--estates', 'two'], ['--cameras', '17'], ['--fps', '0'], ['--for', '0'], ['--port', '70000'], ['--faults', 'storm=1'], ['--colour', 'red']] as const) {
    it(`refuses ${option} ${value} with 2`, async () => {
      const { code, stdout, stderr } = await run(option, value)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain(option)
    })
  }

  it('refuses a data folder that holds something else with 2, --fresh too, and leaves it alone', async () => {
    mkdirSync(join(folder, 'other'))
    writeFileSync(join(folder, 'other', 'file'), 'x')
    for (const more of [[], ['--fresh']]) {
      const { code, stderr } = await run('--data', join(folder, 'other'), ...more)
      expect(code).toBe(2)
      expect(stderr).toContain('SIM_DEMO_DATA')
    }
  })

  it('says in one line, and last, that the port of the page is taken, and starts no part', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, stderr } = await run('--data', join(folder, 'demo'), '--port', String(port), '--for', '1')
    other.close()
    expect(code).toBe(2)
    expect(stderr).toMatch(/^The page cannot have this port; --port N takes another, --port 0 any free one \(SIM_DEMO_PORT\): .*EADDRINUSE.*\n$/)
    expect(existsSync(join(folder, 'demo', 'running.json'))).toBe(false)
  })
})
