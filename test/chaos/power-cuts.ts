import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventAckV1 } from '#contract/device-messages.js'
import { chainHash } from '#kernel/hash-chain.js'
import { seededRandom } from '#kernel/random.js'
import { type EstateUnderTest, estateOn } from '../flow/support/estate-under-test.js'
import { type TestDevice, connectAgain } from '../flow/support/gateway-devices.js'
import { freePort } from '../gateway/broker/mosquitto-broker.js'
import { type GatewayApiServer, startGatewayApiServer } from '../support/gateway-api-server.js'
import { IDENTITY } from '../support/identity.js'
import { type LogRow, bodyOf, readLog } from './evidence.js'
import { type Patch, compilePowerCut, copyProgram } from './program.js'

export interface PowerCuts {
  readonly seed: number
  readonly cuts: number
  readonly onLine: (line: string) => void
  /** Planted into the copy of the compiled package that the gateway is started from. */
  readonly patches?: readonly Patch[]
}

export interface PowerCutReport {
  /** Lives of the gateway that ended by a power cut, and those that it survived until they were killed. */
  readonly cuts: number
  readonly survived: number
  readonly acknowledged: number
  readonly records: number
  readonly seconds: number
  /** Of the first cut that lost something; none follows it. */
  readonly violations: readonly string[]
  /** Why nothing was cut here; undefined where it was. */
  readonly missing?: string
}

const CONTROLLER = 'ctl-1'
const SENDERS = 8
const SEND_EVERY_MS = 15
/** Counted from the process's start: some cuts come while it opens. */
const CUT_AFTER_MS = [600, 2_500] as const
const CALLS_MAX = 300
const LIFE_MS_MAX = 30_000
const END_MS_MAX = 300

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Resolves once the life is over. */
async function over(isOver: () => boolean): Promise<undefined> {
  while (!isOver()) await pause(SEND_EVERY_MS)
  return undefined
}

/** Sends door events as fast as a busy estate's controllers together, and notes which were acknowledged. */
async function flood(device: TestDevice, isOver: () => boolean): Promise<void> {
  await Promise.all(Array.from({ length: SENDERS }, async (_, sender) => {
    for (let n = 0; !isOver(); n++) {
      // The answer of a broker that dies never comes.
      void device.send('doorEvent', {
        v: 1, eventId: randomUUID(), bootId: device.bootId, monoMs: device.monoMs(), wallMs: Date.now(), doorNo: 1, type: (n + sender) % 2 === 0 ? 'opened' : 'closed', live: true,
      }).catch(() => undefined)
      await pause(SEND_EVERY_MS)
    }
  }))
}

/** One life of the gateway, until the power cut or its time is over; true where it was cut. */
async function live(estate: EstateUnderTest, mqttPort: number, dir: string, acknowledged: Set<string>): Promise<boolean> {
  const untilMs = performance.now() + LIFE_MS_MAX
  const isOver = (): boolean => !estate.running || performance.now() > untilMs
  try {
    await estate.start({ mqttPort })
    const connecting = connectAgain({ folder: dir }, mqttPort, 'controller', CONTROLLER, (_, { kind, payload }) => {
      if (kind === 'eventAck') for (const eventId of (payload as EventAckV1).eventIds) acknowledged.add(eventId)
    })
    const device = await Promise.race([connecting, over(isOver)])
    if (device !== undefined) {
      await flood(device, isOver)
      await Promise.race([device.end(), pause(END_MS_MAX)])
    }
  } catch (error) {
    // A cut while it opens, or while the device connects, is one too.
    if (estate.running) throw error
  }
  const wasCut = !estate.running
  await estate.kill()
  return wasCut
}

