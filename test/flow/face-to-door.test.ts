import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FrameResultV1 } from '../../gateway/contract/device-messages.js'
import { createFaceSource } from '../../firmware-sim/frames/face-source.js'
import { createFrameFactory } from '../../firmware-sim/frames/frame-factory.js'
import { eventually } from './support/child.js'
import { CAMERA, CONTROLLER, ESTATE, GATE, type Resident } from './support/estate-under-test.js'
import { type RunningSystem, startSystem } from './support/running-system.js'
import { connectDevice, type WireDevice } from './support/wire-device.js'

const RESIDENT_FACE = 's1-a'
const STRANGER_FACE = 's4-b'

interface LogItem {
  readonly passageId: string
  readonly seq: number
  readonly [key: string]: unknown
}

/** Real server, real gateway, real models; the test itself is the camera and the controller. */
describe('frame bytes in, door command out, rows at the server', () => {
  let system: RunningSystem
  let camera: WireDevice
  let controller: WireDevice
  let resident: Resident
  const bootId = randomUUID()
  const startedMs = performance.now()
  const device = { v: 1, bootId } as const
  const now = (): { monoMs: number; wallMs: number } => ({ monoMs: performance.now() - startedMs, wallMs: Date.now() })
  let frames = 0
  let lastFrameMs = 0

  const frameOf = async (faceId: string | undefined): Promise<Uint8Array> => createFrameFactory({ faces: createFaceSource() }).render({
    scene: 3, figures: faceId === undefined ? [] : [{ faceId, x: 0.5, y: 0.5, faceHeightPx: 240, blurSigma: 0 }],
    light: { gain: 1, noiseSigma: 1 }, quality: 85, seed: 5, backgroundSeed: 5,
  })
  const showFrame = async (image: Uint8Array): Promise<string> => {
    const frameId = randomUUID()
    frames += 1
    lastFrameMs = performance.now()
    const { monoMs, wallMs } = now()
    await camera.say('cameraFrame', { header: { ...device, frameId, frameNo: frames, capturedMonoMs: monoMs, capturedWallMs: wallMs, mime: 'image/jpeg' }, image })
    return frameId
  }
  /** A passage as a camera sees it: frame after frame until the gateway has decided, at most as many as it decides upon. */
  const passBy = async (faceId: string): Promise<FrameResultV1> => {
    const image = await frameOf(faceId)
    const shown: string[] = []
    for (let frame = 1; frame <= 12; frame++) {
      shown.push(await showFrame(image))
      const result = await eventually('a result, or time for the next frame', () => {
        const decided = camera.of('frameResult').find(({ frameId }) => shown.includes(frameId))
        return decided ?? (performance.now() - lastFrameMs > 400 ? null : undefined)
      })
      if (result !== null) return result
    }
    throw new Error(`${faceId}: no decision in ${shown.length} frames`)
  }
  const beat = (): Promise<void> => controller.say('heartbeat', {
    ...device, ...now(), pendingEvents: 0, doors: [{ doorNo: 1, relay: 'locked', contact: 'closed', fire: false }],
  })
  const log = async (): Promise<LogItem[]> => (await system.server.api<{ items: LogItem[] }>('GET', `/api/access-log?estateId=${ESTATE}&limit=50`)).items
  const integrity = async () => (await system.server.api<{ gateways: Array<{ epochs: Array<Record<string, unknown>> }> }>('GET', '/api/integrity')).gateways[0]?.epochs

  beforeAll(async () => {
    system = await startSystem('door')
    const { estate } = system
    resident = await system.enrolled('示例住户甲', RESIDENT_FACE)
    camera = await connectDevice(estate.mqttPort(), 'camera', CAMERA, await estate.issueDevice('camera', CAMERA))
    controller = await connectDevice(estate.mqttPort(), 'controller', CONTROLLER, await estate.issueDevice('controller', CONTROLLER))
    for (const each of [camera, controller]) await each.say('hello', { ...device, ...now(), model: 'test-device', firmware: '1.0', capabilities: [] })
    await beat()
  })
  afterAll(async () => {
    await camera?.close()
    await controller?.close()
    await system?.stop()
  })

  it('a resident is let in: one command, dated on the controller\'s own clock, and one row', async () => {
    await beat()
    const before = now().monoMs
    const shown = await passBy(RESIDENT_FACE)
    const command = await controller.hear('doorCommand')
    const after = now().monoMs
    expect(command).toEqual({
      v: 1, commandId: expect.stringMatching(/^[0-9a-f-]{36}$/), bootId, doorNo: 1, action: 'open', releaseMs: 1_000,
      deadlineMonoMs: expect.any(Number), frameAgeMs: expect.any(Number),
    })
    expect(command.deadlineMonoMs).toBeGreaterThan(before)
    expect(command.deadlineMonoMs).toBeLessThanOrEqual(after + 5_000)
    expect(shown).toEqual({ v: 1, frameId: expect.any(String), outcome: 'granted', reason: null })
    expect(camera.of('frameResult')).toEqual([shown])

    const eventId = randomUUID()
    await controller.say('commandResult', { ...device, ...now(), eventId, commandId: command.commandId, outcome: 'executed', reason: null })
    expect(await controller.hear('eventAck')).toEqual({ v: 1, eventIds: [eventId] })

    const row = await eventually('the row with the controller\'s answer', async () => (await log()).find((item) => item['commandOutcome'] === 'executed'))
    expect(row).toMatchObject({
      estateId: ESTATE, gateId: GATE, gateName: '北门', deviceId: CAMERA, way: 'face', result: 'granted', reason: null, personRef: resident.personRef,
      personName: '示例住户甲', permitId: resident.permitId, gallerySize: 1, threshold: 0.55, margin: 2, gatewayId: system.estate.gatewayId, epoch: 1,
      commandReason: null,
    })
    expect(Number(row['score'])).toBeGreaterThan(0.6)
    expect(Object.keys(row['timings'] as object)).toEqual(expect.arrayContaining(['decode', 'detect', 'landmark', 'liveness', 'embed', 'match']))
    expect(await log()).toHaveLength(1)
  })

  it('a repeated event is acknowledged again and stored once', async () => {
    const event = { ...device, ...now(), eventId: randomUUID(), doorNo: 1, type: 'opened' as const, live: true }
    const acks = controller.of('eventAck').length
    await controller.say('doorEvent', event)
    await controller.hear('eventAck', acks + 1)
    await controller.say('doorEvent', event)
    expect(await controller.hear('eventAck', acks + 2)).toEqual({ v: 1, eventIds: [event.eventId] })
    await eventually('the door shown open', async () => {
      const { gates } = await system.server.api<{ gates: Array<Record<string, unknown>> }>('GET', `/api/gates?estateId=${ESTATE}`)
      return gates.find((gate) => gate['contact'] === 'open')
    })
  })

  it('a stranger is refused by name of the reason; an empty scene is nobody; neither opens anything', async () => {
    const commands = controller.of('doorCommand').length
    expect(await passBy(STRANGER_FACE)).toMatchObject({ outcome: 'refused', reason: 'not-recognised' })
    const empty = await showFrame(await frameOf(undefined))
    expect(await eventually('the empty scene\'s result', () => camera.of('frameResult').find((result) => result.frameId === empty))).toMatchObject({ outcome: 'no-face' })
    const row = await eventually('the refusal\'s row', async () => (await log()).find((item) => item['result'] === 'refused'))
    expect(row).toMatchObject({ reason: 'not-recognised', personRef: null, personName: null, permitId: null, commandOutcome: null })
    expect(await log()).toHaveLength(2)
    expect(controller.of('doorCommand')).toHaveLength(commands)
  })

  it('with the uplink cut the door still opens, and the log arrives once and whole afterwards', async () => {
    system.uplink.cut()
    await beat()
    const commands = controller.of('doorCommand').length
    await passBy(RESIDENT_FACE)
    const command = await controller.hear('doorCommand', commands + 1)
    await controller.say('commandResult', { ...device, ...now(), eventId: randomUUID(), commandId: command.commandId, outcome: 'executed', reason: null })
    expect(await log()).toHaveLength(2)
    system.uplink.restore()
    await eventually('the offline passage at the server', async () => ((await log()).filter((item) => item['commandOutcome'] === 'executed').length === 2 ? true : undefined))
    const epochs = await integrity()
    expect(epochs).toEqual([expect.objectContaining({ epoch: 1, missing: [], chain: 'verified', brokenAtSeq: null })])
    expect(epochs?.[0]?.['contiguousSeq']).toBe(epochs?.[0]?.['headSeq'])
  })

  it('withdrawn consent takes the face off the gateway, acknowledged, and the door stays shut', async () => {
    const commands = controller.of('doorCommand').length
    await system.server.api('POST', `/api/consents/${resident.consentId}/withdraw`, {})
    const consent = await eventually('the erasure\'s acknowledgement', async () => {
      const seen = await system.server.api<{ holdings: Array<Record<string, unknown>> }>('GET', `/api/consents/${resident.consentId}`)
      return seen.holdings.every((holding) => holding['erasedAtMs'] !== null) && seen.holdings.length > 0 ? seen : undefined
    })
    expect(consent.holdings).toEqual([expect.objectContaining({ gatewayId: system.estate.gatewayId, templates: 1 })])
    // Longer than a passage's gap: who was let in a moment ago and still stands there is not decided about anew.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(await passBy(RESIDENT_FACE)).toMatchObject({ outcome: 'refused', reason: 'not-recognised' })
    expect(controller.of('doorCommand')).toHaveLength(commands)
  })

  it('said nothing to the devices beyond commands, acknowledgements and results', () => {
    expect([...new Set(controller.received.map(({ kind }) => kind))].sort()).toEqual(['doorCommand', 'eventAck'])
    expect([...new Set(camera.received.map(({ kind }) => kind))]).toEqual(['frameResult'])
  })
})
