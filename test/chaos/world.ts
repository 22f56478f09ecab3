import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild } from '../flow/support/child.js'
import { CAMERA, CONTROLLER, ESTATE, type EstateUnderTest, estateOn } from '../flow/support/estate-under-test.js'
import { type ServerUnderTest, serverOn, writeServerConfig } from '../flow/support/server-under-test.js'
import { type Uplink, createUplink } from '../flow/support/uplink.js'
import { type Mosquitto, freePort, runMosquitto } from '../gateway/broker/mosquitto-broker.js'
import { type Base, CARDS, READER } from './base.js'
import type { Plan } from './plan.js'

/** What the gateway says of itself, as far as it is asked here. */
export interface GatewayHealth {
  readonly state: string
  readonly log: { readonly backlogRecords: number } | null
  readonly face: { readonly galleryPersons: number } | null
}

/** The processes of one run: server, gateway, devices, perhaps a broker, and the line between the first two. */
export interface World {
  readonly dir: string
  readonly base: Base
  readonly server: ServerUnderTest
  readonly estate: EstateUnderTest
  readonly uplink: Uplink
  readonly broker: Mosquitto | undefined
  /** The simulator, once `play` has begun it. */
  devices(): Child | undefined
  startGateway(): Promise<void>
  startServer(): Promise<void>
  play(): Promise<void>
  health(): Promise<GatewayHealth>
  /** Arms a power cut for the gateway's next life; without one its lives end otherwise. */
  arm(cut: { readonly calls: number } | undefined): void
  isArmed(): boolean
  /** While it is full no file of the gateway grows. */
  disk(state: 'full' | 'free'): void
  /** Ends what still runs, and removes the folder unless it is to be kept. */
  end(keep: boolean): Promise<void>
}

export interface WorldDeps {
  readonly base: Base
  readonly plan: Plan
  readonly root: string
  readonly folder: string
  /** The library that plays the power cut, where there is one. */
  readonly library: string | undefined
}

/** A gateway is open some two seconds after its start: a cut before is a cut too. */
const CUT_AFTER_MS = 1_000

async function moveBroker({ base, plan }: WorldDeps, dir: string): Promise<Mosquitto | undefined> {
  if (!plan.ownBroker || base.brokerPort === undefined) return undefined
  const folder = join(dir, 'broker')
  const file = join(folder, 'mosquitto.conf')
  const port = await freePort()
  const text = readFileSync(file, 'utf8').replaceAll(join(base.dir, 'broker'), folder).replace(`listener ${base.brokerPort} `, `listener ${port} `)
  writeFileSync(file, text)
  return runMosquitto(folder, port)
}

function devicesFile({ plan }: WorldDeps, dir: string, port: number): string {
  const entry = (kind: string, id: string, more: object) => ({
    kind, id, estateId: ESTATE, url: `mqtts://${plan.ownBroker ? 'localhost' : '127.0.0.1'}:${port}`,
    caFile: join(dir, id, 'ca.pem'), certFile: join(dir, id, 'cert.pem'), keyFile: join(dir, id, 'key.pem'), ...more,
  })
  const devices = [
    entry('controller', CONTROLLER, { doors: 2 }),
    entry('reader', READER, { presentSeconds: 0.2, wallet: CARDS.map((number) => ({ way: 'card', number })) }),
    ...(plan.camera ? [entry('camera', CAMERA, { fps: 2, cast: { residents: ['s1-a'], strangers: ['s4-b'], strangerShare: 0.3, groupShare: 0 } })] : []),
  ]
  const file = join(dir, 'devices.json')
  writeFileSync(file, JSON.stringify({ devices }))
  return file
}

/** Sets the base up in a folder of its own; nothing but the broker runs yet. */
export async function createWorld(deps: WorldDeps): Promise<World> {
  const { base, plan, root, folder: dir, library } = deps
  cpSync(base.dir, dir, { recursive: true })
  writeServerConfig(dir)
  const server = serverOn(dir, root)
  const uplink = await createUplink(1)
  const broker = await moveBroker(deps, dir)
  const mqttPort = broker?.port ?? await freePort()
  const fullFlag = join(dir, 'disk-full')
  let cut: { readonly calls: number } | undefined
  let lives = 0
  const envOfStart = (): Record<string, string> => (library === undefined ? {} : {
    LD_PRELOAD: library, UV_USE_IO_URING: '0', POWER_CUT_FOLDER: join(dir, 'gateway'), POWER_CUT_SEED: String(plan.seed * 100 + lives++), POWER_CUT_FULL: fullFlag,
    ...(cut === undefined ? {} : { POWER_CUT_AFTER_MS: String(CUT_AFTER_MS), POWER_CUT_CALLS: String(cut.calls) }),
  })
  const mqtt = broker === undefined ? { host: '127.0.0.1', port: mqttPort } : { host: '127.0.0.1', port: 0, brokerUrl: `mqtts://localhost:${broker.port}` }
  const estate = estateOn(dir, {
    gatewayId: base.gatewayId, caFile: server.caFile, uplinkPort: uplink.port, root, envOfStart, config: { mqtt, store: { reserveMb: 1, frameFreeMbMin: 0 } },
  })
  let devices: Child | undefined
  return {
    dir, base, server, estate, uplink, broker,
    devices: () => devices,
    startGateway: () => estate.start({ mqttPort }),
    async startServer() {
      await server.start()
      uplink.redirect(server.httpsPort())
    },
    async play() {
      const args = ['--devices', devicesFile(deps, dir, mqttPort), '--seed', String(plan.seed), '--faults', plan.deviceFaults, '--heartbeat', '0.5', '--held-open', '2', '--state', join(dir, 'sim'), '--json']
      devices = startChild('firmware-sim/main.js', args, { root })
      await devices.line('ready')
    },
    health: async () => await (await fetch(`http://127.0.0.1:${estate.opsPort()}/health`)).json() as GatewayHealth,
    arm: (next) => void (cut = next),
    isArmed: () => cut !== undefined,
    disk: (state) => (state === 'full' ? writeFileSync(fullFlag, '') : rmSync(fullFlag, { force: true })),
    async end(keep) {
      await Promise.all([devices?.kill(), estate.kill(), server.kill(), broker?.stop(), uplink.close()])
      if (!keep) rmSync(dir, { recursive: true, force: true })
    },
  }
}
