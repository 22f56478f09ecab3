import { statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LIMITS } from '#kernel/limits.js'
import { type ControlActions, createControlServer } from '../../../gateway/ops/control-server.js'
import { createControlClient } from '../../../gateway/ops/control-client.js'
import type { GatewayStatus } from '../../../gateway/ops/gateway-status.js'
import { createHealthServer } from '../../../gateway/ops/health-server.js'
import { createLogger } from '../../../gateway/ops/logger.js'
import { createGatewayMetrics } from '../../../gateway/ops/metrics.js'
import { gatewayError } from '../../../gateway/errors.js'
import { personRef, uuid } from '../../support/factories.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const open: GatewayStatus = {
  state: 'open', version: '1.2.3', bootId: 'b', startedAtMs: 1, gatewayId: 'g', estateId: 'estate-1', mqttPort: 8_883, opsPort: 9_464,
  space: { freeBytes: 5_000_000, refusesFrames: true, framesRefused: 12, reserveHeld: true },
  log: { epoch: 2, seq: 41, backlogRecords: 3 }, roster: { cursor: 7, persons: 2, gates: 1, ageMs: 90_500 },
  face: { modelId: 'm', workers: 1, workersReady: 1, restarts: 2, inFlight: 0, galleryPersons: 2, remotes: [] }, devicesConnected: 2,
  sync: { epochConfirmed: true, upload: { lastContactAtMs: 5_000, problem: null }, roster: { lastContactAtMs: 4_000, problem: null } },
  backup: { takenAtMs: 7_000, problem: null },
}
const REMOTES = [{ name: 'fw-1', cameras: ['cam-1'], fallback: 'none', state: 'silent', inFlight: 0 }, { name: 'fw-2', cameras: ['cam-2'], fallback: 'local', state: 'away', inFlight: 0 }] as const
const starting: GatewayStatus = { ...open, state: 'unclaimed', gatewayId: null, estateId: null, mqttPort: null, log: null, roster: null, face: null, sync: null }

async function health(status: () => Promise<GatewayStatus>) {
  const metrics = createGatewayMetrics()
  const log = createRecordingLog()
  const server = createHealthServer({ host: '127.0.0.1', port: 0, status, metrics, log })
  const { port } = await server.start()
  onTestFinished(() => server.stop())
  const get = async (path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }
  return { metrics, log, port, get }
}

describe('health', () => {
  it('200 while gates can be served, with what is going on', async () => {
    const { get } = await health(async () => open)
    const answer = await get('/health')
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { healthy: true, problems: [], ...open }])
  })

  it.each<[string, GatewayStatus, string[]]>([
    ['before it is claimed', starting, ['state: unclaimed']],
    ['with a face worker of another process away', { ...open, face: { ...open.face as NonNullable<GatewayStatus['face']>, remotes: REMOTES } }, ['face: worker fw-1 is silent, and nobody looks at its cameras']],
    ['without a face worker', { ...open, face: { ...open.face as NonNullable<GatewayStatus['face']>, workersReady: 0 } }, ['face: no worker is ready']],
  ])('503 %s', async (_, status, problems) => {
    const { get } = await health(async () => status)
    const answer = await get('/health')
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([503, { healthy: false, problems }])
  })

  it('a server out of reach does not make it ill', async () => {
    const { get } = await health(async () => ({ ...open, sync: { ...open.sync as NonNullable<GatewayStatus['sync']>, upload: { lastContactAtMs: null, problem: 'unreachable: x' } } }))
    expect((await get('/health')).status).toBe(200)
  })

  it('answers nothing else, and its failures show nothing', async () => {
    const { get, log } = await health(() => Promise.reject(new Error('secret of the inside')))
    for (const [path, method] of [['/', 'GET'], ['/health', 'POST'], ['/metrics/x', 'GET']]) {
      expect((await get(path as string, method)).status).toBe(404)
    }
    const failed = await get('/health')
    expect([failed.status, JSON.parse(failed.text)]).toEqual([500, { code: 'GW_OPS_INTERNAL', message: 'The gateway could not answer this request (GW_OPS_INTERNAL)' }])
    expect(log.lines).toMatchObject([{ level: 'error', message: 'a request failed' }])
  })

  it('a taken port is a clear failure', async () => {
    const { port, metrics, log } = await health(async () => open)
    const second = createHealthServer({ host: '127.0.0.1', port, status: async () => open, metrics, log })
    await expect(second.start()).rejects.toMatchObject({ code: 'GW_LISTEN', details: { what: 'ops', port, problem: 'EADDRINUSE' } })
  })
})

