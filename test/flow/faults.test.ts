import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sqlite3 from 'sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimReport } from '../../firmware-sim/run/sim-report.js'
import { type Child, eventually, startChild } from './support/child.js'
import { CAMERA, CONTROLLER, ESTATE, createEstateUnderTest, registerResident, withPhoto, type EstateUnderTest } from './support/estate-under-test.js'
import { createServerUnderTest, type ServerUnderTest } from './support/server-under-test.js'
import { createUplink, type Uplink } from './support/uplink.js'

const RESIDENT_FACES = ['s1-a', 's1-c']

interface EpochState {
  readonly epoch: number
  readonly contiguousSeq: number
  readonly headSeq: number
  readonly missing: unknown[]
  readonly chain: string
}

const all = <Row>(file: string, sql: string): Promise<Row[]> => new Promise((resolve, reject) => {
  const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY, (opening) => {
    if (opening !== null) return reject(opening)
    database.all<Row>(sql, (error, rows) => database.close(() => (error === null ? resolve(rows) : reject(error))))
  })
})

/** The simulator's devices go on the whole time while gateway, server and uplink are taken away in turn. */
describe('kill -9 of gateway and server and a cut uplink lose and repeat nothing', () => {
  let dir: string
  let server: ServerUnderTest
  let uplink: Uplink
  let estate: EstateUnderTest
  let devices: Child

  const epochs = async (): Promise<EpochState[]> =>
    (await server.api<{ gateways: Array<{ epochs: EpochState[] }> }>('GET', '/api/integrity')).gateways[0]?.epochs ?? []
  const contiguous = async (): Promise<number> => (await epochs()).reduce((sum, epoch) => sum + epoch.contiguousSeq, 0)
  const grows = async (what: string): Promise<void> => {
    const before = await contiguous()
    await eventually(what, async () => ((await contiguous()) > before + 3 ? true : undefined), 90_000)
  }

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'estate-faults-'))
    server = await createServerUnderTest(dir)
    await server.start()
    uplink = await createUplink(server.httpsPort())
    estate = await createEstateUnderTest(dir, server, uplink)
    await estate.start()
    for (const [index, faceId] of RESIDENT_FACES.entries()) {
      const { personRef } = await registerResident(server, `示例住户${index + 1}`)
      await withPhoto(dir, faceId, (file) => eventually('enrolment', async () => {
        const { code, stdout, stderr } = await estate.command('enrol', '--person', personRef, '--photo', file)
        if (code !== 0) throw new Error(`enrol: ${stdout}${stderr}`)
        return code
      }))
    }
    const files = (id: string): Record<string, string> => ({ caFile: join(dir, id, 'ca.pem'), certFile: join(dir, id, 'cert.pem'), keyFile: join(dir, id, 'key.pem') })
    await estate.issueDevice('camera', CAMERA)
    await estate.issueDevice('controller', CONTROLLER)
    const url = `mqtts://127.0.0.1:${estate.mqttPort()}`
    const devicesFile = join(dir, 'devices.json')
    writeFileSync(devicesFile, JSON.stringify({ devices: [
      { kind: 'camera', id: CAMERA, estateId: ESTATE, url, ...files(CAMERA), fps: 3, cast: { residents: RESIDENT_FACES, strangers: ['s4-b'], strangerShare: 0.2, groupShare: 0 } },
      { kind: 'controller', id: CONTROLLER, estateId: ESTATE, url, ...files(CONTROLLER), doors: 1 },
    ] }))
    devices = startChild('firmware-sim/main.js', ['--devices', devicesFile, '--seed', '7', '--heartbeat', '1', '--state', join(dir, 'sim'), '--json'])
    await devices.line('ready')
  })
  afterAll(async () => {
    await devices?.stop()
    await estate?.stop()
    await server?.stop()
    await uplink?.close()
    rmSync(dir, { recursive: true, force: true })
  })

  it('records arrive while all is well', () => grows('first records'))

  it('gateway killed: it comes back on its own log, and records arrive again', async () => {
    const port = estate.mqttPort()
    await estate.kill()
    await estate.start({ mqttPort: port })
    await grows('records after the gateway\'s return')
  })

  it('server killed: records wait at the gateway and arrive when it is back', async () => {
    await server.kill()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    await server.start()
    uplink.redirect(server.httpsPort())
    await grows('records after the server\'s return')
  })

  it('uplink cut for a while: the same', async () => {
    uplink.cut()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    uplink.restore()
    await grows('records after the uplink\'s return')
  })

  it('in the end every record of the gateway is at the server, once, in order, in one verified chain', { timeout: 150_000 }, async () => {
    const waiting = await eventually('an idle controller', async () => {
      const code = devices.running ? await devices.stop() : 0
      return code === 0 ? devices.lines.findLast((line) => 'framesSent' in line) as unknown as SimReport : undefined
    })
    expect(waiting).toMatchObject({ eventsLost: 0 })
    expect(waiting.doorsOpened).toBeGreaterThan(0)
    const head = await eventually('an empty backlog', async () => {
      const { stdout } = await estate.command('status', '--json')
      const { log } = JSON.parse(stdout) as { log: { seq: number; backlogRecords: number } }
      return log.backlogRecords === 0 ? log : undefined
    })
    const [epoch, ...others] = await epochs()
    expect(others).toEqual([])
    expect(epoch).toMatchObject({ epoch: 1, missing: [], chain: 'verified', brokenAtSeq: null, contiguousSeq: head.seq })
    await server.stop()
    const database = (await import('node:fs')).readdirSync(join(dir, 'server')).find((name) => name.endsWith('.db')) as string
    const rows = await all<{ kind: string; payload: string }>(join(dir, 'server', database), 'SELECT kind, payload FROM GatewayRecord ORDER BY epoch, seq')
    expect(rows).toHaveLength(head.seq)
    const bodies = rows.map((row) => JSON.parse(row.payload) as Record<string, unknown>)
    expect(new Set(bodies.map((body) => body['recordId'])).size).toBe(head.seq)

    const commanded = bodies.filter((body) => body['kind'] === 'door-command.v1')
    const granted = new Set(bodies.filter((body) => body['kind'] === 'passage.v1' && body['result'] === 'granted').map((body) => body['passageId']))
    expect(commanded.filter((body) => !granted.has(body['passageId']))).toEqual([])
    const executed = bodies.filter((body) => body['kind'] === 'command-outcome.v1' && body['outcome'] === 'executed').map((body) => body['commandId'])
    expect(new Set(executed).size).toBe(executed.length)
    // Every event that the gateway acknowledged to the controller is among the records (design invariant I1).
    const events = bodies.filter((body) => body['kind'] === 'door-event.v1').length
    const answers = bodies.filter((body) => body['kind'] === 'command-outcome.v1' && body['outcome'] !== 'no-answer').length
    expect(events + answers).toBeGreaterThanOrEqual(waiting.eventsAcknowledged)
    expect(bodies.filter((body) => body['kind'] === 'gateway-start.v1').map((body) => body['cleanShutdown'])).toEqual([true, false])
  })
})
