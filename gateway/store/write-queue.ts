import { AppError } from '#kernel/app-error.js'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { gatewayError } from '../errors.js'
import { type SqlConnection, sqliteCode, storeError } from './sqlite.js'

/** Works that share one transaction and so one fsync. More wait for the next. */
const GROUP_WORKS_MAX = 128
/** Works that may wait. Above it new ones are refused at once: devices keep their events and send them again. */
const WAITING_WORKS_MAX = 20_000
/** A flash card that takes this long for one commit is about to fail; worth a warning. */
const SLOW_COMMIT_MS = 1_000

/** State in memory that must follow the transaction: the head of the log. */
export interface Follower {
  /** Remembers the state now; the returned function puts it back. */
  mark(): () => void
  /** After the fsync: what was written is now true. Runs before the works resolve. */
  committed(): Promise<void>
}

export interface WriteQueue {
  /** Runs `work` inside the next transaction; resolves after its commit is durable. A work that throws is undone alone. */
  submit<T>(work: () => Promise<T>): Promise<T>
  /** Refuses further works and resolves once those accepted are settled. */
  drain(): Promise<void>
}

interface Waiting {
  readonly work: () => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Settled = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/** A work's result, or its failure with everything it wrote undone. Throws where the whole transaction is lost. */
async function runAlone(connection: SqlConnection, follower: Follower, work: Waiting['work']): Promise<Settled> {
  const restore = follower.mark()
  await connection.run('SAVEPOINT work')
  try {
    const value = await work()
    await connection.run('RELEASE work')
    return { ok: true, value }
  } catch (error) {
    // A full disk may end the whole transaction by itself: then this fails, and the group with it.
    await connection.run('ROLLBACK TO work').catch(() => Promise.reject(error))
    await connection.run('RELEASE work')
    restore()
    return { ok: false, error: storeError(error, 'GW_STORE_COMMIT') }
  }
}

/** True where a work, or the whole group, found no space. */
const isFull = (error: unknown): boolean => sqliteCode(error) === 'SQLITE_FULL' || (error instanceof AppError && error.code === 'GW_STORE_FULL')

interface GroupDeps {
  readonly connection: SqlConnection
  readonly follower: Follower
  /** Asked where the disk is full; true where it may be worth another try. */
  readonly makeRoom: () => Promise<boolean>
  readonly clock: Clock
  readonly log: Logger
}
type Group = ReadonlyArray<Pick<Waiting, 'work'>>

/** What became of each work of a group that was committed. Throws where the group is lost, with all of it undone. */
async function commitGroup({ connection, follower, clock, log }: GroupDeps, group: Group, isLastTry: boolean): Promise<readonly Settled[]> {
  const restore = follower.mark()
  const settled: Settled[] = []
  try {
    await connection.run('BEGIN IMMEDIATE')
    for (const { work } of group) settled.push(await runAlone(connection, follower, work))
    const full = isLastTry ? undefined : settled.find((one) => !one.ok && isFull(one.error))
    if (full?.ok === false) throw full.error
    const startedMs = clock.monoMs()
    await connection.run('COMMIT')
    const commitMs = clock.monoMs() - startedMs
    if (commitMs > SLOW_COMMIT_MS) log.warn({ commitMs, works: group.length }, 'the disk is slow to commit')
    return settled
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined)
    restore()
    throw error
  }
}

/** Once more where the disk was full: what a work does beside its transaction must bear that. */
async function commitWithRoom(deps: GroupDeps, group: Group): Promise<readonly Settled[]> {
  try {
    return await commitGroup(deps, group, false)
  } catch (error) {
    if (!isFull(error)) throw error
    await deps.makeRoom()
    return commitGroup(deps, group, true)
  }
}

/**
 * Group commit without a timer: all that arrived while the last commit was on its way to the disk goes into the next
 * one. The slower the disk, the larger the groups.
 */
export function createWriteQueue(deps: GroupDeps): WriteQueue {
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined
  let closed = false

  const runGroup = async (group: readonly Waiting[]): Promise<void> => {
    let settled: readonly Settled[]
    try {
      settled = await commitWithRoom(deps, group)
    } catch (error) {
      const failure = storeError(error, 'GW_STORE_COMMIT')
      for (const { reject } of group) reject(failure)
      return
    }
    await deps.follower.committed()
    for (const [index, { resolve, reject }] of group.entries()) {
      const result = settled[index] as Settled
      if (result.ok) resolve(result.value)
      else reject(result.error)
    }
  }

  const runAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP_WORKS_MAX)
      waiting = waiting.slice(GROUP_WORKS_MAX)
      await runGroup(group)
    }
    running = undefined
  }

  return {
    submit<T>(work: () => Promise<T>) {
      if (closed) return Promise.reject(gatewayError('GW_STORE_CLOSED'))
      if (waiting.length >= WAITING_WORKS_MAX) return Promise.reject(gatewayError('GW_STORE_BUSY', { waiting: waiting.length }))
      const result = new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as Waiting['resolve'], reject })
      })
      running ??= runAll()
      return result
    },
    async drain() {
      closed = true
      await running
    },
  }
}
