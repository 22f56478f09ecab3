import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RosterItem } from '#contract/sync-roster.js'
import { schemaError } from '#contract/codec.js'
import { DoorCommandV1 } from '#contract/device-messages.js'
import { SYNC_PATHS } from '#contract/sync-api.js'
import { RECORD_SCHEMAS, type RecordKind } from '#contract/sync-records.js'
import { type GatewayApiServer, startGatewayApiServer } from '../support/gateway-api-server.js'
import { consent, gate, permit, person, personRef } from '../support/factories.js'
import { type TestDevice, connectAgain, connectDevice, obey, sendFrame } from './support/gateway-devices.js'
import { type GatewayHome, type GatewayProcess, createHome, frameOf, missing, photoOf, until } from './support/gateway-rig.js'

const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/)
const NUMBER = expect.any(Number)
const RESIDENT = 's1-a'
const NEIGHBOUR = 's1-b'
const STRANGER = 's6-a'
const STAGES = ['commit', 'decide', 'decode', 'detect', 'embed', 'landmark', 'liveness', 'match', 'quality', 'queue']

let server: GatewayApiServer
let home: GatewayHome
let gateway: GatewayProcess
let camera: TestDevice
let controller: TestDevice

const nowMs = Date.now()
const times = { grantedAtMs: nowMs - 60_000, expiresAtMs: nowMs + 3_600_000 }
const household = (n: number): RosterItem[] => [
  person(n), consent(n, times), permit(n, { validFromMs: nowMs - 60_000, validUntilMs: nowMs + 3_600_000 }),
]
/** All that the devices got since the last call, as kinds. */
const taken = (device: TestDevice) => device.inbox.splice(0).map(({ kind, payload }) => ({ kind, payload }))
const got = (device: TestDevice, kind: string) => device.inbox.find((message) => message.kind === kind)
const kindsAfter = async (from: number) => (await home.records()).slice(from).map((record) => record['kind'])
/** Time in which anything that is still on its way would arrive. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 400))

/** Frames of one passage until the camera is told a result: a live face needs several looks. */
const FRAMES_MAX = 5
const FRAME_PAUSE_MS = 250

/** Somebody before the camera. @returns the frame that was decided about, and when the first was sent */
async function pass(faceId: string | null): Promise<{ frameId: string; sentAtMs: number }> {
  await controller.heartbeat()
  const image = await frameOf(faceId)
  const told = (): boolean => got(camera, 'frameResult') !== undefined
  let firstAtMs: number | undefined
  for (let frames = 0; frames < FRAMES_MAX && !told(); frames += 1) {
    const { sentAtMs } = await sendFrame(camera, image)
    firstAtMs ??= sentAtMs
    await until(() => told() || performance.now() - sentAtMs > FRAME_PAUSE_MS, 'the next frame')
  }
  await until(told, 'a result on the camera')
  const decided = (got(camera, 'frameResult')?.payload as { frameId: string }).frameId
  return { frameId: decided, sentAtMs: firstAtMs ?? Number.NaN }
}

