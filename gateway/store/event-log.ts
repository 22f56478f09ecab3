import { schemaError } from '#contract/codec.js'
import { RECORD_SCHEMAS, type RecordBody } from '#contract/sync-records.js'
import { type ChainHead, chainHash } from '#kernel/hash-chain.js'
import { LIMITS } from '#kernel/limits.js'
import { gatewayError } from '../errors.js'
import type { SqlConnection } from './sqlite.js'
import type { StoredRecord } from './types.js'

/** Newest records whose chain is recomputed at every start: what a crash or a hand on the file would have spoiled. */
const CHECKED_AT_OPEN = 1_000

/** The writing side of the append-only log. Its head moves with the transaction and is seen outside only once committed. */
export interface EventLog {
  /** @throws GW_STORE_CHAIN where the newest records do not follow each other */
  load(gatewayId: string | undefined): Promise<void>
  /** Inside a transaction. @throws GW_STORE_NO_EPOCH, GW_STORE_INVALID */
  append(body: RecordBody): Promise<{ epoch: number; seq: number; hash: string }>
  /** Inside a transaction. The same epoch with the same start again is no change. @throws GW_STORE_EPOCH */
  beginEpoch(gatewayId: string, epoch: number, startHash: string): Promise<void>
  head(): ChainHead | undefined
  mark(): () => void
  committed(): void
}

/** The exact text of a record. @throws GW_STORE_INVALID naming the field */
export function recordText(body: RecordBody): string {
  const schema = RECORD_SCHEMAS[body.kind]
  const error = schema === undefined ? '/kind: unknown' : schemaError(schema, body)
  if (error !== undefined) throw gatewayError('GW_STORE_INVALID', { kind: body.kind, error })
  const text = JSON.stringify(body)
  if (text.length > LIMITS.recordPayloadCharsMax) {
    throw gatewayError('GW_STORE_INVALID', { kind: body.kind, error: `(root): ${text.length} characters, at most ${LIMITS.recordPayloadCharsMax}` })
  }
  return text
}

async function verifyTail(connection: SqlConnection, head: ChainHead, startHash: string): Promise<void> {
  const newest = await connection.all<StoredRecord>(
    'SELECT epoch, seq, payload, hash FROM log_record WHERE epoch = ? ORDER BY seq DESC LIMIT ?', [head.epoch, CHECKED_AT_OPEN + 1])
  for (const [index, record] of newest.entries()) {
    const before = newest[index + 1]
    if (before === undefined && record.seq !== 1) return
    const previousHash = before?.hash ?? startHash
    const follows = before === undefined || before.seq === record.seq - 1
    if (!follows || chainHash(previousHash, { ...record, gatewayId: head.gatewayId }) !== record.hash) {
      throw gatewayError('GW_STORE_CHAIN', { epoch: record.epoch, seq: record.seq })
    }
  }
}

export function createEventLog(connection: SqlConnection): EventLog {
  let seen: ChainHead | undefined
  let written: ChainHead | undefined
  return {
    async load(gatewayId) {
      const [epoch] = await connection.all<{ epoch: number; startHash: string }>(
        'SELECT epoch, start_hash AS startHash FROM log_epoch ORDER BY epoch DESC LIMIT 1')
      if (epoch === undefined || gatewayId === undefined) return
      const [last] = await connection.all<{ seq: number; hash: string }>(
        'SELECT seq, hash FROM log_record WHERE epoch = ? ORDER BY seq DESC LIMIT 1', [epoch.epoch])
      seen = written = { gatewayId, epoch: epoch.epoch, seq: last?.seq ?? 0, hash: last?.hash ?? epoch.startHash }
      await verifyTail(connection, seen, epoch.startHash)
    },
    async append(body) {
      const payload = recordText(body)
      if (written === undefined) throw gatewayError('GW_STORE_NO_EPOCH')
      const { gatewayId, epoch } = written
      const seq = written.seq + 1
      const hash = chainHash(written.hash, { gatewayId, epoch, seq, payload })
      await connection.run('INSERT INTO log_record (epoch, seq, payload, hash) VALUES (?, ?, ?, ?)', [epoch, seq, payload, hash])
      written = { gatewayId, epoch, seq, hash }
      return { epoch, seq, hash }
    },
    async beginEpoch(gatewayId, epoch, startHash) {
      const [held] = await connection.all<{ startHash: string }>('SELECT start_hash AS startHash FROM log_epoch WHERE epoch = ?', [epoch])
      if (held?.startHash === startHash && written?.epoch === epoch) return
      if (written !== undefined && epoch <= written.epoch) throw gatewayError('GW_STORE_EPOCH', { epoch, epochHeld: written.epoch })
      await connection.run('INSERT INTO log_epoch (epoch, start_hash) VALUES (?, ?)', [epoch, startHash])
      written = { gatewayId, epoch, seq: 0, hash: startHash }
    },
    head: () => seen,
    mark() {
      const before = written
      return () => {
        written = before
      }
    },
    committed() {
      seen = written
    },
  }
}
