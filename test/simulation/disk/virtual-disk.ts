import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Connect } from '../../../gateway/store/sqlite.js'
import type { Dice } from '../engine/dice.js'
import type { Life } from '../engine/life.js'
import type { Timeline } from '../engine/timeline.js'
import { type SqlFile, connectionOn, openSqlFile } from './sql-file.js'

/** The files of a database as they lie on the disk. */
export interface DiskImage {
  readonly database: Uint8Array
  readonly log: Uint8Array
}

/**
 * A gateway's disk in memory. The database on it is a real SQLite file with its write-ahead log; a process that dies leaves
 * what it had written, a machine that loses power what it had synced. Each life gets files of its own: what a dead
 * process would still write reaches nobody.
 */
export interface VirtualDisk {
  path(): string
  /** How the store of one life opens its connections; each call is two steps that the life may die at. */
  connect(life: Life): Connect
  /** Called at the death of the process, with what it died of. */
  leave(how: 'killed' | 'power-cut'): void
  image(): DiskImage
  /** Another disk is in the machine from now on. No process may run. */
  replace(image: DiskImage): void
  /** What is committed now, seen from outside; undefined while there is no database. */
  committed<Row>(sql: string, params?: readonly (string | number)[]): readonly Row[]
  /** Full: nothing grows. Slow: so long for each commit. */
  readonly weather: { isFull: boolean; commitMs: number }
  close(): void
}

const EMPTY = new Uint8Array()
const SYNC_FULL = 2

/** Sizes of the write-ahead log after each commit since what is in it was last synced. */
interface Unsynced {
  sizes: number[]
}

export function createVirtualDisk(deps: {
  folder: string; dice: Dice; timeline: Timeline; onCommit: () => void
}): VirtualDisk {
  const { folder, dice, timeline, onCommit } = deps
  const weather = { isFull: false, commitMs: 0 }
  const unsynced: Unsynced = { sizes: [0] }
  const open = new Set<SqlFile>()
  let files = 0
  let monitor: SqlFile | undefined
  const path = (): string => join(folder, `${files}`, 'gateway.db')
  const walBytes = (): number => (existsSync(`${path()}-wal`) ? statSync(`${path()}-wal`).size : 0)

  const fresh = (): string => {
    const before = path()
    files += 1
    mkdirSync(dirname(path()), { recursive: true })
    return before
  }
  const closeAll = (): void => {
    monitor?.close()
    monitor = undefined
    for (const file of open) file.close()
    open.clear()
  }

  /** Of a commit that was not synced nothing is sure but its order: it is there with all before it, or is not. */
  const survivingBytes = (how: 'killed' | 'power-cut'): number | undefined =>
    (how === 'killed' ? undefined : unsynced.sizes[dice.whole(0, unsynced.sizes.length - 1)])

  const noteSync = (file: SqlFile, sql: string): void => {
    if (/synchronous|wal_checkpoint|^COMMIT$/.test(sql)) {
      const [row] = file.all<{ synchronous: number }>('PRAGMA synchronous')
      const isSynced = (row?.synchronous ?? 0) >= SYNC_FULL || sql.includes('wal_checkpoint')
      if (isSynced) unsynced.sizes = [walBytes()]
      else if (walBytes() > (unsynced.sizes.at(-1) ?? 0)) unsynced.sizes.push(walBytes())
    }
  }
  /** Real SQLITE_FULL: the file may not grow. */
  const applyFull = (file: SqlFile, applied: boolean): boolean => {
    if (applied !== weather.isFull) file.exec(`PRAGMA max_page_count = ${weather.isFull ? 1 : 2 ** 30}`)
    return weather.isFull
  }

  const connect = (life: Life): Connect => async (name, mode) => {
    if (!life.step()) return life.never
    const file = openSqlFile(name)
    open.add(file)
    const isWriter = mode === 'create' && name === path()
    let isFull = false
    return connectionOn(file, async (sql, effect) => {
      if (sql === 'COMMIT' && isWriter && weather.commitMs > 0) await new Promise<void>((resolve) => void timeline.after(weather.commitMs, resolve))
      if (!life.step()) return life.never
      if (isWriter) isFull = applyFull(file, isFull)
      const value = effect()
      if (isWriter && sql !== '(close)') noteSync(file, sql)
      if (sql.includes('max_page_count')) isFull = false
      if (sql === '(close)') open.delete(file)
      if (isWriter && sql === 'COMMIT') onCommit()
      return life.step() ? value : life.never
    })
  }

  return {
    path, weather, connect,
    leave(how) {
      const kept = survivingBytes(how)
      const before = fresh()
      copyFileSync(before, path())
      if (existsSync(`${before}-wal`)) copyFileSync(`${before}-wal`, `${path()}-wal`)
      if (kept !== undefined && walBytes() > kept) truncateSync(`${path()}-wal`, kept)
      // Sectors that were on their way when the power went.
      if (how === 'power-cut' && walBytes() > 0) appendFileSync(`${path()}-wal`, dice.random.bytes(dice.whole(0, 3_000)))
      closeAll()
      rmSync(dirname(before), { recursive: true, force: true })
      unsynced.sizes = [walBytes()]
    },
    image: () => ({ database: readFileSync(path()), log: walBytes() > 0 ? readFileSync(`${path()}-wal`) : EMPTY }),
    replace({ database, log }) {
      closeAll()
      const before = fresh()
      rmSync(dirname(before), { recursive: true, force: true })
      writeFileSync(path(), database)
      if (log.length > 0) writeFileSync(`${path()}-wal`, log)
      unsynced.sizes = [log.length]
    },
    committed(sql, params = []) {
      if (!existsSync(path())) return []
      monitor ??= openSqlFile(path())
      return monitor.all(sql, params)
    },
    close() {
      closeAll()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