function lost(log: readonly LogRow[], server: GatewayApiServer, acknowledged: ReadonlySet<string>): string[] {
  const events = new Set(log.map(bodyOf).flatMap((body) => (body.kind === 'door-event.v1' ? [body.eventId] : [])))
  const mine = new Map(log.map((row) => [`${row.epoch}/${row.seq}`, row.payload]))
  const unkept = [...acknowledged].filter((eventId) => !events.has(eventId))
  const unknown = server.received.filter(({ epoch, seq, payload }) => mine.get(`${epoch}/${seq}`) !== payload)
  const astray = log.findIndex((row, index) => {
    const before = log[index - 1]
    return before !== undefined && before.epoch === row.epoch && chainHash(before.hash, { ...row, gatewayId: IDENTITY.gatewayId }) !== row.hash
  })
  return [
    ...(unkept.length === 0 ? [] : [`I1 ${unkept.length} events were acknowledged to the device and are lost, such as ${unkept[0]}`]),
    ...(unknown.length === 0 ? [] : [`I2 ${unknown.length} records are at the server and lost at the gateway, from ${unknown[0]?.epoch}/${unknown[0]?.seq} on`]),
    ...(astray < 0 ? [] : [`I2 the chain breaks at ${log[astray]?.epoch}/${log[astray]?.seq}`]),
  ]
}

/** A claimed gateway in a folder of its own, with a controller that has its certificate. */
async function setUp(dir: string, root: string, server: GatewayApiServer, envOfStart: () => Record<string, string>): Promise<{ estate: EstateUnderTest; mqttPort: number }> {
  mkdirSync(join(dir, 'devices', CONTROLLER), { recursive: true })
  writeFileSync(join(dir, 'ca.pem'), server.caPem)
  writeFileSync(join(dir, 'gateway.claim'), server.claimToken, { mode: 0o600 })
  const mqttPort = await freePort()
  const estate = estateOn(dir, { gatewayId: IDENTITY.gatewayId, caFile: join(dir, 'ca.pem'), uplinkPort: Number(new URL(server.url).port), root, envOfStart, config: { store: { reserveMb: 1 } } })
  await estate.start({ mqttPort })
  const issued = await estate.command('issue-device', '--kind', 'controller', '--id', CONTROLLER, '--out', join(dir, 'devices', CONTROLLER))
  if (issued.code !== 0) throw new Error(`issue-device ended with ${issued.code}: ${issued.stderr}`)
  await estate.stop()
  return { estate, mqttPort }
}

/**
 * One gateway process after another on the same folder, each ended by a power cut in the middle of its work, while a device
 * sends events and a server takes records. After each cut everything that was acknowledged to either must still be there.
 */
export async function runPowerCuts({ seed, cuts, onLine, patches = [] }: PowerCuts): Promise<PowerCutReport> {
  const beganMs = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'power-cuts-'))
  const none = { cuts: 0, survived: 0, acknowledged: 0, records: 0, seconds: 0, violations: [] }
  const powerCut = compilePowerCut(folder)
  if ('missing' in powerCut) return { ...none, missing: powerCut.missing }
  const server = await startGatewayApiServer()
  const dir = join(folder, 'estate')
  const random = seededRandom(seed)
  let armed = false
  const envOfStart = (): Record<string, string> => (!armed ? {} : {
    LD_PRELOAD: powerCut.library, UV_USE_IO_URING: '0', POWER_CUT_FOLDER: join(dir, 'gateway'), POWER_CUT_SEED: String(Math.floor(random.float() * 2 ** 31)),
    POWER_CUT_AFTER_MS: String(Math.floor(CUT_AFTER_MS[0] + random.float() * (CUT_AFTER_MS[1] - CUT_AFTER_MS[0]))), POWER_CUT_CALLS: String(Math.floor(random.float() * CALLS_MAX)),
  })
  const acknowledged = new Set<string>()
  const done = { cuts: 0, survived: 0, records: 0, violations: [] as string[] }
  try {
    const { estate, mqttPort } = await setUp(dir, copyProgram(join(folder, 'program'), patches), server, envOfStart)
    armed = true
    for (let cut = 1; cut <= cuts && done.violations.length === 0; cut++) {
      if (await live(estate, mqttPort, dir, acknowledged)) done.cuts += 1
      else done.survived += 1
      const log = await readLog(dir)
      done.records = log.length
      done.violations = lost(log, server, acknowledged)
      onLine(`seed ${seed}, life ${cut}: ${log.length} records, ${acknowledged.size} acknowledged${done.violations.map((text) => `\n  ${text}`).join('')}`)
    }
    return { ...done, acknowledged: acknowledged.size, seconds: Math.round((performance.now() - beganMs) / 1_000) }
  } finally {
    await server.close()
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true })
  }
}
