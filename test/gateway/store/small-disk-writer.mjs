// Child process of the full disk test, on a file system of a few megabytes: writes until the disk refuses although the
// reserve was given up, makes room, goes on, and prints what it saw as one line of JSON.
// node small-disk-writer.mjs <compiled gateway-store.js> <folder on the small disk>
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , modulePath, folder] = process.argv
const { createGatewayStore } = await import(pathToFileURL(modulePath))
const { createDiskReserve } = await import(pathToFileURL(join(modulePath, '../disk-reserve.js')))
const { systemClock } = await import('#kernel/clock.js')
const { systemRandom } = await import('#kernel/random.js')
const { silentLogger } = await import('#kernel/log.js')
const { createIdSource } = await import('#kernel/ids.js')
const { GENESIS_HASH } = await import('#kernel/hash-chain.js')

const reserve = createDiskReserve({ path: join(folder, 'reserve'), bytes: 2_000_000, random: systemRandom })
let storedAtRelease
const watched = {
  freeBytes: reserve.freeBytes,
  async release() {
    storedAtRelease ??= stored
    return reserve.release()
  },
}
const open = () => createGatewayStore({
  path: join(folder, 'gateway.db'), templateKey: new Uint8Array(32).fill(7), clock: systemClock, random: systemRandom, log: silentLogger, space: { reserve: watched },
})
const store = open()
const ids = createIdSource({ clock: systemClock, random: systemRandom })
await store.open()
await store.saveIdentity({ gatewayId: '00000009-0000-7000-8000-000000000001', estateId: 'estate-1', credential: 'c'.repeat(43) })
await store.beginEpoch(1, GENESIS_HASH)
await reserve.fill()
const reserveHeldBefore = await reserve.isHeld()
const bootId = ids.uuid()
const write = () => store.transact((tx) => tx.append({
  kind: 'device-status.v2', recordId: ids.uuid(), occurredAtMs: Date.now(), monoMs: performance.now(), bootId,
  deviceId: 'cam-1', deviceKind: 'camera', status: 'online', deviceBootId: null, clockOffsetMs: 0,
}))
let stored = 0
let failure
while (failure === undefined && stored < 100_000) {
  const group = await Promise.allSettled(Array.from({ length: 100 }, write))
  stored += group.filter((result) => result.status === 'fulfilled').length
  failure = group.find((result) => result.status === 'rejected')?.reason
}
const saw = {
  stored, storedIntoReserve: stored - (storedAtRelease ?? stored), refusedWith: failure?.code, reserveHeldBefore, reserveHeldAtFirstRefusal: await reserve.isHeld(),
  headIsStored: store.head().seq === stored, backlogIsStored: (await store.backlog()) === stored,
}
process.stdout.write(JSON.stringify({ ...saw, ...(await afterRoom()) }))

/** Something else lets go of the disk: what was full takes records again, and its chain holds. */
async function afterRoom() {
  const { execFileSync } = await import('node:child_process')
  execFileSync('mount', ['-o', 'remount,size=16m', folder])
  const storedAfterRoom = (await write()).seq === stored + 1
  await store.close()
  const again = open()
  await again.open()
  const chainHolds = again.head().seq === stored + 1
  await again.close()
  return { storedAfterRoom, chainHolds }
}
