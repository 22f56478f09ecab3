import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock.js'
import { GENESIS_HASH, chainHash, signHead } from '#kernel/hash-chain.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { openDatabase } from '../../server/db/client.js'
import { migrate } from '../../server/db/migrate.js'
import type { Database } from '../../server/db/transaction.js'
import { createProofService } from '../../server/integrity/proof-service.js'
import { packageRoot } from '../../server/package-root.js'
import { insertEpoch } from '../../server/sync/epoch-repository.js'
import { newEpochState } from '../../server/sync/epoch-rules.js'
import { insertRecords } from '../../server/sync/record-repository.js'
import { passages } from './access-log/passages.js'
import { round } from './timing.js'

const BATCH_ROWS = 5_000

/** One gateway whose log has so many passages, chained and signed as a gateway does. */
async function fill(db: Database, rows: number): Promise<string> {
  const ids = createIdSource({ clock: systemClock, random: systemRandom })
  const [estateId, gatewayId, nowMs] = ['estate-1', ids.uuid(), systemClock.wallMs()]
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signingPublicKey = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  await db.transact(async (tx) => {
    await tx.estate.create({ data: { id: estateId, name: estateId, district: '蓬江区', createdAtMs: 0n } })
    await tx.gateway.create({ data: { gatewayId, estateId, name: 'bench', signingPublicKey, createdAtMs: 0n } })
  })
  let hash = GENESIS_HASH
  let seq = 0
  let batch: Parameters<typeof insertRecords>[1][number][] = []
  const store = async (): Promise<void> => {
    const full = batch
    batch = []
    await db.transact((tx) => insertRecords(tx, full, nowMs))
  }
  for (const { record: { body } } of passages(rows)) {
    const payload = JSON.stringify(body)
    seq += 1
    hash = chainHash(hash, { gatewayId, epoch: 1, seq, payload })
    batch.push({ gatewayId, epoch: 1, seq, kind: body.kind, payload, hash })
    if (batch.length === BATCH_ROWS) await store()
  }
  await store()
  const headSignature = signHead({ gatewayId, epoch: 1, seq, hash }, privateKey)
  const state = { ...newEpochState(1, GENESIS_HASH), contiguousSeq: seq, contiguousHash: hash, headSeq: seq, headHash: hash, headSignature }
  await db.transact((tx) => insertEpoch(tx, gatewayId, state, nowMs))
  return gatewayId
}

/** How long it takes to prove the whole log of one gateway; then one record in its middle is changed, and it must be found. */
export async function benchVerify(rows: number) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-verify-'))
  const url = `file:${join(folder, 'server.db')}`
  await migrate({ url, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock: systemClock, ids: createIdSource({ clock: systemClock, random: systemRandom }) })
  const db = await openDatabase(url)
  try {
    const gatewayId = await fill(db, rows)
    const fileMb = round((await stat(join(folder, 'server.db'))).size / 1_048_576)
    const proofs = createProofService({ read: db.read, clock: systemClock })
    const whole = await proofs.prove(gatewayId)
    const middle = Math.ceil(rows / 2)
    await db.transact((tx) => tx.gatewayRecord.update({ where: { gatewayId_epoch_seq: { gatewayId, epoch: 1, seq: BigInt(middle) } }, data: { payload: '{}' } }))
    const changed = await proofs.prove(gatewayId)
    return {
      rows, fileMb, verdict: whole.verdict, seconds: round(whole.tookMs / 1_000), rowsPerSecond: round(rows / (whole.tookMs / 1_000)),
      rssMb: round(process.memoryUsage().rss / 1_048_576), changed: { seq: middle, verdict: changed.verdict, foundAtSeq: changed.epochs[0]?.brokenAtSeq ?? null, seconds: round(changed.tookMs / 1_000) },
    }
  } finally {
    await db.close()
    await rm(folder, { recursive: true, force: true })
  }
}
