import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { topicOf } from '#contract/topics.js'
import { packageRoot } from '../../gateway/package-root.js'
import { type TestDevice, connectDevice } from '../flow/support/gateway-devices.js'
import { type GatewayHome, type GatewayProcess, createHome, missing, until } from '../flow/support/gateway-rig.js'
import { startGatewayApiServer } from '../support/gateway-api-server.js'
import { ATTACK_NAMES, type AttackName, type AttackOrder, type AttackReport } from './hostile-attacks.js'
import { cpuMsOf, memoryOf } from './memory.js'
import { counted, readMetrics } from './prometheus.js'
import { round, spread } from './timing.js'

/** Between two events of the device that means well. */
const PAUSE_MS = 20
const ANSWER_MS_MAX = 10_000
const WARM_UP_SECONDS = 3
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export interface HostileOptions {
  readonly seconds: number
  readonly rounds: number
  readonly seed: number
  /** All of them where none is named. */
  readonly attacks: readonly AttackName[]
}

/** A controller that reports events one after the other and waits for each to be acknowledged, which is after its commit. */
interface Witness {
  readonly device: TestDevice
  /** Door commands that reached it: nobody ordered any. */
  commands(): number
  /** Events that it sent in all. */
  sent(): number
  /** From event to acknowledgement, ms, as often as fits. Infinity where none came. */
  roundTrips(untilEnd: () => boolean): Promise<number[]>
}

async function connectWitness(home: GatewayHome, mqttPort: number): Promise<Witness> {
  const waiting = new Map<string, () => void>()
  let commands = 0
  let sent = 0
  const device = await connectDevice(home, mqttPort, 'controller', 'ctl-1', (from, { kind, payload }) => {
    from.inbox.length = 0
    if (kind === 'doorCommand') commands++
    if (kind === 'eventAck') for (const eventId of (payload as { eventIds: string[] }).eventIds) waiting.get(eventId)?.()
  })
  const once = async (): Promise<number> => {
    const eventId = randomUUID()
    const sinceMs = performance.now()
    const acknowledged = new Promise<number>((resolve) => {
      const timer = setTimeout(() => resolve(Number.POSITIVE_INFINITY), ANSWER_MS_MAX)
      waiting.set(eventId, () => {
        clearTimeout(timer)
        resolve(performance.now() - sinceMs)
      })
    })
    sent++
    await device.send('doorEvent', { v: 1, eventId, bootId: device.bootId, monoMs: device.monoMs(), wallMs: Date.now(), doorNo: 1, type: sent % 2 === 0 ? 'closed' : 'opened', live: true })
    const ms = await acknowledged
    waiting.delete(eventId)
    return ms
  }
  return {
    device, commands: () => commands, sent: () => sent,
    async roundTrips(untilEnd) {
      const samples: number[] = []
      while (!untilEnd()) {
        samples.push(await once())
        await wait(PAUSE_MS)
      }
      return samples
    },
  }
}

/** Attacks in a process of their own, so that they hold nobody's clock up but the gateway's. */
async function runAttack(order: AttackOrder): Promise<AttackReport> {
  const entry = join(packageRoot(), 'dist', 'test', 'bench', 'hostile-attacks.js')
  const { stdout } = await promisify(execFile)(process.execPath, [entry, JSON.stringify(order)], { maxBuffer: 2 ** 20 })
  return JSON.parse(stdout) as AttackReport
}

function orderOf(home: GatewayHome, mqttPort: number, { device }: Witness, deviceId: string): Omit<AttackOrder, 'attack' | 'seconds' | 'seed'> {
  const { address, bootId } = device
  const prefix = (id: string): string => topicOf('hello', { ...address, deviceId: id }).replace(/hello$/, '')
  return {
    mqttPort, deviceId, certificates: join(home.folder, 'devices', deviceId), own: prefix(deviceId), victim: prefix(address.deviceId),
    command: JSON.stringify({ v: 1, commandId: randomUUID(), bootId, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: device.monoMs() + 3_600_000, frameAgeMs: 0 }),
  }
}

interface Measured {
  readonly before: number[]
  readonly during: number[]
  readonly reports: AttackReport[]
  /** The gateway's processor time, ms, and the time that it was taken in. */
  readonly cpu: { quietMs: number; quietWallMs: number; attackedMs: number; attackedWallMs: number }
}

