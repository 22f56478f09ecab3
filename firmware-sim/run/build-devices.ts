import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import { type SimulatedCamera, createCamera } from '../camera/camera.js'
import { type SimulatedController, createController } from '../controller/controller.js'
import { createFireLatch } from '../controller/fire-latch.js'
import { createKeepQueue } from '../controller/keep-queue.js'
import type { DeviceSettings, DeviceWorld } from '../device/device.js'
import { failSim } from '../errors.js'
import { type FaultProfile, parseFaults } from '../faults.js'
import { createFaceSource } from '../frames/face-source.js'
import { createFrameFactory } from '../frames/frame-factory.js'
import { DEFAULT_CAST, type FrameShow, createFolderShow, createPassageShow } from '../frames/frame-show.js'
import { type PassageCache, createPassageCache } from '../frames/passage-cache.js'
import { textSeed } from '../frames/passage.js'
import { type BuiltTerminal, buildTerminals } from '../oem/build-terminals.js'
import { type SimulatedReader, createReader } from '../reader/reader.js'
import { readWallet } from '../reader/reader-entry.js'
import { type SimulatedTill, createTill } from '../till/till.js'
import { createTillMemory } from '../till/till-memory.js'
import { claimMissing } from './claim-devices.js'
import type { CameraEntry, ControllerEntry, DeviceEntry, ReaderEntry, TillEntry } from './devices-file.js'
import type { SimOptions } from './sim-options.js'

export interface BuiltDevices {
  readonly cameras: readonly SimulatedCamera[]
  readonly controllers: readonly SimulatedController[]
  readonly readers: readonly SimulatedReader[]
  readonly tills: readonly SimulatedTill[]
  readonly terminals: readonly BuiltTerminal[]
  /** Shared by all cameras of the process. */
  readonly passages: PassageCache
}

export interface BuildDeps {
  readonly options: SimOptions
  readonly clock: Clock
  readonly ids: IdSource
  readonly log: Logger
}

/** Rendered passages of one process: about 1 500 frames. */
const PASSAGE_BYTES_MAX = 67_108_864
/** Unacknowledged messages that a controller holds: GA/T 394 asks for 1 000 a door, tenders for 50 000. */
const KEPT_MESSAGES_MAX = 100_000

const readPem = (option: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw failSim('SIM_USAGE', { option, file, reason: 'cannot be read' }, cause)
  }
}

function faultsOf(entry: DeviceEntry, general: FaultProfile): FaultProfile {
  const parsed = entry.faults === undefined ? { ok: true as const, value: general } : parseFaults(entry.faults)
  if (!parsed.ok) throw failSim('SIM_USAGE', { device: entry.id, error: parsed.error })
  return parsed.value
}

function settingsOf(entry: DeviceEntry, options: SimOptions): DeviceSettings {
  return {
    address: { estateId: entry.estateId, deviceKind: entry.kind, deviceId: entry.id },
    access: {
      url: entry.url,
      ca: readPem('--ca', entry.caFile), cert: readPem('--cert', entry.certFile), key: readPem('--key', entry.keyFile),
    },
    heartbeatMs: options.heartbeatMs,
    faults: faultsOf(entry, options.faults),
  }
}

function worldOf(entry: DeviceEntry, deps: BuildDeps): DeviceWorld {
  const random = seededRandom(deps.options.seed ^ textSeed(`${entry.estateId}/${entry.id}`))
  return { clock: deps.clock, ids: deps.ids, random, log: deps.log.child({ device: entry.id, estate: entry.estateId }) }
}

/** Many cameras show variety enough with fewer pictures of each person, which all have to be rendered. */
const variantsFor = (cameras: number): number => (cameras <= 4 ? 3 : 1)

async function camera(entry: CameraEntry, deps: BuildDeps, cache: PassageCache): Promise<SimulatedCamera> {
  const world = worldOf(entry, deps)
  const fps = entry.fps ?? deps.options.fps
  const show: FrameShow = entry.framesDir !== undefined
    ? await createFolderShow(entry.framesDir)
    : await createPassageShow({
        cache, random: world.random, cast: entry.cast ?? DEFAULT_CAST, fps,
        variants: variantsFor(deps.options.devices.filter((device) => device.kind === 'camera').length),
        onError: (error) => world.log.error({ err: error }, 'a passage could not be rendered'),
      })
  return createCamera({ world, settings: { ...settingsOf(entry, deps.options), fps }, show })
}

/** Where a device keeps what outlives its power cuts, without an ending. */
function statePath({ estateId, id }: DeviceEntry, { stateDir }: SimOptions): string {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  return join(stateDir, `${estateId}.${id}`)
}

function controller(entry: ControllerEntry, deps: BuildDeps): SimulatedController {
  const path = statePath(entry, deps.options)
  return createController({
    world: worldOf(entry, deps),
    settings: { ...settingsOf(entry, deps.options), doors: entry.doors ?? 2, heldOpenAfterMs: deps.options.heldOpenMs },
    queue: createKeepQueue({ path: `${path}.kept`, sizeMax: KEPT_MESSAGES_MAX }),
    fireLatch: createFireLatch({ path: `${path}.fire` }),
  })
}

const reader = (entry: ReaderEntry, deps: BuildDeps): SimulatedReader => createReader({
  world: worldOf(entry, deps), settings: { ...settingsOf(entry, deps.options), wallet: readWallet(entry.wallet ?? []), presentSeconds: entry.presentSeconds ?? 0 },
})

const till = (entry: TillEntry, deps: BuildDeps): SimulatedTill => createTill({
  world: worldOf(entry, deps), memory: createTillMemory(`${statePath(entry, deps.options)}.till`),
  settings: { ...settingsOf(entry, deps.options), households: entry.households ?? [], customerSeconds: entry.customerSeconds ?? 0 },
})

/**
 * Makes every device of the options, connected to nothing yet.
 * @throws AppError SIM_USAGE for unreadable files and unknown faults, SIM_FRAMES for a bad frames folder
 */
export async function buildDevices(deps: BuildDeps): Promise<BuiltDevices> {
  await claimMissing(deps.options.devices, deps.log)
  sharp.concurrency(1)
  sharp.cache(false)
  const factory = createFrameFactory({ faces: createFaceSource() })
  const passages = createPassageCache({ factory, bytesMax: PASSAGE_BYTES_MAX, nowMs: () => deps.clock.monoMs() })
  const cameras: SimulatedCamera[] = []
  for (const entry of deps.options.devices) if (entry.kind === 'camera') cameras.push(await camera(entry, deps, passages))
  const controllers = deps.options.devices.flatMap((entry) => (entry.kind === 'controller' ? [controller(entry, deps)] : []))
  const readers = deps.options.devices.flatMap((entry) => (entry.kind === 'reader' ? [reader(entry, deps)] : []))
  const tills = deps.options.devices.flatMap((entry) => (entry.kind === 'till' ? [till(entry, deps)] : []))
  return { cameras, controllers, readers, tills, terminals: buildTerminals(deps.options.terminals, deps.options, deps), passages }
}
