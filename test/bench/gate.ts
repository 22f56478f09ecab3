import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../../gateway/package-root.js'
import { connectDevice, obey, type TestDevice } from '../flow/support/gateway-devices.js'
import { createHome, missing, type GatewayHome } from '../flow/support/gateway-rig.js'
import { startGatewayApiServer } from '../support/gateway-api-server.js'
import { FRAME_SIZES, cameraFrame, type FrameSize } from './face-frames.js'
import type { CamerasOrder, SentFrame } from './gate-cameras.js'
import { RESIDENTS, enrolResidents, fillStore, type EstateSize } from './gate-estate.js'
import { remoteWorkers, startRemoteWorkers } from './gate-workers.js'
import { counted, readMetrics } from './prometheus.js'
import { spread } from './timing.js'

const FPS = 5
/** A resident stands there for two seconds, then the next one: all frames show a face, which is the most work there is. */
const PASSAGE_FRAMES = 10
const HEARTBEAT_MS = 1_000
const WARM_UP_SECONDS = 3

export interface GateBenchOptions {
  readonly cameras: readonly number[]
  readonly seconds: number
  readonly workers: number
  readonly persons: number
  /** Face workers in processes of their own, which then look at all cameras; 0 for none. */
  readonly remote: number
}

/** When each door command reached its controller. */
interface Controllers {
  readonly receivedAtMs: Map<string, number>
  close(): Promise<void>
}

async function connectControllers(home: GatewayHome, mqttPort: number, count: number): Promise<Controllers> {
  const receivedAtMs = new Map<string, number>()
  const devices: TestDevice[] = []
  for (let n = 1; n <= count; n++) {
    devices.push(await connectDevice(home, mqttPort, 'controller', `ctl-${n}`, (device, message) => {
      if (message.kind === 'doorCommand') receivedAtMs.set((message.payload as { commandId: string }).commandId, performance.timeOrigin + message.atMs)
      device.inbox.length = 0
      obey(device, message)
    }))
  }
  const beats = setInterval(() => devices.forEach((device) => void device.heartbeat()), HEARTBEAT_MS)
  return {
    receivedAtMs,
    async close() {
      clearInterval(beats)
      await Promise.all(devices.map((device) => device.end()))
    },
  }
}

/** Cameras play in a process of their own, so that neither they nor the controllers hold the other's clock up. */
async function playCameras(order: CamerasOrder): Promise<SentFrame[]> {
  const entry = join(packageRoot(), 'dist', 'test', 'bench', 'gate-cameras.js')
  const { stdout } = await promisify(execFile)(process.execPath, [entry, JSON.stringify(order)], { maxBuffer: 64 * 2 ** 20 })
  return JSON.parse(stdout) as SentFrame[]
}

/** Frame → passage → command, as the gateway's log says. */
async function commandOfFrame(home: GatewayHome): Promise<Map<string, string>> {
  const records = await home.records()
  const commands = new Map(records.filter(({ kind }) => kind === 'door-command.v1').map(({ passageId, commandId }) => [passageId, String(commandId)]))
  return new Map(records.flatMap(({ kind, passageId, seenId }) => {
    const commandId = kind === 'passage.v2' ? commands.get(passageId) : undefined
    return commandId === undefined ? [] : [[String(seenId), commandId] as const]
  }))
}

async function measure(home: GatewayHome, opsPort: number, order: CamerasOrder, controllers: Controllers) {
  const before = await readMetrics(opsPort)
  const sent = await playCameras(order)
  const after = await readMetrics(opsPort)
  const commands = await commandOfFrame(home)
  const latencies: number[] = []
  const passages = new Map<string, { firstMs: number; openMs: number | undefined }>()
  for (const { frameId, atMs, passage } of sent) {
    const receivedAtMs = controllers.receivedAtMs.get(commands.get(frameId) ?? '')
    if (receivedAtMs !== undefined) latencies.push(receivedAtMs - atMs)
    const known = passages.get(passage)
    passages.set(passage, { firstMs: known?.firstMs ?? atMs, openMs: known?.openMs ?? receivedAtMs })
  }
  const opened = [...passages.values()].flatMap(({ firstMs, openMs }) => (openMs === undefined ? [] : [openMs - firstMs]))
  const stages = Object.entries(counted(before('gw_stage_ms_sum'), after('gw_stage_ms_sum')))
  const runs = counted(before('gw_stage_ms_count'), after('gw_stage_ms_count'))
  return {
    cameras: order.cameraIds.length, framesSent: sent.length, framesThatOpened: latencies.length,
    frameToCommandMs: spread(latencies),
    passages: passages.size, passagesOpened: opened.length, passageToCommandMs: spread(opened),
    dropped: counted(before('gw_frames_dropped_total'), after('gw_frames_dropped_total')),
    decisions: counted(before('gw_decisions_total'), after('gw_decisions_total')),
    eventLoopDelayMs: after('gw_event_loop_delay_ms'),
    meanStageMs: Object.fromEntries(stages.map(([labels, sum]) => [labels, Number((sum / (runs[labels] ?? Number.NaN)).toFixed(2))])),
    workerRestarts: after('gw_face_worker_restarts_total'),
  }
}

/** A frame published by an MQTT client → the door command received by the controller's: real processes, TLS, log, nets, everything on. */
export async function benchGate({ cameras, seconds, workers, persons, remote }: GateBenchOptions) {
  const absent = missing()
  if (absent !== undefined) throw new Error(absent)
  const gates = Math.max(...cameras)
  const cameraIds = Array.from({ length: gates }, (_, index) => `cam-${index + 1}`)
  const remotes = remoteWorkers(remote, cameraIds)
  const size: EstateSize = { synthetic: persons, templatesEach: 1, gates }
  const server = await startGatewayApiServer()
  const home = createHome(server)
  try {
    // The pictures show photographs, which need not pass for live: the net runs, and hardly anything is refused for it.
    home.config({ face: { workers, livenessMin: 0.01, remotes }, log: { level: 'info' } })
    await fillStore(home, size)
    const gateway = await home.start()
    await enrolResidents(home, size)
    const controllers = await connectControllers(home, gateway.mqttPort, gates)
    const pictures = []
    for (const faceId of RESIDENTS) {
      const file = join(home.folder, 'photos', `frame-${faceId}.jpg`)
      writeFileSync(file, await cameraFrame(faceId, FRAME_SIZES[1] as FrameSize))
      pictures.push(file)
    }
    const endWorkers = await startRemoteWorkers(home, gateway, remotes)
    for (const cameraId of cameraIds) await (await connectDevice(home, gateway.mqttPort, 'camera', cameraId)).end()
    const order = { folder: home.folder, mqttPort: gateway.mqttPort, pictures, fps: FPS, passageFrames: PASSAGE_FRAMES }
    await playCameras({ ...order, cameraIds, seconds: WARM_UP_SECONDS })
    const runs = []
    for (const count of cameras) runs.push(await measure(home, gateway.opsPort, { ...order, cameraIds: cameraIds.slice(0, count), seconds }, controllers))
    await controllers.close()
    await endWorkers()
    await gateway.end('SIGTERM')
    return { frame: '1280x720', fps: FPS, workers, remote: remotes.length, galleryPersons: persons + RESIDENTS.length, runs }
  } finally {
    home.remove()
    await server.close()
  }
}
