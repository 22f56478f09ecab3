import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../tidy/source-tree.js'

const folder = mkdtempSync(join(tmpdir(), 'npm-start-'))
const data = join(folder, 'demo')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const NEEDED = ['dist/server/main.js', 'dist/gateway/main.js', 'dist/firmware-sim/demo/main.js', 'models/fr_detect.onnx', 'models/fr_feature.onnx']
const missing = NEEDED.filter((path) => !existsSync(join(ROOT, path)))

interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The last line of standard output. */
  readonly figures: Record<string, unknown>
}

const start = (...args: string[]): Promise<Run> => new Promise((resolve) => {
  const all = [join(ROOT, 'dist/firmware-sim/demo/main.js'), '--data', data, '--port', '0', '--json', ...args]
  execFile(process.execPath, all, { cwd: folder, maxBuffer: 16_777_216 }, (error, stdout, stderr) => {
    const last = stdout.trim().split('\n').at(-1) ?? ''
    resolve({
      code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr,
      figures: last.startsWith('{') ? JSON.parse(last) as Record<string, unknown> : {},
    })
  })
})

const KEYS = [
  'cameras', 'chainsVerified', 'cleanShutdown', 'commandLatencyMs', 'commands', 'decisions', 'duplicates', 'estates', 'eventsAtServer', 'eventsCommitted', 'fps',
  'frames', 'framesDropped', 'gaps', 'granted', 'latencyMs', 'opened', 'refused', 'rssMb', 'seconds', 'secondsToFirstOpen', 'stageMs',
]

describe('the whole demo as npm start runs it', () => {
  it('brings up real parts, opens real doors by real faces, and hands over every record; a second start goes on', { timeout: 600_000 }, async (ctx) => {
    if (missing.length > 0) return ctx.skip(`needs ${missing.join(', ')}: node setup.mjs makes them`)
    const first = await start('--for', '12')
    expect(first.stderr).toBe('')
    expect(first.code).toBe(0)
    expect(Object.keys(first.figures).sort()).toEqual(KEYS)
    expect(first.figures).toMatchObject({ estates: 1, cameras: 2, fps: 5, gaps: 0, chainsVerified: true, cleanShutdown: true })
    expect(first.figures['frames']).toBeGreaterThan(30)
    expect(first.figures['opened']).toBeGreaterThanOrEqual(1)
    expect(first.figures['eventsCommitted']).toBe(first.figures['eventsAtServer'])
    expect(first.figures['latencyMs']).toMatchObject({ p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) })

    const logins = JSON.parse(readFileSync(join(data, 'logins.json'), 'utf8')) as { logins: Array<{ loginName: string; password: string }> }
    expect(statSync(join(data, 'logins.json')).mode & 0o777).toBe(0o600)
    for (const { loginName, password } of logins.logins) expect(first.stdout).toMatch(new RegExp(`${loginName} +${password}`))
    expect(first.stdout).toMatch(/Page: http:\/\/127\.0\.0\.1:\d+\//)
    expect(readdirSync(join(data, 'demo-01')).filter((name) => name.startsWith('photos'))).toEqual([])

    const second = await start('--for', '5')
    expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 0, stderr: '' })
    expect(second.figures['eventsCommitted']).toBeGreaterThan(first.figures['eventsCommitted'] as number)
    expect(second.figures['eventsCommitted']).toBe(second.figures['eventsAtServer'])
    expect(JSON.parse(readFileSync(join(data, 'logins.json'), 'utf8'))).toEqual(logins)
    expect(JSON.parse(readFileSync(join(data, 'running.json'), 'utf8'))).toMatchObject({ running: [] })
  })

  it('names the part that failed, with the end of its log, and takes the others down', { timeout: 300_000 }, async (ctx) => {
    if (missing.length > 0) return ctx.skip(`needs ${missing.join(', ')}: node setup.mjs makes them`)
    rmSync(join(data, 'demo-01', 'gateway'), { recursive: true, force: true })
    const { code, stderr } = await start('--for', '5')
    expect(code).toBe(1)
    expect(stderr).toContain('SIM_DEMO_PART')
    expect(stderr).toContain('gateway-demo-01')
    expect(stderr).toMatch(/\n {2}\| .*\n/)
    expect(JSON.parse(readFileSync(join(data, 'running.json'), 'utf8'))).toMatchObject({ running: [] })
  })
})
