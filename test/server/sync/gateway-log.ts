import { type KeyObject, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { RecordsRequestV1, SignedHeadV1, SyncRecordV1 } from '#contract/sync-api.js'
import { GENESIS_HASH, chainHash, signHead } from '#kernel/hash-chain.js'

/** A gateway's side of the log, written by the rules of the chain alone: an Ed25519 key and epochs of records. */
export interface GatewayLog {
  readonly gatewayId: string
  /** SPKI DER, base64. */
  readonly publicKeyText: string
  /** Appends records: an object becomes its JSON, a text stays as it is. */
  append(...contents: ReadonlyArray<object | string>): void
  /** Goes on in another epoch. */
  beginEpoch(epoch: number, startHash: string): void
  /** Forgets everything after `seq` of the current epoch, as a disk restored from an older copy would. */
  forgetAfter(seq: number): void
  readonly epoch: number
  readonly lastSeq: number
  hashAt(seq: number, epoch?: number): string
  head(seq?: number, epoch?: number): SignedHeadV1
  /** The records `from`…`to` as an upload under the head at `headSeq`, by default the log's last. */
  batch(from: number, to: number, headSeq?: number, epoch?: number): RecordsRequestV1
}

interface EpochLog {
  readonly startHash: string
  readonly records: SyncRecordV1[]
}

export function createGatewayLog(gatewayId: string, startHash = GENESIS_HASH): GatewayLog {
  const { privateKey } = generateKeyPairSync('ed25519')
  return continueLog(gatewayId, privateKey, startHash)
}

function continueLog(gatewayId: string, privateKey: KeyObject, firstHash: string): GatewayLog {
  const epochs = new Map<number, EpochLog>([[1, { startHash: firstHash, records: [] }]])
  let current = 1
  const logOf = (epoch: number): EpochLog => {
    const log = epochs.get(epoch)
    if (log === undefined) throw new RangeError(`no epoch ${epoch}`)
    return log
  }
  const hashAt = (seq: number, epoch = current): string => {
    const { startHash, records } = logOf(epoch)
    return seq === 0 ? startHash : (records[seq - 1] as SyncRecordV1).hash
  }
  const head = (seq = logOf(current).records.length, epoch = current): SignedHeadV1 => {
    const hash = hashAt(seq, epoch)
    return { epoch, seq, hash, signature: signHead({ gatewayId, epoch, seq, hash }, privateKey) }
  }
  return {
    gatewayId,
    publicKeyText: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64'),
    append(...contents) {
      const { records } = logOf(current)
      for (const content of contents) {
        const seq = records.length + 1
        const payload = typeof content === 'string' ? content : JSON.stringify(content)
        records.push({ seq, payload, hash: chainHash(hashAt(seq - 1), { gatewayId, epoch: current, seq, payload }) })
      }
    },
    beginEpoch(epoch, startHash) {
      epochs.set(epoch, { startHash, records: [] })
      current = epoch
    },
    forgetAfter(seq) {
      logOf(current).records.length = seq
    },
    get epoch() {
      return current
    },
    get lastSeq() {
      return logOf(current).records.length
    },
    hashAt,
    head,
    batch: (from, to, headSeq, epoch = current) => ({
      epoch, previousHash: hashAt(from - 1, epoch), records: logOf(epoch).records.slice(from - 1, to),
      head: head(headSeq ?? logOf(epoch).records.length, epoch),
    }),
  }
}

/** The batch with one record's payload changed and its hash left as it was. */
export function withPayload(batch: RecordsRequestV1, seq: number, payload: string): RecordsRequestV1 {
  return { ...batch, records: batch.records.map((record) => (record.seq === seq ? { ...record, payload } : record)) }
}
