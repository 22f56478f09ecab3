import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../tidy/source-tree.js'
import { type Pki, createPki, startBroker } from './test-broker.js'

const MAIN = join(ROOT, 'dist/firmware-sim/main.js')
const folder = mkdtempSync(join(tmpdir(), 'sim-cli-'))
let pki: Pki
beforeAll(async () => {
  pki = await createPki()
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

const start = (args: readonly string[]): Child =>
  spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })

function ended(child: Child): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}

const run = (...args: string[]): Promise<Ended> => ended(start(args))

const file = (name: string, content: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const ONE = ['--camera', 'cam-1', '--estate', 'e1', '--url', 'mqtts://127.0.0.1:1', '--ca', 'ca.pem', '--cert', 'cert.pem', '--key', 'key.pem']

describe('simulator command line', () => {
  it('is compiled', () => expect(existsSync(MAIN), 'npx tsc -p tsconfig.build.json makes dist/firmware-sim/main.js').toBe(true))

  it('--help tells every option, the file format, the faults, the orders and the exit codes, and ends with 0', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    for (const word of ['--camera', '--controller', '--devices', '--estate', '--url', '--ca', '--cert', '--key', '--fps', '--frames', '--seed',
      '--faults', '--heartbeat', '--state', '--for', '--json', '--stdin', 'skew-ms', 'fire-reset', 'Exit codes']) expect(stdout).toContain(word)
  })

  const device = { kind: 'camera', id: 'cam-1', estateId: 'e1', url: 'mqtts://h:1', caFile: 'a', certFile: 'b', keyFile: 'c' }
  const WRONG: Array<[args: string[], named: string]> = [
    [[], '--camera, --controller, --oem or --devices'],
    [['--oem', '2'], '--logins'],
    [['--oem', '1', '--url', 'mqtt://127.0.0.1:1', '--logins', '.', '--oem-faults', 'busy=3'], 'terminal fault busy'],
    [['--camera', 'cam-1'], '--estate'],
    [[...ONE, '--fps', '31'], '--fps'],
    [[...ONE, '--fps', ''], '--fps'],
    [[...ONE, '--seed', '1.5'], '--seed'],
    [[...ONE, '--faults', 'storm=1'], 'storm'],
    [[...ONE, '--sepia'], '--sepia'],
    [[...ONE, '--controller', 'c'], '--controller'],
    [ONE.map((word) => (word === 'cam-1' ? 'Cam_1' : word)), '/id'],
    [ONE.map((word) => (word.startsWith('mqtts') ? 'mqtt://127.0.0.1' : word)), '/url'],
    [ONE, '--ca'],
    [['--devices', join(folder, 'none.json')], 'none.json'],
    [['--devices', file('text.json', 'devices')], 'not JSON'],
    [['--devices', file('empty.json', { devices: [] })], '/devices'],
    [['--devices', file('kind.json', { devices: [device, { ...device, kind: 'lift' }] })], '/devices/1/kind'],
    [['--devices', file('fps.json', { devices: [{ ...device, fps: 99 }] })], '/devices/0/fps'],
    [['--devices', file('face.json', { devices: [{ ...device, cast: { residents: ['s9-z'], strangers: [], strangerShare: 0, groupShare: 0 } }] })], '/devices/0/cast'],
    [['--devices', file('more.json', { devices: [{ ...device, password: 'x' }] })], '/devices/0'],
  ]
  for (const [args, named] of WRONG) {
    it(`refuses ${args.map((word) => word.replace(folder, '')).join(' ') || 'no option'} with 2, naming ${named}`, async () => {
      const { code, stdout, stderr } = await run(...args)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain(named)
      expect(stderr).not.toContain('    at ')
    })
  }

  it('runs cameras and controllers of a file, obeys orders, and ends with one JSON line of exactly these figures', async () => {
    const broker = await startBroker(pki)
    const devices = await Promise.all([['camera', 'cam-1'], ['controller', 'ctl-1']].map(async ([kind, id]) => {
      const { cert, key } = await pki.issue(id as string)
      file(`${id}.cert.pem`, cert)
      file(`${id}.key.pem`, key)
      return { kind, id, estateId: 'e1', url: `mqtts://127.0.0.1:${broker.port}`, caFile: 'ca.pem', certFile: `${id}.cert.pem`, keyFile: `${id}.key.pem` }
    }))
    file('ca.pem', pki.ca)
    const child = start(['--devices', file('devices.json', { devices }), '--fps', '10', '--heartbeat', '0.5', '--json', '--stdin', '--state', join(folder, 'state')])
    const end = ended(child)
    const frame = await broker.next('cameraFrame')
    broker.send('frameResult', { estateId: 'e1', deviceKind: 'camera', deviceId: 'cam-1' }, { v: 1, frameId: frame.header.frameId, outcome: 'no-face', reason: null })
    child.stdin.write('exit ctl-1 1\nfly ctl-1\nreboot nobody\n')
    const event = await broker.next('doorEvent', (message) => message.type === 'exit-button')
    broker.send('eventAck', { estateId: 'e1', deviceKind: 'controller', deviceId: 'ctl-1' }, { v: 1, eventIds: [event.eventId] })
    await broker.next('doorEvent', (message) => message.type === 'opened')
    await broker.next('heartbeat', (beat) => beat.doors[0]?.contact === 'open')
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await end
    await broker.stop()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.filter((line) => line['msg'] === 'ready')).toEqual([expect.objectContaining({ cameras: 1, controllers: 1 })])
    expect(lines.filter((line) => line['msg'] === 'order refused').map((line) => line['error'])).toEqual(['not understood: fly ctl-1', 'no device "nobody"'])
    const report = lines.at(-1)
    expect(report).toMatchObject({
      cameras: 1, controllers: 1, connects: 2, reboots: 0, resultsShown: { 'no-face': 1 }, commandsReceived: 0, commandsExecuted: 0, commandsRefused: {},
      doorsOpened: 1, eventsAcknowledged: 1, eventsLost: 0, notices: {},
    })
    expect(Object.keys(report ?? {}).sort()).toEqual([
      'answerMs', 'cameras', 'commandsExecuted', 'commandsReceived', 'commandsRefused', 'connects', 'controllers', 'doorsOpened', 'eventsAcknowledged', 'eventsLost',
      'eventsPending', 'framesRendered', 'framesSent', 'framesSkipped', 'notices', 'presentationAnswers', 'presented', 'readers', 'reboots',
      'renderMsMean', 'resultMs', 'resultsShown', 'rssMb', 'seconds', 'terminals', 'tills',
    ])
    expect(report?.['framesSent']).toBeGreaterThanOrEqual(1)
    expect(report?.['eventsPending']).toBeGreaterThanOrEqual(4)
    expect(broker.broken).toEqual([])
  })
})