describe.skipIf(missing() !== undefined)('a gateway with real nets, broker and log', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    server = await startGatewayApiServer()
    server.publish(gate(1, { cameraIds: ['cam-1'], controllerId: 'ctl-1' }), ...household(1), ...household(2))
    home = createHome(server)
    gateway = await home.start()
    camera = await connectDevice(home, gateway.mqttPort, 'camera', 'cam-1')
    controller = await connectDevice(home, gateway.mqttPort, 'controller', 'ctl-1', obey)
    for (const [n, faceId] of [[1, RESIDENT], [2, NEIGHBOUR]] as const) {
      const enrolled = await home.command('enrol', '--person', personRef(n), '--photo', await photoOf(home, faceId), '--json')
      expect([enrolled.code, JSON.parse(enrolled.stdout)]).toMatchObject([0, { kind: 'enrolled', personRef: personRef(n), templates: 1 }])
    }
  })
  afterAll(async () => {
    await Promise.all([camera?.end(), controller?.end()])
    home?.remove()
    await server?.close()
  })

  it('began its log with its start, the devices and the enrolments, and nothing else', async () => {
    await until(async () => (await home.records()).length >= 11, 'eleven records')
    await quiet()
    const records = await home.records()
    expect(records[0]).toMatchObject({ kind: 'gateway-start.v1', cleanShutdown: true, modelId: expect.any(String) })
    expect(records.slice(1).map((record) => [
      record['kind'], record['deviceId'] ?? record['personRef'] ?? record['subject'], record['status'] ?? record['templates'] ?? record['firmware'] ?? record['action'],
    ])).toEqual([
      ...['cam-1', 'ctl-1'].flatMap((id) => [
        ['device-info.v1', id, 'unknown'], ['operator-action.v1', id, 'device-claim'], ['device-status.v2', id, 'online'], ['device-info.v1', id, '1'],
      ]),
      ['enrolment.v1', personRef(1), 1], ['enrolment.v1', personRef(2), 1],
    ])
  })

  it('a resident: one exact command, the result on the camera, three records in order, and nothing else', async () => {
    const before = (await home.records()).length
    taken(camera)
    taken(controller)
    const { frameId } = await pass(RESIDENT)
    await until(() => got(controller, 'eventAck') !== undefined, 'the acknowledgement')
    await quiet()
    expect(taken(camera)).toEqual([{ kind: 'frameResult', payload: { v: 1, frameId, outcome: 'granted', reason: null } }])
    const messages = taken(controller)
    expect(messages).toEqual([
      { kind: 'doorCommand', payload: { v: 1, commandId: UUID, bootId: controller.bootId, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: NUMBER, frameAgeMs: NUMBER } },
      { kind: 'eventAck', payload: { v: 1, eventIds: [UUID] } },
    ])
    const command = messages[0]?.payload as { commandId: string; deadlineMonoMs: number; frameAgeMs: number }
    expect(schemaError(DoorCommandV1, command)).toBeUndefined()
    expect(command.deadlineMonoMs).toBeLessThan(controller.monoMs() + 2_000)
    expect(command.frameAgeMs).toBeLessThan(2_000)

    const records = (await home.records()).slice(before)
    const common = { recordId: UUID, occurredAtMs: NUMBER, monoMs: NUMBER, bootId: UUID }
    const passageId = records[0]?.['passageId']
    expect(records).toEqual([
      {
        kind: 'passage.v2', ...common, passageId: UUID, gateId: 'gate-1', deviceId: 'cam-1', seenId: frameId, way: 'face', direction: 'in', remarks: [], credentialId: null, visitId: null, operatorRef: null, override: null,
        waitMs: NUMBER, attempts: NUMBER, result: 'granted', reason: null,
        personRef: personRef(1), permitId: permit(1).permitId, score: NUMBER, margin: NUMBER, threshold: NUMBER, liveness: NUMBER, gallerySize: 2,
        modelId: expect.any(String), ageMs: NUMBER, timings: expect.any(Object),
      },
      { kind: 'door-command.v1', ...common, commandId: command.commandId, passageId, gateId: 'gate-1', deviceId: 'ctl-1', deviceBootId: controller.bootId, doorNo: 1, deadlineMonoMs: NUMBER },
      { kind: 'command-outcome.v1', ...common, commandId: command.commandId, passageId, gateId: 'gate-1', deviceId: 'ctl-1', outcome: 'executed', reason: null, latencyMs: NUMBER },
    ])
    const { score, threshold, timings } = records[0] as { score: number; threshold: number; timings: object }
    expect(score).toBeGreaterThan(threshold)
    expect(STAGES).toEqual(expect.arrayContaining(Object.keys(timings)))
  })

  it('a stranger: refused on the camera, one record, no command', async () => {
    const before = (await home.records()).length
    taken(camera)
    taken(controller)
    const { frameId } = await pass(STRANGER)
    await until(async () => (await home.records()).length > before, 'the record')
    await quiet()
    expect(taken(camera)).toEqual([{ kind: 'frameResult', payload: { v: 1, frameId, outcome: 'refused', reason: 'not-recognised' } }])
    expect(taken(controller)).toEqual([])
    expect((await home.records()).slice(before)).toMatchObject([{ kind: 'passage.v2', result: 'refused', reason: 'not-recognised', personRef: null, permitId: null, seenId: frameId }])
  })

  it('nobody: no face on the camera, no record, no command', async () => {
    const before = (await home.records()).length
    taken(camera)
    const { frameId } = await pass(null)
    await quiet()
    expect(taken(camera)).toEqual([{ kind: 'frameResult', payload: { v: 1, frameId, outcome: 'no-face', reason: 'no-face' } }])
    expect([taken(controller), await kindsAfter(before)]).toEqual([[], []])
  })

  it('with the uplink down it still opens; what was logged arrives once and in order when it is back', async () => {
    server.intercept = () => 'hang-up'
    const before = (await home.records()).length
    const receivedBefore = server.received.length
    taken(camera)
    taken(controller)
    await pass(RESIDENT)
    await until(() => got(controller, 'eventAck') !== undefined, 'the acknowledgement')
    expect(taken(controller).map(({ kind }) => kind)).toEqual(['doorCommand', 'eventAck'])
    expect(await kindsAfter(before)).toEqual(['passage.v2', 'door-command.v1', 'command-outcome.v1'])
    expect(server.received).toHaveLength(receivedBefore)
    const health = await fetch(`http://127.0.0.1:${gateway.opsPort}/health`)
    expect([health.status, await health.json()]).toMatchObject([200, { healthy: true, log: { backlogRecords: 3 } }])

    server.intercept = undefined
    await until(async () => server.received.length === (await home.records()).length, 'the whole log at the server', 60_000)
    expect(server.received.map(({ payload }) => JSON.parse(payload) as unknown)).toEqual(await home.records())
    expect(server.received.map(({ seq }) => seq)).toEqual(server.received.map((_, index) => index + 1))
  })

  it('frame to command, figures', async () => {
    const latencies: number[] = []
    for (let i = 0; i < 20; i++) {
      taken(camera)
      taken(controller)
      const { sentAtMs } = await pass(i % 2 === 0 ? RESIDENT : NEIGHBOUR)
      await until(() => got(controller, 'doorCommand') !== undefined, 'the command')
      latencies.push((got(controller, 'doorCommand')?.atMs ?? Infinity) - sentAtMs)
      await until(() => got(controller, 'eventAck') !== undefined, 'the acknowledgement')
    }
    latencies.sort((a, b) => a - b)
    const metrics = await (await fetch(`http://127.0.0.1:${gateway.opsPort}/metrics`)).text()
    const sample = (name: string): number => Number(metrics.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1])
    const stages = STAGES.filter((stage) => metrics.includes(`gw_stage_ms_count{stage="${stage}"}`))
      .map((stage) => `${stage} ${(sample(`gw_stage_ms_sum{stage="${stage}"}`) / sample(`gw_stage_ms_count{stage="${stage}"}`)).toFixed(1)}`)
    console.log(`first frame handed over → command received, 20 passages of 1280×720, a frame every 250 ms: p50 ${latencies[9]?.toFixed(0)} ms, p95 ${latencies[18]?.toFixed(0)} ms; means by stage, ms: ${stages.join(', ')}`)
    expect(stages).toHaveLength(STAGES.length)
    expect(latencies[18]).toBeLessThan(2_000)
    expect(sample('gw_doors_opened_total')).toBe(22)
  })

  it('a withdrawn consent: the person is gone from disk and gallery, proven by one record, and cannot be enrolled again', async () => {
    const before = (await home.records()).length
    server.publish({ kind: 'consent-deleted.v1', consentId: consent(1).consentId, personRef: personRef(1), cause: 'withdrawn' })
    await until(async () => (await kindsAfter(before)).includes('erasure.v1'), 'the erasure')
    expect((await home.records()).slice(before)).toMatchObject([{ kind: 'erasure.v1', personRef: personRef(1), consentId: consent(1).consentId, cause: 'withdrawn', templatesRemoved: 1 }])
    expect(await home.count('template')).toBe(1)
    taken(camera)
    taken(controller)
    await pass(RESIDENT)
    await quiet()
    expect(taken(camera).map(({ payload }) => (payload as { reason: string }).reason)).toEqual(['not-recognised'])
    expect(taken(controller)).toEqual([])
    const again = await home.command('enrol', '--person', personRef(1), '--photo', await photoOf(home, RESIDENT), '--json')
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([1, { kind: 'refused', reason: 'no-consent' }])
    await pass(NEIGHBOUR)
    await until(() => got(controller, 'eventAck') !== undefined, 'the neighbour still passes')
  })

  it('a second process on the same data directory is refused', async () => {
    const second = home.launch()
    expect(await second.exited()).toBe(1)
    expect(JSON.stringify(second.log())).toContain('GW_STORE_IN_USE')
    expect((await home.command('status', '--json')).code).toBe(0)
  })

  it('a revoked device is cut off and not let in again', async () => {
    await connectDevice(home, gateway.mqttPort, 'camera', 'cam-9')
    expect((await home.command('revoke-device', '--id', 'cam-9')).code).toBe(0)
    await expect(connectAgain(home, gateway.mqttPort, 'camera', 'cam-9')).rejects.toThrow()
    const unknown = await home.command('revoke-device', '--id', 'cam-8', '--json')
    expect([unknown.code, JSON.parse(unknown.stdout)]).toMatchObject([1, { kind: 'refused', code: 'GW_DEVICE_UNKNOWN' }])
  })

  it('SIGTERM: a clean end, with the whole log at the server', async () => {
    await Promise.all([camera.end(), controller.end()])
    expect(await gateway.end('SIGTERM')).toBe(0)
    expect(server.received.map(({ payload }) => JSON.parse(payload) as unknown)).toEqual(await home.records())
  })

  it('nothing that left the gateway holds a face: every record fits its closed schema, and no request is large', () => {
    for (const { payload } of server.received) {
      const record = JSON.parse(payload) as { kind: RecordKind }
      expect(schemaError(RECORD_SCHEMAS[record.kind], record)).toBeUndefined()
    }
    const { claim, epoch, records, roster, orders } = SYNC_PATHS
    expect(new Set(server.requests)).toEqual(new Set([...[claim, epoch, records].map((path) => `POST ${path}`), ...[roster, orders].map((path) => `GET ${path}`)]))
    expect(server.bodyBytesMax()).toBeLessThan(64 * 1_024)
  })

  it('started again with the server gone it opens for those it knows', async () => {
    await server.close()
    gateway = await home.start()
    camera = await connectAgain(home, gateway.mqttPort, 'camera', 'cam-1')
    controller = await connectAgain(home, gateway.mqttPort, 'controller', 'ctl-1', obey)
    await pass(NEIGHBOUR)
    await until(() => got(controller, 'eventAck') !== undefined, 'the door')
    const started = (await home.records()).findLast((record) => record['kind'] === 'gateway-start.v1')
    expect(started).toMatchObject({ cleanShutdown: true })
    const stop = await home.command('stop')
    expect([stop.code, await gateway.exited()]).toEqual([0, 0])
  })
})
