import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sqlite3 from 'sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimReport } from '../../firmware-sim/run/sim-report.js'
import { type Child, eventually } from './support/child.js'
import { type RunningSystem, startSystem } from './support/running-system.js'

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
  let system: RunningSystem
  let devices: Child

  const epochs = async (): Promise<EpochState[]> =>
    (await system.server.api<{ gateways: Array<{ epochs: EpochState[] }> }>('GET', '/api/integrity')).gateways[0]?.epochs ?? []
  const contiguous = async (): Promise<number> => (await epochs()).reduce((sum, epoch) => sum + epoch.contiguousSeq, 0)
  const grows = async (what: string): Promise<void> => {
    const before = await contiguous()
    await eventually(what, async () => ((await contiguous()) > before + 3 ? true : undefined), 90_000)
  }

  beforeAll(async () => {
    system = await startSystem('faults')
    for (const [index, faceId] of RESIDENT_FACES.entries()) await system.enrolled(`示例住户${index + 1}`, faceId)
    devices = await system.devices({ residents: RESIDENT_FACES, strangers: ['s4-b'] })
  })
  afterAll(() => system?.stop())

  it('records arrive while all is well', () => grows('first records'))

  it('gateway killed: it comes back on its own log, and records arrive again', async () => {
    const port = system.estate.mqttPort()
    await system.estate.kill()
    await system.estate.start({ mqttPort: port })
    await grows('records after the gateway\'s return')
  })

  it('server killed: records wait at the gateway and arrive when it is back', async () => {
    await system.server.kill()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    await system.server.start()
    system.uplink.redirect(system.server.httpsPort())
    await grows('records after the server\'s return')
  })

  it('uplink cut for a while: the same', async () => {
    system.uplink.cut()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    system.uplink.restore()
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
      const { stdout } = await system.estate.command('status', '--json')
      const { log } = JSON.parse(stdout) as { log: { seq: number; backlogRecords: number } }
      return log.backlogRecords === 0 ? log : undefined
    })
    const [epoch, ...others] = await epochs()
    expect(others).toEqual([])
    expect(epoch).toMatchObject({ epoch: 1, missing: [], chain: 'verified', brokenAtSeq: null, contiguousSeq: head.seq })
    await system.server.stop()
    const database = readdirSync(join(system.dir, 'server')).find((name) => name.endsWith('.db')) as string
    const rows = await all<{ kind: string; payload: string }>(join(system.dir, 'server', database), 'SELECT kind, payload FROM GatewayRecord ORDER BY epoch, seq')
    expect(rows).toHaveLength(head.seq)
    const bodies = rows.map((row) => JSON.parse(row.payload) as Record<string, unknown>)
    expect(new Set(bodies.map((body) => body['recordId'])).size).toBe(head.seq)

    const commanded = bodies.filter((body) => body['kind'] === 'door-command.v1')
    const granted = new Set(bodies.filter((body) => body['kind'] === 'passage.v2' && body['result'] === 'granted').map((body) => body['passageId']))
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
