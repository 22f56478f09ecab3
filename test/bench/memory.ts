import { readFileSync } from 'node:fs'
import { connectDevice, sendFrame, type TestDevice } from '../flow/support/gateway-devices.js'
import { createHome, missing, type GatewayHome } from '../flow/support/gateway-rig.js'
import { startGatewayApiServer } from '../support/gateway-api-server.js'
import { FRAME_SIZES, cameraFrame } from './face-frames.js'
import { RESIDENTS, enrolResidents, fillStore, type EstateSize } from './gate-estate.js'
import { spread } from './timing.js'

const TEMPLATES_EACH = 3
const SAMPLES = 40
/** A passage that is not decided yet is answered when it is; a camera's next frame does not wait for that. */
const FRAME_GAP_MS = 120
const CAMERAS_PER_WORKER = 4

export interface MemoryBenchOptions {
  readonly persons: number
  readonly frames: number
  readonly workers: number
}

interface CurvePoint {
  readonly frames: number
  readonly rssMiB: number
}

/** Resident memory of a process, and the most that it ever had, MiB. @see proc(5), VmRSS and VmHWM */
export function memoryOf(pid: number): { rssMiB: number; peakMiB: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mib = (name: string): number => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024)
  return { rssMiB: mib('VmRSS'), peakMiB: mib('VmHWM') }
}

/** Processor time that a process has had, ms. @see proc(5), stat: utime and stime in hundredths of a second */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** What cameras see in a day: residents, a stranger, the wall, near and far, in all sizes. */
async function scenes(): Promise<Buffer[]> {
  const faces = [...RESIDENTS, 's6-a', null, null]
  return Promise.all(faces.flatMap((faceId) => FRAME_SIZES.map((size) => cameraFrame(faceId, size))))
}

/** Sends one frame and resolves when the gateway answered, or when the next one is due; true where it answered. */
function answered(camera: TestDevice, waiting: Map<TestDevice, () => void>, picture: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), FRAME_GAP_MS)
    waiting.set(camera, () => {
      clearTimeout(timer)
      resolve(true)
    })
    void sendFrame(camera, picture)
  })
}

/** A run of 100 000 frames takes most of an hour: what is known is told on the way. */
const tell = ({ frames, rssMiB }: CurvePoint): void => void process.stderr.write(`${frames} frames: ${rssMiB} MiB\n`)

async function showFrames(home: GatewayHome, gateway: { pid: number; mqttPort: number }, options: MemoryBenchOptions) {
  const waiting = new Map<TestDevice, () => void>()
  const cameras: TestDevice[] = []
  for (let n = 1; n <= options.workers * CAMERAS_PER_WORKER; n++) {
    cameras.push(await connectDevice(home, gateway.mqttPort, 'camera', `cam-${n}`, (device, { kind }) => {
      device.inbox.length = 0
      if (kind === 'frameResult') waiting.get(device)?.()
    }))
  }
  const pictures = await scenes()
  const curve: CurvePoint[] = []
  const sample = (frames: number): void => {
    const point = { frames, rssMiB: memoryOf(gateway.pid).rssMiB }
    curve.push(point)
    tell(point)
  }
  let shown = 0
  let answeredLater = 0
  const play = async (camera: TestDevice): Promise<void> => {
    while (shown < options.frames) {
      const frame = shown++
      if (frame % Math.ceil(options.frames / SAMPLES) === 0) {
        sample(frame)
        await camera.heartbeat()
      }
      if (!(await answered(camera, waiting, pictures[frame % pictures.length] as Buffer))) answeredLater += 1
    }
  }
  const sinceMs = performance.now()
  await Promise.all(cameras.map(play))
  const framesPerSecond = (shown / (performance.now() - sinceMs)) * 1e3
  sample(shown)
  await Promise.all(cameras.map((camera) => camera.end()))
  return { curve, answeredLater, framesPerSecond: Number(framesPerSecond.toFixed(1)) }
}

/** MiB by which memory grows over 10 000 frames, by least squares over the second half of the curve. */
function growthPer10kFrames(curve: readonly CurvePoint[]): number {
  const half = curve.slice(curve.length >> 1)
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const [x, y] = [mean(half.map(({ frames }) => frames)), mean(half.map(({ rssMiB }) => rssMiB))]
  const slope = half.reduce((sum, point) => sum + (point.frames - x) * (point.rssMiB - y), 0) / half.reduce((sum, point) => sum + (point.frames - x) ** 2, 0)
  return Number((slope * 10_000).toFixed(2))
}

/** Resident memory of a real gateway process with a full gallery, at rest and over many frames. */
export async function benchMemory(options: MemoryBenchOptions) {
  const absent = missing()
  if (absent !== undefined) throw new Error(absent)
  const size: EstateSize = { synthetic: options.persons - RESIDENTS.length, templatesEach: TEMPLATES_EACH, gates: options.workers * CAMERAS_PER_WORKER }
  const server = await startGatewayApiServer()
  const home = createHome(server)
  try {
    home.config({ face: { workers: options.workers, livenessMin: 0.01 }, log: { level: 'info' } })
    await fillStore(home, size)
    const gateway = await home.start()
    const started = memoryOf(gateway.pid)
    await enrolResidents(home, size)
    const { curve, ...run } = await showFrames(home, gateway, options)
    const end = memoryOf(gateway.pid)
    const clean = await gateway.end('SIGTERM')
    return {
      persons: options.persons, templates: size.synthetic * TEMPLATES_EACH + RESIDENTS.length, workers: options.workers, startedMiB: started.rssMiB, startPeakMiB: started.peakMiB,
      peakMiB: end.peakMiB,
      frames: options.frames, ...run, rssMiB: spread(curve.map(({ rssMiB }) => rssMiB)), growthMiBPer10kFrames: growthPer10kFrames(curve), exitCode: clean, curve,
    }
  } finally {
    home.remove()
    await server.close()
  }
}