describe('metrics', () => {
  it('counts what the parts report and reads the states', async () => {
    const { metrics, get } = await health(async () => open)
    metrics.start()
    onTestFinished(() => metrics.stop())
    metrics.frames.received('cam-1', 10)
    metrics.frames.received('cam-1', 10)
    metrics.frames.dropped('superseded', 'cam-1')
    const seen = { gateId: 'gate-1', deviceId: 'cam-1', way: 'face', personRef: null, passageId: null, logged: true } as const
    metrics.access.decided({ ...seen, result: 'granted', reason: null, timings: { decode: 3, embed: 12 } })
    metrics.access.decided({ ...seen, result: 'refused', reason: 'not-live', timings: {} })
    metrics.access.decided({ ...seen, way: 'pin', result: 'refused', reason: 'wrong-pin', timings: {} })
    metrics.access.commandSent(61, 'face')
    metrics.access.commandSent(7, 'card')
    metrics.access.commandSent(5, 'guard')
    metrics.access.commandSettled({ outcome: 'executed', reason: null, latencyMs: 74, way: 'face' })
    metrics.access.commandSettled({ outcome: 'refused', reason: 'expired', latencyMs: 900, way: 'face' })
    metrics.access.anomaly('late-result')
    metrics.transport.rejected('malformed', 'cam-1')
    metrics.transport.undelivered('offline', 'doorCommand', 'ctl-1')
    const { text, type } = await get('/metrics')
    expect(type).toContain('text/plain')
    const lines = text.split('\n')
    for (const line of [
      'gw_frames_received_total 2', 'gw_frames_dropped_total{reason="superseded"} 1',
      'gw_decisions_total{result="granted",reason="none",way="face"} 1', 'gw_decisions_total{result="refused",reason="not-live",way="face"} 1',
      'gw_decisions_total{result="refused",reason="wrong-pin",way="pin"} 1', 'gw_frame_to_command_ms_count 1', 'gw_presented_to_command_ms_sum{way="card"} 7',
      'gw_doors_opened_total 1', 'gw_commands_settled_total{outcome="refused",reason="expired"} 1', 'gw_access_anomalies_total{kind="late-result"} 1',
      'gw_messages_rejected_total{reason="malformed"} 1', 'gw_messages_undelivered_total{reason="offline",kind="doorCommand"} 1',
      'gw_frame_to_command_ms_sum 61', 'gw_frame_to_open_ms_sum 74', 'gw_frame_to_open_ms_count 1', 'gw_frame_to_command_ms_bucket{le="70"} 1',
      'gw_frame_to_command_ms_bucket{le="60"} 0', 'gw_stage_ms_sum{stage="embed"} 12', 'gw_log_seq{epoch="2"} 41', 'gw_backlog_records 3', 'gw_log_free_bytes 5000000', 'gw_refuses_frames 1',
      'gw_disk_reserve_held 1',
      'gw_roster_cursor 7', 'gw_server_last_contact_seconds 5', 'gw_devices_connected 2', 'gw_face_workers_ready 1', 'gw_face_worker_restarts_total 2',
      'gw_gallery_persons 2', 'gw_open 1',
    ]) expect(lines).toContain(line)
    expect(text).toMatch(/gw_event_loop_delay_ms\{quantile="0\.99"\} \d/)
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1])
    expect(names.every((name) => name?.startsWith('gw_'))).toBe(true)
    expect(new Set(names).size).toBe(names.length)
  })

  it('two gateways in one process count apart', async () => {
    const one = createGatewayMetrics()
    const other = createGatewayMetrics()
    one.frames.received('cam-1', 10)
    expect(await other.text(open)).toContain('gw_frames_received_total 0')
  })
})

