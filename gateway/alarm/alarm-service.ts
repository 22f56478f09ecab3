import type { AlarmState } from '#contract/alarm-records.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { type AlarmSignal, createAlarmSteps, isSamePlace, placeOf } from './alarm-steps.js'
import type { AlarmNews, AlarmRow, AlarmStore, AlarmWork, EndedPlace } from './ports.js'

/** A disk that took no alarm is asked again. */
const STORE_RETRY_MS = 5_000
/** Alarms that wait for the disk; of more the oldest go: by then the disk itself is the alarm. */
const WAITING_MAX = 1_000

/** What somebody at the desk, the server or the command line wants done to an alarm. */
export interface AlarmMove {
  readonly alarmId: string
  readonly state: Exclude<AlarmState, 'raised'>
  readonly operatorRef: string
}

/** All alarms of the estate: each is a row until somebody has looked and its cause is gone, and a record at every step. */
export interface AlarmService {
  start(): Promise<void>
  stop(): void
  /** Raises in a transaction of its own, as soon as the disk allows. Never waits or throws. */
  raise(news: AlarmNews): void
  /** The cause is gone; nothing where no alarm stands. Never waits or throws. */
  clear(place: EndedPlace): void
  /** As `raise` and `clear`, in the transaction of what caused it. @returns true where something changed: call `refresh` after its commit */
  apply(tx: AlarmWork, input: AlarmSignal): Promise<boolean>
  /** `refused` where there is no such alarm, nothing is left to do, or its cause can be seen to stand. @throws whatever the store throws */
  move(move: AlarmMove): Promise<'done' | 'refused'>
  /** As of the last commit, oldest first. */
  list(): readonly AlarmRow[]
  /** Reads the list anew. */
  refresh(): Promise<void>
}

export function createAlarmService(deps: { store: AlarmStore; clock: Clock; ids: IdSource; stamp: Stamper; log: Logger }): AlarmService {
  const { store, clock, log } = deps
  const steps = createAlarmSteps(deps)
  let rows: readonly AlarmRow[] = []
  let waiting: AlarmSignal[] = []
  let writing = false
  let stopped = false
  let cancelRetry: CancelTimer = () => undefined

  const refresh = async (): Promise<void> => {
    rows = await store.alarms()
  }
  const refreshed = (): Promise<void> =>
    refresh().catch((error: unknown) => log.error({ err: error }, 'the alarms could not be read; the list is that of before'))

  const flush = async (): Promise<void> => {
    if (writing || stopped) return
    writing = true
    cancelRetry()
    try {
      while (waiting.length > 0 && !stopped) {
        const batch = waiting.slice(0, 50)
        const changed = await store.transact(async (tx) => {
          let any = false
          for (const signal of batch) any = (await steps.signal(tx, signal)) || any
          return any
        })
        waiting = waiting.slice(batch.length)
        if (changed) await refreshed()
      }
    } catch (error) {
      if (!stopped) {
        log.error({ err: error, waiting: waiting.length }, 'an alarm could not be recorded, trying again')
        cancelRetry = clock.after(STORE_RETRY_MS, () => void flush())
      }
    } finally {
      writing = false
    }
  }
  const signal = (one: AlarmSignal): void => {
    const last = waiting.findLast((other) => isSamePlace(placeOf(other), placeOf(one)))
    // What is being written may yet fail or not: what comes meanwhile is judged after it.
    if (!writing && last?.kind === one.kind) return
    if (!writing && waiting.length >= WAITING_MAX) waiting.shift()
    if (waiting.length < 2 * WAITING_MAX) waiting.push(one)
    void flush()
  }

  return {
    start: refresh,
    stop() {
      stopped = true
      cancelRetry()
    },
    raise: (news) => signal({ kind: 'raise', news }),
    clear: (place) => signal({ kind: 'gone', place }),
    apply: steps.signal,
    async move({ alarmId, state, operatorRef }) {
      const moved = await store.transact((tx) => steps.byHand(tx, alarmId, state === 'cleared' ? 'clear' : 'acknowledge', operatorRef))
      if (moved) await refreshed()
      return moved ? 'done' : 'refused'
    },
    list: () => rows,
    refresh: refreshed,
  }
}
