import type { DoorMode } from '#contract/device-messages.js'
import { type HeldMode, heldMode, scheduledMode } from './door-mode-rules.js'
import type { Times } from './permit-rules.js'
import type { AccessRuntime, AccessStore, RosterLookup } from './ports.js'
import type { GateStateRow } from './rule-ports.js'

/** What was said about how each gate is to be held, and what of it stands in the log. */
export interface ModeBook {
  load(rows: readonly GateStateRow[]): void
  row(gateId: string): GateStateRow
  /** As fire, people and schedules say now; with `row` as if that stood in the book. */
  held(gateId: string, row?: GateStateRow): HeldMode
  /** True where the gate is as usual and its controller knows: nothing is to be said to it. */
  isUsual(gateId: string): boolean
  /** True where the log's last word on the gate is this one. */
  isTold(gateId: string, held: HeldMode): boolean
  /** Counts at once; rejects where the disk does, and then stands as before in the log. */
  write(row: GateStateRow): Promise<void>
  /** The controller has said that it holds the door so. */
  obeyed(gateId: string, mode: DoorMode): void
  /** The disk did not take something; said to the log and the observer. */
  failed(gateId: string, error: unknown): void
}

const AS_USUAL: HeldMode = { mode: 'normal', cause: 'schedule' }
const isSame = (one: HeldMode, other: HeldMode): boolean => one.mode === other.mode && (one.mode === 'normal' || one.cause === other.cause)

export function createModeBook(deps: { roster: RosterLookup; store: AccessStore; times: () => Times; runtime: AccessRuntime }): ModeBook {
  const { roster, store, times, runtime: { stamp, log, observer } } = deps
  const rows = new Map<string, GateStateRow>()
  const told = new Map<string, HeldMode>()

  const rowOf = (gateId: string): GateStateRow =>
    rows.get(gateId) ?? { gateId, operatorMode: null, operatorRef: null, fire: false, toldMode: 'normal', firstInAtMs: null }
  const toldOf = (gateId: string): HeldMode => told.get(gateId) ?? AS_USUAL
  const held: ModeBook['held'] = (gateId, row = rowOf(gateId)) => {
    const gate = roster.gate(gateId)
    return heldMode({ ...row, scheduled: gate === undefined ? 'normal' : scheduledMode(gate.rules, times(), row.firstInAtMs) })
  }
  const failed = (gateId: string, error: unknown): void => {
    observer.anomaly('store-failed')
    log.error({ err: error, gateId }, 'how a gate is held could not be written')
  }

  return {
    load(stored) {
      for (const row of stored) {
        rows.set(row.gateId, row)
        if (row.toldMode !== 'normal') told.set(row.gateId, heldMode({ ...row, scheduled: row.toldMode }))
      }
    },
    row: rowOf,
    held,
    isUsual: (gateId) => held(gateId).mode === 'normal' && rowOf(gateId).toldMode === 'normal',
    isTold: (gateId, mode) => isSame(toldOf(gateId), mode),
    async write(row) {
      const { gateId, operatorRef } = row
      const now = held(gateId, row)
      const before = toldOf(gateId)
      const isNews = !isSame(before, now)
      // `normal` is known to have been told only once it was obeyed: until then a restart must say it again.
      const next = now.mode === 'normal' ? row : { ...row, toldMode: now.mode }
      rows.set(gateId, next)
      if (isNews) told.set(gateId, now)
      try {
        await store.transact(async (tx) => {
          await tx.putGateState(next)
          if (isNews) await tx.append({ kind: 'door-mode.v1', ...stamp(), gateId, ...now, operatorRef: now.cause === 'operator' ? operatorRef : null })
        })
      } catch (error) {
        if (isNews) told.set(gateId, before)
        throw error
      }
    },
    obeyed(gateId, mode) {
      if (mode !== 'normal' || rowOf(gateId).toldMode === 'normal') return
      const row = { ...rowOf(gateId), toldMode: mode }
      rows.set(gateId, row)
      store.transact((tx) => tx.putGateState(row)).catch((error: unknown) => failed(gateId, error))
    },
    failed,
  }
}