async function control(change: Partial<ControlActions> = {}) {
  const dataDir = tempDir()
  const calls: unknown[] = []
  const actions: ControlActions = {
    status: async () => open,
    issueDevice: async (kind, id) => (calls.push(['issue', kind, id]), { caPem: 'ca', certPem: 'cert', keyPem: 'key', fingerprint: 'f', notAfterMs: 5 }),
    revokeDevice: async (id) => void calls.push(['revoke', id]),
    terminals: () => ({
      list: () => [],
      issue: async (order) => (calls.push(['terminal', order]), { kind: 'login', terminalId: order.id, userName: order.userName ?? order.id, password: 'p' }),
      revoke: async (id) => void calls.push(['revoke', id]),
    }),
    care: () => { throw new Error('not asked here') },
    backup: async () => (calls.push(['backup']), { file: 'f', bytes: 1, takenAtMs: 2, tookMs: 3 }),
    brokerFiles: async (folder) => (calls.push(['broker files', folder]), { acl: 'a', conf: 'c', caPem: 'ca', certPem: 'cert', keyPem: 'key' }),
    takings: () => { throw new Error('not asked here') },
    operators: () => ({
      list: async () => [],
      create: async (operator) => (calls.push(['operator', operator]), { operatorRef: uuid(9) }),
      disable: async (order) => {
        calls.push(['operator-out', order])
        if (order.loginName === 'nobody') throw gatewayError('GW_DESK_NOT_FOUND', { field: 'loginName' })
      },
    }),
    enrol: async (ref, photos) => {
      calls.push(['enrol', ref, photos.map((photo) => [...photo])])
      return { kind: 'enrolled', personRef: ref, consentId: 'c', templates: photos.length, liveness: [1] }
    },
    stop: () => void calls.push(['stop']),
    ...change,
  }
  const log = createRecordingLog()
  const server = createControlServer({ dataDir, actions, log })
  await server.start()
  onTestFinished(() => server.stop())
  return { dataDir, calls, client: createControlClient(dataDir), server, log }
}

const raw = (dataDir: string, path: string, type: string, body: string | Buffer): Promise<{ status: number; body: unknown }> => new Promise((resolve, reject) => {
  request({ socketPath: join(dataDir, 'control.sock'), method: 'POST', path, headers: { 'content-type': type, 'content-length': Buffer.byteLength(body) } }, (answer) => {
    let text = ''
    answer.on('data', (part) => { text += part })
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }))
  }).on('error', reject).end(body)
})

