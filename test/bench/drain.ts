import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sqlite3 from 'sqlite3'
import { eventually } from '../flow/support/child.js'
import { CONTROLLER, type EstateUnderTest, createEstateUnderTest } from '../flow/support/estate-under-test.js'
import { missing } from '../flow/support/gateway-rig.js'
import { createServerUnderTest } from '../flow/support/server-under-test.js'
import { createUplink } from '../flow/support/uplink.js'
import { connectDevice } from '../flow/support/wire-device.js'
import { bareInserts, fillLog } from './drain-log.js'
import { memoryOf } from './memory.js'
import { round } from './timing.js'

const SAMPLE_MS = 1_000
const DRAIN_MS_MAX = 3_600_000
/** The new event is sent once so much of the backlog has gone: the drain is in full swing. */
const PROBE_AT = 0.2

interface Sample {
  readonly seconds: number
  readonly backlog: number
  readonly gatewayMiB: number
  readonly serverMiB: number
}

const backlogOf = async (estate: EstateUnderTest): Promise<number> => {
  const { log } = await (await fetch(`http://127.0.0.1:${estate.opsPort()}/health`)).json() as { log: { backlogRecords: number } | null }
  return log?.backlogRecords ?? Number.NaN
}

const first = <Row>(file: string, sql: string, params: readonly unknown[] = []): Promise<Row | undefined> => new Promise((resolve, reject) => {
  const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY, (opening) => {
    if (opening !== null) return reject(opening)
    database.get<Row>(sql, params, (error, row) => database.close(() => (error === null ? resolve(row) : reject(error))))
  })
})

/** A door event that happens while the backlog drains: milliseconds from the device's send to its row at the server. */
async function timeOfNewEvent(estate: EstateUnderTest, certificates: string, serverFile: string): Promise<number> {
  const device = await connectDevice(estate.mqttPort(), 'controller', CONTROLLER, certificates)
  const eventId = randomUUID()
  const sentMs = performance.now()
  await device.say('doorEvent', { v: 1, eventId, bootId: randomUUID(), monoMs: 1, wallMs: Date.now(), doorNo: 1, type: 'opened', live: true })
  await eventually('the new event at the server', async () => (await first(serverFile, 'SELECT 1 AS there FROM DoorEvent WHERE eventId = ?', [eventId])) ?? undefined, DRAIN_MS_MAX)
  const tookMs = performance.now() - sentMs
  await device.close()
  return Math.round(tookMs)
}

const peak = (samples: readonly Sample[], of: 'gatewayMiB' | 'serverMiB'): number => Math.max(...samples.map((sample) => sample[of]))

/**
 * A gateway with so many undelivered records, filled by its own store, and a real server: how fast they get there, what
 * memory both take, how soon a new event is there, and what bare SQLite reaches on this disk in the same run.
 */
export async function benchDrain(rows: number) {
  const absent = missing()
  if (absent !== undefined) throw new Error(absent)
  const folder = mkdtempSync(join(tmpdir(), 'bench-drain-'))
  const server = await createServerUnderTest(folder)
  await server.start()
  const uplink = await createUplink(server.httpsPort())
  const estate = await createEstateUnderTest(folder, server, uplink)
  try {
    await estate.start()
    const certificates = await estate.issueDevice('controller', CONTROLLER)
    await eventually('an empty backlog', async () => ((await backlogOf(estate)) === 0 ? true : undefined))
    await estate.stop()
    const filled = await fillLog(join(folder, 'gateway'), rows)
    const logMiB = Math.round(statSync(join(folder, 'gateway', 'gateway.db')).size / 1_048_576)
    const serverFile = join(folder, 'server', readdirSync(join(folder, 'server')).find((name) => name.endsWith('.db')) as string)
    await estate.start()

    const beganMs = performance.now()
    const samples: Sample[] = []
    let probe: Promise<number> | undefined
    for (;;) {
      const backlog = await backlogOf(estate)
      const seconds = round((performance.now() - beganMs) / 1_000)
      samples.push({ seconds, backlog, gatewayMiB: memoryOf(estate.pid()).rssMiB, serverMiB: memoryOf(server.pid()).rssMiB })
      if (backlog <= rows * (1 - PROBE_AT)) probe ??= timeOfNewEvent(estate, certificates, serverFile)
      if (backlog === 0) break
      if (seconds * 1_000 > DRAIN_MS_MAX) throw new Error(`not drained within an hour: ${backlog} left`)
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
    }
    const drainSeconds = (samples.at(-1) as Sample).seconds
    const atStart = samples[0] as Sample
    const newEventMs = await probe
    const counted = await first<{ n: number; top: number }>(serverFile, 'SELECT count(*) AS n, max(seq) AS top FROM GatewayRecord')
    const epochs = await first<{ contiguous: number; duplicates: number; ahead: string }>(serverFile, 'SELECT contiguousSeq AS contiguous, duplicates, ahead FROM GatewayEpoch')
    await estate.stop()
    const floor = await bareInserts(folder)
    const recordsPerSecond = round((atStart.backlog - (samples.at(-1) as Sample).backlog) / drainSeconds)
    return {
      rows, logMiB, filled, drainSeconds, recordsPerSecond, atServer: counted?.n ?? 0, gapless: counted?.n === counted?.top && counted?.top === epochs?.contiguous, duplicates: epochs?.duplicates,
      newEventAtServerMs: newEventMs, gatewayPeakMiB: peak(samples, 'gatewayMiB'), serverPeakMiB: peak(samples, 'serverMiB'), bareSqlite: floor, ofBareSqlite: round(recordsPerSecond / floor.rowsPerSecond),
      curve: samples.filter((_, index) => index % Math.ceil(samples.length / 40) === 0),
    }
  } finally {
    await estate.kill()
    await server.kill()
    await uplink.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