/** Quiet and attack in turn, so that a slow moment of the machine hits both. */
async function measure(witness: Witness, pid: number, order: Omit<AttackOrder, 'seconds' | 'seed'>, options: HostileOptions): Promise<Measured> {
  const measured: Measured = { before: [], during: [], reports: [], cpu: { quietMs: 0, quietWallMs: 0, attackedMs: 0, attackedWallMs: 0 } }
  const { cpu } = measured
  for (let round = 0; round < options.rounds; round++) {
    let [sinceMs, sinceCpuMs] = [performance.now(), cpuMsOf(pid)]
    const quietUntilMs = sinceMs + options.seconds * 1_000
    measured.before.push(...await witness.roundTrips(() => performance.now() >= quietUntilMs))
    cpu.quietMs += cpuMsOf(pid) - sinceCpuMs
    cpu.quietWallMs += performance.now() - sinceMs
    ;[sinceMs, sinceCpuMs] = [performance.now(), cpuMsOf(pid)]
    let over = false
    const attacking = runAttack({ ...order, seconds: options.seconds, seed: options.seed + round }).finally(() => { over = true })
    measured.during.push(...await witness.roundTrips(() => over))
    measured.reports.push(await attacking)
    cpu.attackedMs += cpuMsOf(pid) - sinceCpuMs
    cpu.attackedWallMs += performance.now() - sinceMs
  }
  return measured
}

function summary({ before, during, reports, cpu }: Measured) {
  const [quiet, attacked] = [spread(before), spread(during)]
  const sum = (of: (report: AttackReport) => number): number => Number(reports.reduce((total, report) => total + of(report), 0).toFixed(1))
  return {
    p99Before: quiet.p99, p99During: attacked.p99, ratio: Number((attacked.p99 / quiet.p99).toFixed(2)), p50Before: quiet.p50, p50During: attacked.p50, events: during.length,
    cpuShareBefore: round(cpu.quietMs / cpu.quietWallMs), cpuShareDuring: round(cpu.attackedMs / cpu.attackedWallMs),
    connections: sum(({ connections }) => connections), packets: sum(({ packets }) => packets), megabytes: sum(({ megabytes }) => megabytes), heard: sum(({ heard }) => heard),
  }
}

async function run(home: GatewayHome, gateway: GatewayProcess, options: HostileOptions) {
  const witness = await connectWitness(home, gateway.mqttPort)
  const bad = await connectDevice(home, gateway.mqttPort, 'controller', 'bad-1')
  await bad.end()
  const order = orderOf(home, gateway.mqttPort, witness, 'bad-1')
  const warmMs = performance.now() + WARM_UP_SECONDS * 1_000
  await witness.roundTrips(() => performance.now() >= warmMs)
  const [memoryBefore, metricsBefore] = [memoryOf(gateway.pid), await readMetrics(gateway.opsPort)]
  const attacks: Partial<Record<AttackName, ReturnType<typeof summary>>> = {}
  for (const attack of options.attacks.length > 0 ? options.attacks : ATTACK_NAMES) {
    attacks[attack] = summary(await measure(witness, gateway.pid, { ...order, attack }, options))
    process.stderr.write(`${attack}: ${JSON.stringify(attacks[attack])}\n`)
  }
  const metrics = async (name: string) => (await readMetrics(gateway.opsPort))(name)
  await until(async () => Object.values(await metrics('gw_devices_connected'))[0] === 1, 'all connections of the attacker end')
  const logged = (await home.records()).filter(({ kind, deviceId, controllerId }) => kind === 'door-event.v1' && (deviceId ?? controllerId) === 'ctl-1').length
  const opened = counted(metricsBefore('gw_doors_opened_total'), await metrics('gw_doors_opened_total'))
  const result = {
    attacks, worstRatio: Math.max(...Object.values(attacks).map(({ ratio }) => ratio)),
    doorCommands: witness.commands(), doorsOpened: Object.values(opened).reduce((sum, count) => sum + count, 0),
    events: { sent: witness.sent(), logged }, rejected: counted(metricsBefore('gw_messages_rejected_total'), await metrics('gw_messages_rejected_total')),
    memory: { beforeMiB: memoryBefore.rssMiB, afterMiB: memoryOf(gateway.pid).rssMiB, peakMiB: memoryOf(gateway.pid).peakMiB },
  }
  await witness.device.end()
  return { ...result, exitCode: await gateway.end('SIGTERM') }
}

/** A device of the estate that went bad, at a real gateway process: what another device feels of it, and what comes of it. */
export async function benchHostile(options: HostileOptions) {
  const absent = missing()
  if (absent !== undefined) throw new Error(absent)
  const server = await startGatewayApiServer()
  const home = createHome(server)
  try {
    home.config({ log: { level: 'info' } })
    return await run(home, await home.start(), options)
  } finally {
    home.remove()
    await server.close()
  }
}