describe('control socket', () => {
  it('belongs to its owner alone', async () => {
    const { dataDir } = await control()
    expect(statSync(join(dataDir, 'control.sock')).mode & 0o777).toBe(0o600)
  })

  it('carries every command and its answer', async () => {
    const { client, calls } = await control()
    expect(await client.status()).toEqual({ ok: true, value: open })
    expect(await client.issueDevice('camera', 'cam-1')).toEqual({ ok: true, value: { caPem: 'ca', certPem: 'cert', keyPem: 'key', fingerprint: 'f', notAfterMs: 5 } })
    expect(await client.revokeDevice('cam-1')).toEqual({ ok: true, value: {} })
    expect(await client.enrol(personRef(1), [Buffer.from([1, 2, 3]), Buffer.from([4])]))
      .toEqual({ ok: true, value: { kind: 'enrolled', personRef: personRef(1), consentId: 'c', templates: 2, liveness: [1] } })
    expect(await client.stop()).toEqual({ ok: true, value: {} })
    expect(calls).toEqual([['issue', 'camera', 'cam-1'], ['revoke', 'cam-1'], ['enrol', personRef(1), [[1, 2, 3], [4]]], ['stop']])
  })

  it('carries operators of the desk, their names and passwords into no log', async () => {
    const { client, calls, log } = await control()
    const operator = { loginName: 'wang', displayName: '王师傅', role: 'guard', password: 'four-Horses-42' } as const
    expect(await client.operators()).toEqual({ ok: true, value: { operators: [] } })
    expect(await client.createOperator(operator)).toEqual({ ok: true, value: { operatorRef: uuid(9) } })
    expect(await client.createOperator({ ...operator, loginName: '王' })).toMatchObject({ ok: false, error: { code: 'GW_CONTROL_INVALID', details: { problem: expect.stringContaining('/loginName') } } })
    expect(await client.disableOperator({ loginName: 'wang', erase: true })).toEqual({ ok: true, value: {} })
    expect(await client.disableOperator({ loginName: 'nobody', erase: false })).toMatchObject({ ok: false, error: { code: 'GW_DESK_NOT_FOUND' } })
    expect(calls).toEqual([['operator', operator], ['operator-out', { loginName: 'wang', erase: true }], ['operator-out', { loginName: 'nobody', erase: false }]])
    expect(JSON.stringify(log.lines)).not.toMatch(/wang|王|Horses/)
  })

  it('carries a manager’s permission, both halves of it, and whose face it was', async () => {
    const seen: unknown[] = []
    const other = { personRef: personRef(2), displayName: '住户 2' }
    const { client, dataDir, log } = await control({
      enrol: async (_ref, _photos, options) => {
        seen.push(options)
        return { kind: 'refused', reason: 'duplicate', photo: null, detail: 'same', other }
      },
    })
    const allowDuplicate = { by: uuid(7), reason: '双胞胎' }
    expect(await client.enrol(personRef(1), [Buffer.from([1])], { allowDuplicate })).toMatchObject({ ok: true, value: { other } })
    expect(seen).toEqual([{ allowDuplicate }])
    expect(JSON.stringify(log.lines)).not.toContain(other.personRef)
    const path = `/v1/enrolments?personRef=${personRef(1)}&bytes=1`
    for (const [query, problem] of [[`&allowBy=${uuid(7)}`, '/allowReason'], ['&allowReason=twins', '/allowBy'], [`&allowBy=me&allowReason=twins`, '/allowBy']]) {
      expect(await raw(dataDir, `${path}${query}`, 'application/octet-stream', 'x'))
        .toMatchObject({ status: 400, body: { code: 'GW_CONTROL_INVALID', details: { problem: expect.stringContaining(String(problem)) } } })
    }
    expect(seen).toHaveLength(1)
  })

  it('takes five photos of the largest size', async () => {
    const { client } = await control({ enrol: async (ref, photos) => ({ kind: 'enrolled', personRef: ref, consentId: 'c', templates: photos.length, liveness: [] }) })
    const photo = Buffer.alloc(LIMITS.enrolPhotoBytesMax, 1)
    expect(await client.enrol(personRef(1), Array<Buffer>(5).fill(photo))).toMatchObject({ ok: true, value: { templates: 5 } })
  })

  it('hands on why something was refused', async () => {
    const { client } = await control({
      revokeDevice: () => Promise.reject(gatewayError('GW_DEVICE_UNKNOWN', { deviceId: 'cam-9' })),
      enrol: async () => ({ kind: 'refused', reason: 'no-consent', photo: null, detail: 'none' }),
    })
    expect(await client.revokeDevice('cam-9')).toEqual({ ok: false, error: { code: 'GW_DEVICE_UNKNOWN', message: expect.any(String), details: { deviceId: 'cam-9' } } })
    expect(await client.enrol(personRef(1), [Buffer.from([1])])).toEqual({ ok: true, value: { kind: 'refused', reason: 'no-consent', photo: null, detail: 'none' } })
  })

  it.each<[string, string, string, string | Buffer, string]>([
    ['a device id that is no slug', '/v1/devices', 'application/json', '{"kind":"camera","id":"CAM 1"}', '/id: must match pattern'],
    ['an unknown kind of device', '/v1/devices', 'application/json', '{"kind":"toaster","id":"cam-1"}', '/kind: must be'],
    ['a field too many', '/v1/revocations', 'application/json', '{"id":"cam-1","why":"x"}', 'why'],
    ['no JSON', '/v1/devices', 'application/json', '{', 'JSON'],
    ['a person that is no UUID', '/v1/enrolments?personRef=x&bytes=1', 'application/octet-stream', 'x', '/personRef'],
    ['photos that are shorter than announced', `/v1/enrolments?personRef=${personRef(1)}&bytes=5,9`, 'application/octet-stream', 'abc', 'bytes: 14 announced, 3 received'],
    ['photos of another type', `/v1/enrolments?personRef=${personRef(1)}&bytes=3`, 'image/jpeg', 'abc', 'Unsupported Media Type'],
  ])('refuses %s, naming it, and does nothing', async (_, path, type, body, problem) => {
    const { dataDir, calls } = await control()
    const answer = await raw(dataDir, path, type, body)
    expect(answer).toMatchObject({ status: 400, body: { code: 'GW_CONTROL_INVALID', details: { problem: expect.stringContaining(problem) } } })
    expect(calls).toEqual([])
  })

  it('writes no photo, key or person into the log but the pseudonym', async () => {
    const { client, log } = await control()
    await client.issueDevice('camera', 'cam-1')
    await client.enrol(personRef(1), [Buffer.from('photo-bytes')])
    expect(log.lines).toEqual([
      { level: 'info', message: 'control: a device certificate is issued', fields: { kind: 'camera', deviceId: 'cam-1' } },
      { level: 'info', message: 'control: enrolment', fields: { personRef: personRef(1), result: 'enrolled' } },
    ])
  })

  it('takes the place of a dead process\'s socket', async () => {
    const { dataDir, server } = await control()
    await server.stop()
    writeFileSync(join(dataDir, 'control.sock'), '')
    const again = createControlServer({ dataDir, actions: {} as ControlActions, log: createRecordingLog() })
    await again.start()
    await again.stop()
  })

  it('says that nobody is there', async () => {
    await expect(createControlClient(tempDir()).status()).rejects.toMatchObject({ code: 'GW_CONTROL_UNREACHABLE' })
  })

  it('says that the path is too long for a socket', async () => {
    const dataDir = join(tempDir(), 'd'.repeat(100))
    const server = createControlServer({ dataDir, actions: {} as ControlActions, log: createRecordingLog() })
    await expect(server.start()).rejects.toMatchObject({ code: 'GW_LISTEN', details: { problem: expect.stringContaining('at most 107') } })
  })
})

describe('logger', () => {
  it('writes JSON lines with the given clock, and no secret at the top or one level down', () => {
    const lines: string[] = []
    const clock = createVirtualClock()
    const log = createLogger({ level: 'info', clock, destination: { write: (line: string) => void lines.push(line) } })
    log.debug({}, 'not shown')
    log.child({ part: 'sync' }).info({ credential: 'c1', identity: { credential: 'c2', gatewayId: 'g' }, photo: 'p', count: 2 }, 'hello')
    log.error({ err: gatewayError('GW_DEVICE_UNKNOWN', { deviceId: 'cam-1' }) }, 'failed')
    expect(JSON.parse(lines[0] as string)).toEqual({
      level: 'info', time: clock.wallMs(), part: 'sync', credential: '[removed]', identity: { credential: '[removed]', gatewayId: 'g' }, photo: '[removed]', count: 2, msg: 'hello',
    })
    expect(JSON.parse(lines[1] as string)).toMatchObject({ level: 'error', msg: 'failed', err: { code: 'GW_DEVICE_UNKNOWN', details: { deviceId: 'cam-1' } } })
    expect(lines).toHaveLength(2)
  })
})
