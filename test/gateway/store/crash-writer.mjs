// Child process of the crash test: writes as fast as it can and prints each seq only once it is durable.
// node crash-writer.mjs <compiled gateway-store.js> <database file> <first number>
import { pathToFileURL } from 'node:url'

const [, , modulePath, path, firstNumber] = process.argv
const { createGatewayStore } = await import(pathToFileURL(modulePath))
const { systemClock } = await import('#kernel/clock.js')
const { systemRandom } = await import('#kernel/random.js')
const { silentLogger } = await import('#kernel/log.js')
const { createIdSource } = await import('#kernel/ids.js')
const { GENESIS_HASH } = await import('#kernel/hash-chain.js')

const store = createGatewayStore({ path, templateKey: new Uint8Array(32).fill(7), clock: systemClock, random: systemRandom, log: silentLogger })
const ids = createIdSource({ clock: systemClock, random: systemRandom })
await store.open()
if (store.head() === undefined) {
  await store.saveIdentity({ gatewayId: '00000009-0000-7000-8000-000000000001', estateId: 'estate-1', credential: 'c'.repeat(43) })
  await store.beginEpoch(1, GENESIS_HASH)
}
const bootId = ids.uuid()

async function writer() {
  for (;;) {
    const personRef = ids.uuid()
    const { seq } = await store.transact(async (tx) => {
      await tx.putPerson({ kind: 'person.v1', personRef, displayName: 'somebody' })
      return tx.append({
        kind: 'device-status.v2', recordId: personRef, occurredAtMs: Date.now(), monoMs: performance.now(), bootId,
        deviceId: 'cam-1', deviceKind: 'camera', status: 'online', deviceBootId: null, clockOffsetMs: Number(firstNumber),
      })
    })
    process.stdout.write(`${seq} ${personRef}\n`)
  }
}
await Promise.all(Array.from({ length: 8 }, writer))
