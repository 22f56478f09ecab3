import { spawnSync } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import { createDiskReserve } from '../../../gateway/store/disk-reserve.js'
import { createSpaceGuard } from '../../../gateway/store/space-guard.js'
import { connect } from '../../../gateway/store/sqlite.js'
import { createWriteQueue } from '../../../gateway/store/write-queue.js'
import { compiled } from '../../support/compiled.js'
import { statusRecord } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const MB = 1_000_000

describe('the reserve of the disk', () => {
  const make = (bytes = 3 * MB) => {
    const path = join(tempDir(), 'reserve')
    return { path, reserve: createDiskReserve({ path, bytes, random: seededRandom(1) }) }
  }

  it('takes its space on the disk for real, gives it up once, and is made anew', async () => {
    const { path, reserve } = make()
    expect([await reserve.isHeld(), await reserve.release()]).toEqual([false, false])
    await reserve.fill()
    expect([statSync(path).size, statSync(path).blocks * 512 >= 3 * MB, await reserve.isHeld()]).toEqual([3 * MB, true, true])
    expect([await reserve.release(), existsSync(path), await reserve.release(), await reserve.isHeld()]).toEqual([true, false, false, false])
    await reserve.fill()
    expect(await reserve.isHeld()).toBe(true)
  })

  it('one that a crash left half is made whole; one of no bytes is none', async () => {
    const { path, reserve } = make()
    writeFileSync(path, 'half')
    await reserve.fill()
    expect(statSync(path).size).toBe(3 * MB)
    const none = make(0)
    await none.reserve.fill()
    expect([existsSync(none.path), await none.reserve.isHeld(), await none.reserve.release()]).toEqual([false, false, false])
  })
})

