import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { ZoneState } from './fire-machine.js'
import type { AlarmReads, FireInputRow, FireTx } from './ports.js'

/** A disk that did not take the state of a zone is asked again. */
const STORE_RETRY_MS = 5_000
const CALM: ZoneState = { kind: 'calm' }

/** Zones that are released, in memory first and then on the disk. */
export interface FireBook {
  load(): Promise<void>
  stop(): void
  zone(zoneId: string): ZoneState
  /** Ids of the zones that are released. */
  released(): readonly string[]
  inputs(zoneId: string): readonly FireInputRow[]
  /** Holds at once and is written as soon as the disk takes it. */
  put(zoneId: string, state: Extract<ZoneState, { kind: 'released' }>): void
  /** Forgets the zone on the disk. @throws whatever the store throws */
  erase(zoneId: string): Promise<void>
  /** Forgets it in memory, once it is gone from the disk. */
  drop(zoneId: string): void
}

export function createFireBook(deps: {
  store: Pick<AlarmReads, 'fireInputs'> & { transact<T>(work: (tx: FireTx) => Promise<T>): Promise<T> }; clock: Clock; log: Logger
}): FireBook {
  const { store, clock, log } = deps
  const zones = new Map<string, Extract<ZoneState, { kind: 'released' }>>()
  const sinceMs = new Map<string, number>()
  let cancelRetry: CancelTimer = () => undefined
  let stopped = false

  const inputs = (zoneId: string): FireInputRow[] => [...(zones.get(zoneId)?.inputs ?? [])].map(([deviceId, state]) =>
    ({ zoneId, deviceId, state, sinceMs: sinceMs.get(`${zoneId} ${deviceId}`) ?? clock.wallMs() }))
  const save = (): void => {
    cancelRetry()
    const rows = [...zones.keys()].flatMap(inputs)
    store.transact(async (tx) => {
      for (const row of rows) await tx.putFireInput(row)
    }).catch((error: unknown) => {
      if (stopped) return
      log.error({ err: error }, 'the state of a fire zone could not be stored; the doors are told all the same')
      cancelRetry = clock.after(STORE_RETRY_MS, save)
    })
  }
  return {
    async load() {
      for (const { zoneId, deviceId, state, sinceMs: atMs } of await store.fireInputs()) {
        zones.set(zoneId, { kind: 'released', inputs: new Map(zones.get(zoneId)?.inputs).set(deviceId, state) })
        sinceMs.set(`${zoneId} ${deviceId}`, atMs)
      }
    },
    stop() {
      stopped = true
      cancelRetry()
    },
    zone: (zoneId) => zones.get(zoneId) ?? CALM,
    released: () => [...zones.keys()],
    inputs,
    put(zoneId, state) {
      for (const deviceId of state.inputs.keys()) if (zones.get(zoneId)?.inputs.has(deviceId) !== true) sinceMs.set(`${zoneId} ${deviceId}`, clock.wallMs())
      zones.set(zoneId, state)
      save()
    },
    erase: (zoneId) => store.transact((tx) => tx.dropFireInputs(zoneId)),
    drop: (zoneId) => void zones.delete(zoneId),
  }
}
