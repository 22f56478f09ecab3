import { gatewayError } from '../errors.js'
import { prunePayments } from './payment-tables.js'
import type { SqlConnection } from './sqlite.js'
import type { GatewayStore, PruneLimits, StoredRecord } from './types.js'

/** Rows that one transaction of a clean-up deletes: a few milliseconds, so that a grant never waits long behind it. */
const PRUNED_AT_ONCE = 2_000

async function readRecords(connection: SqlConnection, epoch: number, seq: number, limit: number): Promise<StoredRecord[]> {
  return connection.all<StoredRecord>('SELECT epoch, seq, payload, hash FROM log_record WHERE epoch = ? AND seq > ? ORDER BY seq LIMIT ?', [epoch, seq, limit])
}

async function readHash(connection: SqlConnection, epoch: number, seq: number): Promise<string> {
  const [row] = seq === 0
    ? await connection.all<{ hash: string }>('SELECT start_hash AS hash FROM log_epoch WHERE epoch = ?', [epoch])
    : await connection.all<{ hash: string }>('SELECT hash FROM log_record WHERE epoch = ? AND seq = ?', [epoch, seq])
  if (row === undefined) throw gatewayError('GW_STORE_NO_RECORD', { epoch, seq })
  return row.hash
}

interface Position { readonly epoch: number; readonly ackedSeq: number; readonly lastSeq: number }

const readPositions = (connection: SqlConnection): Promise<Position[]> => connection.all<Position>(
  `SELECT e.epoch, e.acked_seq AS ackedSeq, coalesce((SELECT max(r.seq) FROM log_record r WHERE r.epoch = e.epoch), 0) AS lastSeq
    FROM log_epoch e ORDER BY e.epoch`)

async function readUploadPosition(connection: SqlConnection, afterEpoch: number): ReturnType<GatewayStore['uploadPosition']> {
  return (await readPositions(connection)).find((position) => position.epoch > afterEpoch && position.lastSeq > position.ackedSeq)
}

async function readBacklog(connection: SqlConnection): Promise<number> {
  return (await readPositions(connection)).reduce((sum, position) => sum + position.lastSeq - position.ackedSeq, 0)
}

/** What the log has for the server. */
export const outboxReads = (
  read: <T>(work: (connection: SqlConnection) => Promise<T>) => Promise<T>,
): Pick<GatewayStore, 'recordsAfter' | 'hashAt' | 'uploadPosition' | 'backlog'> => ({
  recordsAfter: (epoch, seq, limit) => read((connection) => readRecords(connection, epoch, seq, limit)),
  hashAt: (epoch, seq) => read((connection) => readHash(connection, epoch, seq)),
  uploadPosition: (afterEpoch = 0) => read((connection) => readUploadPosition(connection, afterEpoch)),
  backlog: () => read(readBacklog),
})

/** Inside a transaction. */
export async function writeUploaded(connection: SqlConnection, epoch: number, contiguousSeq: number): Promise<void> {
  const position = (await readPositions(connection)).find((candidate) => candidate.epoch === epoch)
  if (position === undefined || !Number.isSafeInteger(contiguousSeq) || contiguousSeq > position.lastSeq) {
    throw gatewayError('GW_STORE_ACK_AHEAD', { epoch, contiguousSeq, lastSeq: position?.lastSeq ?? null })
  }
  if (contiguousSeq > position.ackedSeq) await connection.run('UPDATE log_epoch SET acked_seq = ? WHERE epoch = ?', [contiguousSeq, epoch])
}

/** One small step of the clean-up, inside a transaction; 0 where nothing is left to do. */
export async function pruneStep(connection: SqlConnection, limits: PruneLimits): Promise<number> {
  for (const { epoch, ackedSeq } of await readPositions(connection)) {
    const oldest = await connection.all<{ seq: number; occurredAtMs: number }>(
      `SELECT seq, json_extract(payload, '$.occurredAtMs') AS occurredAtMs FROM log_record WHERE epoch = ? AND seq < ? ORDER BY seq LIMIT ?`,
      [epoch, ackedSeq, PRUNED_AT_ONCE])
    const young = oldest.find((record) => record.occurredAtMs >= limits.recordsBeforeMs)
    const keepFrom = young?.seq ?? (oldest.at(-1)?.seq ?? 0) + 1
    const removed = await connection.run('DELETE FROM log_record WHERE epoch = ? AND seq < ? AND seq < ?', [epoch, keepFrom, ackedSeq])
    if (removed > 0) return removed
  }
  return (await connection.run(`DELETE FROM device_event WHERE (device_id, event_id) IN
      (SELECT device_id, event_id FROM device_event WHERE claimed_at_ms < ? LIMIT ?)`, [limits.claimsBeforeMs, PRUNED_AT_ONCE]))
    + (await connection.run(`DELETE FROM command WHERE command_id IN
      (SELECT command_id FROM command WHERE issued_at_ms < ? AND state <> 'issued' LIMIT ?)`, [limits.claimsBeforeMs, PRUNED_AT_ONCE]))
    + (await connection.run(`DELETE FROM server_order WHERE order_id IN
      (SELECT order_id FROM server_order WHERE begun_at_ms < ? AND stage = 'done' LIMIT ?)`, [limits.claimsBeforeMs, PRUNED_AT_ONCE]))
    + (await prunePayments(connection, limits.claimsBeforeMs, PRUNED_AT_ONCE))
}