describe('the watch over the space', () => {
  function rig(freeBytes: number | Error) {
    const clock = createVirtualClock()
    const log = createRecordingLog()
    const now = { freeBytes, fills: 0, prunes: 0 }
    const guard = createSpaceGuard({
      freeBytesOfLog: () => (typeof now.freeBytes === 'number' ? Promise.resolve(now.freeBytes) : Promise.reject(now.freeBytes)),
      reserve: { bytes: 32 * MB, fill: async () => void (now.fills += 1), isHeld: async () => now.fills > 0 },
      pruneUploaded: async () => (now.prunes += 1), frameBytesMin: 256 * MB, clock, log,
    })
    guard.start()
    const at = async (next: number | Error): Promise<boolean> => {
      now.freeBytes = next
      await clock.run(1_000)
      return guard.admitFrame()
    }
    return { clock, log, now, guard, at }
  }

  it('refuses frames below the bound until a fifth above it, makes room meanwhile, and counts them', async () => {
    const { at, guard, now, log } = rig(900 * MB)
    const admitted: boolean[] = []
    for (const free of [900, 257, 255, 100, 300, 308]) admitted.push(await at(free * MB))
    expect(admitted).toEqual([true, true, false, false, false, true])
    expect(guard.status()).toEqual({ freeBytes: 308 * MB, refusesFrames: false, framesRefused: 3, reserveHeld: true })
    expect(now.prunes).toBe(3)
    expect(log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(['space for the log runs out: no more faces are looked at, everything else goes on'])
    expect(log.lines.at(-1)?.fields).toMatchObject({ framesRefused: 3 })
  })

  it('makes the reserve only where that leaves room enough', async () => {
    const { at, now } = rig(257 * MB)
    await at(287 * MB)
    expect(now.fills).toBe(0)
    await at(288 * MB)
    expect(now.fills).toBe(1)
  })

  it('a measurement that fails is no verdict, is said once, and the next one counts', async () => {
    const { at, log } = rig(100 * MB)
    expect([await at(100 * MB), await at(new Error('gone')), await at(new Error('gone')), await at(900 * MB)]).toEqual([false, false, false, true])
    expect(log.lines.filter(({ message }) => message.includes('looked after'))).toHaveLength(1)
  })

  it('stops', async () => {
    const { clock, guard } = rig(900 * MB)
    await guard.stop()
    await clock.run(10_000)
    expect(clock.pending()).toBe(0)
  })
})

describe('a full database', () => {
  it('a group that found no space is written whole once room was made, with nothing of it twice', async () => {
    const connection = await connect(join(tempDir(), 'full.db'), 'create', 1_000)
    await connection.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT); PRAGMA max_page_count = 12')
    let rooms = 0
    let restored = 0
    const queue = createWriteQueue({
      connection, clock: createVirtualClock(), log: silentLogger,
      follower: { mark: () => () => void (restored += 1), committed: async () => undefined },
      async makeRoom() {
        rooms += 1
        await connection.exec('PRAGMA max_page_count = 1000')
        return true
      },
    })
    const results = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => queue.submit(() => connection.run('INSERT INTO t VALUES (?, ?)', [n, 'x'.repeat(3_000)]))))
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([])
    expect([rooms, restored > 0, await connection.all('SELECT count(*) AS n, min(n) AS low, max(n) AS high FROM t')]).toEqual([1, true, [{ n: 40, low: 0, high: 39 }]])
    await queue.drain()
    await connection.close()
  })

  it('without any room a group is refused whole and by name, and what fits goes on after it', async () => {
    const connection = await connect(join(tempDir(), 'full.db'), 'create', 1_000)
    await connection.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT); PRAGMA max_page_count = 4')
    const follower = { mark: () => () => undefined, committed: async () => undefined }
    const queue = createWriteQueue({ connection, follower, makeRoom: async () => false, clock: createVirtualClock(), log: silentLogger })
    const insert = (n: number, chars: number) => queue.submit(() => connection.run('INSERT INTO t VALUES (?, ?)', [n, 'x'.repeat(chars)]))
    const results = await Promise.allSettled([insert(1, 10), insert(2, 50_000), insert(3, 10)])
    expect(results.map((result) => (result.status === 'fulfilled' ? 'stored' : (result.reason as { code: string }).code))).toEqual(['stored', 'GW_STORE_FULL', 'GW_STORE_FULL'])
    await insert(3, 10)
    expect(await connection.all('SELECT n FROM t ORDER BY n')).toEqual([{ n: 1 }, { n: 3 }])
    await queue.drain()
    await connection.close()
  })

  it('says how much it may still take: of its own size, of the disk, and what was pruned in it', async () => {
    const disk = { free: 100 * MB }
    const store = await openStore({ space: { fileBytesMax: 10 * MB, reserve: { freeBytes: async () => disk.free, release: async () => false } } })
    const empty = await store.freeBytes()
    expect(empty).toBeGreaterThan(9 * MB)
    await store.transact(async (tx) => {
      for (let n = 1; n <= 2_000; n++) await tx.append(statusRecord(n))
    })
    const filled = await store.freeBytes()
    expect(empty - filled).toBeGreaterThan(500_000)
    disk.free = 1 * MB
    expect(await store.freeBytes()).toBeLessThan(1.1 * MB)
    await store.markUploaded(1, 2_000)
    expect(await store.prune({ recordsBeforeMs: Number.MAX_SAFE_INTEGER, claimsBeforeMs: 0, rowsMax: 1 })).toBe(1_999)
    expect(await store.freeBytes()).toBeGreaterThan(1.4 * MB)
  })
})

describe('a disk that is really full', () => {
  const script = fileURLToPath(new URL('./small-disk-writer.mjs', import.meta.url))
  // A file system of 8 MB in a mount namespace of its own.
  const onSmallDisk = 'set -e; disk=$1; mkdir -p "$disk"; mount -t tmpfs -o size=8m smalldisk "$disk"; shift; exec "$@"'
  const mayMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m t /mnt'], { stdio: 'ignore' }).status === 0
  if (!mayMount) console.warn('the full disk is not tried on a small file system: none may be mounted here')

  it('what must be recorded goes on into the reserve, then is refused whole, and goes on once there is room', { timeout: 120_000 }, (ctx) => {
    if (!mayMount) ctx.skip('no file system may be mounted here')
    const folder = join(tempDir(), 'disk')
    const run = spawnSync('unshare', ['-rm', 'sh', '-c', onSmallDisk, 'sh', folder, process.execPath, script, compiled('gateway/store/gateway-store.js'), folder], { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const saw = JSON.parse(run.stdout) as Record<string, unknown>
    expect(saw).toMatchObject({
      reserveHeldBefore: true, reserveHeldAtFirstRefusal: false, refusedWith: 'GW_STORE_FULL', headIsStored: true, backlogIsStored: true, storedAfterRoom: true, chainHolds: true,
    })
    expect(saw['storedIntoReserve']).toBeGreaterThan(500)
  })
})
