import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { GENESIS_HASH, chainHash } from '#kernel/hash-chain.js'
import { seededRandom } from '#kernel/random.js'
import type { GatewayStore, StoredRecord } from '../../../gateway/store/types.js'
import { statusRecord } from '../../support/factories.js'
import { compiled } from '../../support/compiled.js'
import { GATEWAY_ID, openStore } from '../../support/open-store.js'
import { tempDir } from '../../support/temp-dir.js'

const scriptPath = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** All records of epoch 1, after looking that each follows the one before and the head is the last. */
async function wholeChain(store: GatewayStore): Promise<readonly StoredRecord[]> {
  const records = await store.recordsAfter(1, 0, 1_000_000)
  let previous = GENESIS_HASH
  for (const [index, record] of records.entries()) {
    if (record.seq !== index + 1 || record.hash !== chainHash(previous, { ...record, gatewayId: GATEWAY_ID })) throw new Error(`chain broken at ${record.seq}`)
    previous = record.hash
  }
  expect(store.head()).toMatchObject({ seq: records.length, hash: previous })
  return records
}

/** Runs the writer until it has told of `lines` durable records, then kills it; what it had told by its last breath. */
async function killedAfter(lines: number, path: string, round: number): Promise<Map<number, string>> {
  const args = [scriptPath('./crash-writer.mjs'), compiled('gateway/store/gateway-store.js'), path, String(round)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const told = new Map<number, string>()
  const closed = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) {
    const [seq, personRef] = line.split(' ')
    // The kill may cut the last line: only whole ones count.
    if (personRef?.length === 36) told.set(Number(seq), personRef)
    if (told.size === lines) child.kill('SIGKILL')
  }
  expect(await closed).toEqual([null, 'SIGKILL'])
  return told
}

describe('kill -9 in the middle of commits', () => {
  it('loses nothing that was told durable, and leaves a gapless chain with whole transactions', { timeout: 120_000 }, async () => {
    const path = join(tempDir(), 'gateway.db')
    const random = seededRandom(20_260_105)
    const told = new Map<number, string>()
    for (let round = 0; round < 5; round++) {
      for (const [seq, ref] of await killedAfter(20 + Math.floor(random.float() * 400), path, round)) told.set(seq, ref)
      const store = await openStore({ path })
      expect(store.wasCleanShutdown()).toBe(false)
      const written = (await wholeChain(store)).map((record) => (JSON.parse(record.payload) as { recordId: string }).recordId)
      for (const [seq, ref] of told) expect(written[seq - 1]).toBe(ref)
      expect((await store.roster()).persons.map((row) => row.personRef).sort()).toEqual([...written].sort())
      // The next round must see another unclean end, so this process ends its own use cleanly first.
      await store.close()
    }
    console.info(`5 kills, ${told.size} records told durable, none lost`)
  })
})

describe('a disk that refuses the commit itself', () => {
  it('fails the whole group, moves no head, and the file goes on from what was told durable', { timeout: 120_000 }, async (ctx) => {
    if (process.platform === 'win32') return ctx.skip('needs a shell with ulimit')
    const path = join(tempDir(), 'gateway.db')
    // POSIX counts 512-byte blocks: no file, so not the write-ahead log either, grows over 1 MiB.
    const child = spawn('/bin/sh', ['-c', 'ulimit -f 2048; exec "$@"', 'sh', process.execPath, scriptPath('./full-disk-writer.mjs'),
      compiled('gateway/store/gateway-store.js'), path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    let text = ''
    for await (const chunk of child.stdout) text += String(chunk)
    await closed
    const saw = JSON.parse(text) as { stored: number; code: string; headSeq: number; backlog: number }
    expect(saw).toEqual({ stored: saw.stored, code: expect.stringMatching(/^GW_STORE_(COMMIT|FULL)$/), headSeq: saw.stored, backlog: saw.stored })
    expect(saw.stored).toBeGreaterThan(20)
    const store = await openStore({ path })
    expect((await wholeChain(store)).length).toBe(saw.stored)
    expect(await store.transact((tx) => tx.append(statusRecord(1)))).toMatchObject({ epoch: 1, seq: saw.stored + 1 })
  })
})
