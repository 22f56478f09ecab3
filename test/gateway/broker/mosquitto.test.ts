import { type ChildProcess, execFile, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../gateway/contract/frame-envelope.js'
import { type Rig, type RigDevice, UUID, heartbeat, startRig } from './broker-rig.js'

const missing = ['mosquitto_pub', 'mosquitto_sub'].filter((tool) => spawnSync(tool, ['--help']).error !== undefined)
if (missing.length > 0) console.warn(`mosquitto tests are skipped: ${missing.join(', ')} not installed (package mosquitto-clients)`)
/** Length of the header, header, picture: the frame envelope in a shell, $H being the header's JSON. */
const FRAME_SCRIPT = "{ printf \"$(printf '\\\\%03o' 0 0 $((${#H}/256)) $((${#H}%256)))\"; printf %s \"$H\"; cat face.jpg; } > frame.bin"
const hello = JSON.stringify({ v: 1, bootId: UUID, monoMs: 1, wallMs: 1, model: 'mosquitto', firmware: '2', capabilities: [] })
const doorEvent = JSON.stringify({ v: 1, eventId: UUID, bootId: UUID, monoMs: 2, wallMs: 1, doorNo: 1, type: 'opened', live: true })

describe('mosquitto clients as a device', () => {
  let rig: Rig | undefined
  let door: RigDevice
  const children: ChildProcess[] = []
  beforeEach(async (ctx) => {
    if (missing.length > 0) ctx.skip('mosquitto-clients is not installed')
    rig = await startRig()
    door = await rig.device('controller', 'door-1')
    save(door)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill()
    await rig?.stop()
  })
  const live = (): Rig => rig as Rig

  const at = (name: string): string => join(live().folder, name)
  const save = ({ address, certificate }: RigDevice): void => {
    writeFileSync(at('ca.pem'), certificate.caPem)
    writeFileSync(at(`${address.deviceId}.cert.pem`), certificate.certPem)
    writeFileSync(at(`${address.deviceId}.key.pem`), certificate.keyPem)
  }
  /** The options that README documents. */
  const options = (device: RigDevice, clientId = device.address.deviceId): string[] => [
    '-h', 'localhost', '-p', String(live().port), '--cafile', at('ca.pem'), '--cert', at(`${device.address.deviceId}.cert.pem`),
    '--key', at(`${device.address.deviceId}.key.pem`), '-i', clientId,
  ]
  const run = (tool: string, args: string[]): Promise<{ code: number; out: string }> => new Promise((resolve) => {
    const child = execFile(tool, args, { timeout: 20_000 }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), out: `${stdout}${stderr}` }))
    children.push(child)
  })
  const pub = (device: RigDevice, topic: string, message: string, ...more: string[]): Promise<{ code: number; out: string }> =>
    run('mosquitto_pub', [...options(device), '-q', '1', '-t', topic, '-m', message, ...more])

  it('mosquitto_pub says hello, beats and reports an event', async () => {
    expect((await pub(door, door.topic('hello'), hello)).code).toBe(0)
    expect((await pub(door, door.topic('heartbeat'), heartbeat(), '-q', '0')).code).toBe(0)
    expect((await pub(door, door.topic('doorEvent'), doorEvent)).code).toBe(0)
    await live().journal.until('disconnected door-1', 3)
    expect(live().journal.lines).toEqual([
      `connected door-1`, `door-1 hello ${hello}`, 'disconnected door-1',
      `connected door-1`, `door-1 heartbeat ${heartbeat()}`, 'disconnected door-1',
      `connected door-1`, `door-1 doorEvent ${doorEvent}`, 'disconnected door-1',
    ])
  })

  it('mosquitto_pub sends a camera frame from a file', async () => {
    const camera = await live().device('camera', 'cam-1')
    save(camera)
    const header = { v: 1, frameId: UUID, bootId: UUID, frameNo: 1, capturedMonoMs: 1, capturedWallMs: 1, mime: 'image/jpeg' } as const
    writeFileSync(at('face.jpg'), Buffer.alloc(400_000, 1))
    spawnSync('sh', ['-c', FRAME_SCRIPT], { cwd: live().folder, env: { ...process.env, H: JSON.stringify(header) } })
    expect(readFileSync(at('frame.bin')).equals(encodeFrame({ header, image: readFileSync(at('face.jpg')) }))).toBe(true)
    expect((await run('mosquitto_pub', [...options(camera), '-t', camera.topic('cameraFrame'), '-f', at('frame.bin')])).code).toBe(0)
    await live().journal.until('disconnected cam-1')
    expect(live().journal.lines).toEqual(['connected cam-1', `cam-1 cameraFrame ${JSON.stringify({ header, image: '400000 bytes' })}`, 'disconnected cam-1'])
  })

  it('mosquitto_sub receives a door command', async () => {
    const command = { v: 1, commandId: UUID, bootId: UUID, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: 9, frameAgeMs: 0 } as const
    const received = run('mosquitto_sub', [...options(door), '-q', '1', '-t', door.topic('doorCommand'), '-C', '1'])
    await live().journal.until('connected door-1')
    const timer = setInterval(() => live().transport.publisher.publish('doorCommand', door.address, command), 20)
    expect(await received).toEqual({ code: 0, out: `${JSON.stringify(command)}\n` })
    clearInterval(timer)
  })

  it('tells what is refused as the protocol allows: exit codes and words of the tools', async () => {
    const other = await live().device('controller', 'door-2')
    save(other)
    const anonymous = ['-h', 'localhost', '-p', String(live().port), '--cafile', at('ca.pem'), '-i', 'door-1']
    const message = ['-q', '1', '-t', door.topic('hello'), '-m', hello]
    expect((await run('mosquitto_pub', [...anonymous, ...message])).code).not.toBe(0)
    expect((await run('mosquitto_pub', [...options(door, 'door-2'), ...message])).out).toContain('identifier rejected')
    expect((await run('mosquitto_pub', [...options(door), '--will-topic', door.topic('hello'), '--will-payload', hello, ...message])).out).toContain('not authorised')
    expect((await run('mosquitto_sub', [...options(door), '-t', '#', '-C', '1', '-W', '5'])).out).toContain('All subscription requests were denied')
    expect((await run('mosquitto_sub', [...options(door), '-t', other.topic('doorCommand'), '-C', '1', '-W', '5'])).out).toContain('All subscription requests were denied')
    expect((await run('mosquitto_pub', [...options(door), '-V', 'mqttv5', ...message])).code).not.toBe(0)
    expect((await run('mosquitto_pub', [...options(door), '-q', '2', '-t', door.topic('hello'), '-m', hello])).code).not.toBe(0)
    expect((await pub(door, other.topic('hello'), hello)).code).toBe(0)
    expect((await pub(door, door.topic('hello'), hello, '-r')).code).toBe(0)
    expect((await pub(door, door.topic('hello'), 'x'.repeat(5_000))).code).toBe(0)
    const refusals = live().journal.lines.filter((line) => line.startsWith('rejected'))
    expect(refusals).toEqual([
      'rejected tls null', 'rejected client-id door-1', 'rejected will door-1', 'rejected subscription door-1', 'rejected subscription door-1',
      'rejected connection-fault door-1', 'rejected qos-2 door-1', 'rejected not-yours door-1', 'rejected retained door-1', 'rejected oversized door-1',
    ])
    expect(live().journal.lines.filter((line) => line.startsWith('door-'))).toEqual([])
  })
})
