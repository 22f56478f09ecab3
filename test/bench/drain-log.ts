import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sqlite3 from 'sqlite3'
import type { RecordBody } from '#contract/sync-records.js'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { silentLogger } from '#kernel/log.js'
import { systemRandom } from '#kernel/random.js'
import { createGatewayStore } from '../../gateway/store/gateway-store.js'
import { passages } from './access-log/passages.js'
import { round } from './timing.js'

const RECORDS_PER_TRANSACTION = 1_000
const FLOOR_ROWS = 100_000
const BATCH_ROWS = 500

/** What a gate writes for each who comes: the passage, the command, its outcome, and what the door did. */
function* estateRecords(rows: number): Generator<RecordBody> {
  const ids = createIdSource({ clock: systemClock, random: systemRandom })
  const bootId = ids.uuid()
  const nowMs = systemClock.wallMs()
  let left = rows
  for (const { record: { body: passage } } of passages(Math.ceil(rows / 7))) {
    const { gateId, passageId } = passage
    const common = (): { recordId: string; occurredAtMs: number; monoMs: number; bootId: string } => ({ recordId: ids.uuid(), occurredAtMs: nowMs, monoMs: passage.monoMs, bootId })
    const commandId = ids.uuid()
    const door = { gateId, deviceId: 'ctl-1', deviceBootId: bootId, doorNo: 1 } as const
    const records: RecordBody[] = [
      { ...passage, ...common(), passageId: ids.uuid() },
      { kind: 'door-command.v1', ...common(), commandId, passageId, ...door, deadlineMonoMs: 1 },
      { kind: 'command-outcome.v1', ...common(), commandId, passageId, gateId, deviceId: 'ctl-1', outcome: 'executed', reason: null, latencyMs: 80 },
      ...(['relay-released', 'opened', 'closed', 'relay-locked'] as const).map((type): RecordBody =>
        ({ kind: 'door-event.v1', ...common(), eventId: ids.uuid(), ...door, type, deviceWallMs: nowMs, live: true })),
    ]
    for (const record of records) {
      if (left-- <= 0) return
      yield record
    }
  }
}

/** Writes so many records into the log of a gateway that does not run, as the gateway itself does. */
export async function fillLog(dataDir: string, rows: number): Promise<{ seconds: number; recordsPerSecond: number }> {
  const templateKey = Buffer.from(readFileSync(join(dataDir, 'keys', 'template.key'), 'utf8').trim(), 'hex')
  const store = createGatewayStore({ path: join(dataDir, 'gateway.db'), templateKey, clock: systemClock, random: systemRandom, log: silentLogger })
  await store.open()
  const beganMs = performance.now()
  const records = estateRecords(rows)
  for (let written = 0; written < rows; written += RECORDS_PER_TRANSACTION) {
    await store.transact(async (tx) => {
      for (let n = 0; n < RECORDS_PER_TRANSACTION; n++) {
        const next = records.next()
        if (next.done === true) return
        await tx.append(next.value)
      }
    })
  }
  const seconds = (performance.now() - beganMs) / 1_000
  await store.close()
  return { seconds: round(seconds), recordsPerSecond: round(rows / seconds) }
}

type Sql = (sql: string, params?: readonly unknown[]) => Promise<void>

/** What the disk and SQLite alone reach: the same texts in the same batches into a bare table, each batch durable. */
export async function bareInserts(folder: string): Promise<{ rows: number; rowsPerSecond: number }> {
  const database = new sqlite3.Database(join(folder, 'floor.db'))
  const sql: Sql = (text, params = []) => new Promise((resolve, reject) => database.run(text, params, (error) => (error === null ? resolve() : reject(error))))
  await sql('PRAGMA journal_mode = WAL')
  await sql('PRAGMA synchronous = FULL')
  await sql('CREATE TABLE record (gateway TEXT, epoch INTEGER, seq INTEGER, kind TEXT, payload TEXT, hash TEXT, received INTEGER, PRIMARY KEY (gateway, epoch, seq))')
  const rows = [...estateRecords(FLOOR_ROWS)].map((record, index) => ['0194', 1, index, record.kind, JSON.stringify(record), 'f'.repeat(64), index])
  const columns = [0, 1, 2, 3, 4, 5, 6].map((at) => `json_extract(value, '$[${at}]')`).join(', ')
  const beganMs = performance.now()
  for (let from = 0; from < rows.length; from += BATCH_ROWS) await sql(`INSERT INTO record SELECT ${columns} FROM json_each(?)`, [JSON.stringify(rows.slice(from, from + BATCH_ROWS))])
  const seconds = (performance.now() - beganMs) / 1_000
  await new Promise<void>((resolve) => database.close(() => resolve()))
  return { rows: rows.length, rowsPerSecond: round(rows.length / seconds) }
}
