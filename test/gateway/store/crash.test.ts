import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { GENESIS_HASH, chainHash } from '#kernel/hash-chain.js'
import { seededRandom } from '#kernel/random.js'
import { compiled } from '../../support/compiled.js'
import { GATEWAY_ID, openStore } from '../../support/open-store.js'
import { tempDir } from '../../support/temp-dir.js'

const WRITER = fileURLToPath(new URL('./crash-writer.mjs', import.meta.url))

/** Runs the writer until it has told of `lines` durable records, then kills it; what it had told by its last breath. */
async function killedAfter(lines: number, path: string, round: number): Promise<Map<number, string>> {
  const child = spawn(process.execPath, [WRITER, compiled('gateway/store/gateway-store.js'), path, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
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
      const records = await store.recordsAfter(1, 0, 1_000_000)
      let previous = GENESIS_HASH
      for (const [index, record] of records.entries()) {
        if (record.seq !== index + 1 || record.hash !== chainHash(previous, { ...record, gatewayId: GATEWAY_ID })) throw new Error(`chain broken at ${record.seq}`)
        previous = record.hash
      }
      expect(store.head()).toMatchObject({ seq: records.length, hash: previous })
      const written = records.map((record) => (JSON.parse(record.payload) as { recordId: string }).recordId)
      for (const [seq, ref] of told) expect(written[seq - 1]).toBe(ref)
      expect((await store.roster()).persons.map((row) => row.personRef).sort()).toEqual([...written].sort())
      // The next round must see another unclean end, so this process ends its own use cleanly first.
      await store.close()
    }
    console.info(`5 kills, ${told.size} records told durable, none lost`)
  })
})
