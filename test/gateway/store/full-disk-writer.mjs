// Child process of the full disk test, started under a file size limit: writes until the disk refuses, goes on a
// little, and prints what it saw as one line of JSON.
// node full-disk-writer.mjs <compiled gateway-store.js> <database file>
import { pathToFileURL } from 'node:url'

const [, , modulePath, path] = process.argv
const { createGatewayStore } = await import(pathToFileURL(modulePath))
const { systemClock } = await import('#kernel/clock.js')
const { systemRandom } = await import('#kernel/random.js')
const { silentLogger } = await import('#kernel/log.js')
const { createIdSource } = await import('#kernel/ids.js')
const { GENESIS_HASH } = await import('#kernel/hash-chain.js')

const store = createGatewayStore({ path, templateKey: new Uint8Array(32).fill(7), clock: systemClock, random: systemRandom, log: silentLogger })
const ids = createIdSource({ clock: systemClock, random: systemRandom })
await store.open()
await store.saveIdentity({ gatewayId: '00000009-0000-7000-8000-000000000001', estateId: 'estate-1', credential: 'c'.repeat(43) })
await store.beginEpoch(1, GENESIS_HASH)
const bootId = ids.uuid()
const write = () => store.transact((tx) => tx.append({
  kind: 'device-status.v2', recordId: ids.uuid(), occurredAtMs: Date.now(), monoMs: performance.now(), bootId,
  deviceId: 'cam-1', deviceKind: 'camera', status: 'online', deviceBootId: null, clockOffsetMs: 0,
}))
let stored = 0
let failure
while (failure === undefined && stored < 100_000) {
  const group = await Promise.allSettled(Array.from({ length: 4 }, write))
  stored += group.filter((result) => result.status === 'fulfilled').length
  failure = group.find((result) => result.status === 'rejected')?.reason
}
const again = await Promise.allSettled(Array.from({ length: 4 }, write))
stored += again.filter((result) => result.status === 'fulfilled').length
process.stdout.write(JSON.stringify({ stored, code: failure?.code, headSeq: store.head().seq, backlog: await store.backlog() }))
process.kill(process.pid, 'SIGKILL')
