import { readFileSync } from 'node:fs'
import { connectAgain, sendFrame } from '../flow/support/gateway-devices.js'

/** What this process is told on its command line, as JSON. */
export interface CamerasOrder {
  readonly folder: string
  readonly mqttPort: number
  readonly cameraIds: readonly string[]
  /** JPEG files, each of another resident. */
  readonly pictures: readonly string[]
  readonly fps: number
  readonly seconds: number
  /** Frames of one resident before the next one stands there. */
  readonly passageFrames: number
}

export interface SentFrame {
  readonly frameId: string
  /** Milliseconds since 1970, by the monotonic clock. */
  readonly atMs: number
  /** Which passage of which camera the frame is of. */
  readonly passage: string
}

const HEARTBEAT_MS = 2_000
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))

/** One camera: frames at a steady rate, whatever becomes of them. Cameras are out of step with each other, as real ones are. */
async function play(order: CamerasOrder, index: number, pictures: readonly Buffer[]): Promise<SentFrame[]> {
  const cameraId = order.cameraIds[index] as string
  const camera = await connectAgain(order, order.mqttPort, 'camera', cameraId)
  const sent: SentFrame[] = []
  const frameMs = 1_000 / order.fps
  const beginMs = performance.now() + 500 + (frameMs * index) / order.cameraIds.length
  const beats = setInterval(() => void camera.heartbeat(), HEARTBEAT_MS)
  for (let frame = 0; frame < order.fps * order.seconds; frame++) {
    await wait(beginMs + frame * frameMs - performance.now())
    const passage = Math.floor(frame / order.passageFrames)
    const { frameId, sentAtMs } = await sendFrame(camera, pictures[(passage + index) % pictures.length] as Buffer)
    sent.push({ frameId, atMs: performance.timeOrigin + sentAtMs, passage: `${cameraId}/${passage}` })
  }
  await wait(1_000)
  clearInterval(beats)
  await camera.end()
  return sent
}

const order = JSON.parse(process.argv[2] ?? '') as CamerasOrder
const pictures = order.pictures.map((file) => readFileSync(file))
const sent = await Promise.all(order.cameraIds.map((_, index) => play(order, index, pictures)))
process.stdout.write(`${JSON.stringify(sent.flat())}\n`)
