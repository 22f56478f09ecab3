import type { DoorMode } from '#contract/device-messages.js'
import { type HeldMode, heldMode, scheduledMode } from './door-mode-rules.js'
import type { ModeSender } from './mode-sender.js'
import type { Times } from './permit-rules.js'
import type { AccessRuntime, AccessStore, GateStateRow, HandOutcome, ModeChange, RosterLookup } from './ports.js'

/** Schedules and controllers that come back are looked at so often. */
export const MODE_TICK_MS = 1_000

/**
 * How each gate is held: what fire, people and schedules said, the strongest of them. What a gate is to be is written before
 * it is commanded; a command is repeated until the controller has obeyed it, in this life or its next.
 */
export interface DoorModes {
  load(rows: readonly GateStateRow[]): void
  start(): void
  stop(): void
  of(gateId: string): HeldMode
  set(change: ModeChange): Promise<HandOutcome>
  list(): ReadonlyArray<HeldMode & { readonly gateId: string; readonly confirmed: boolean }>
  /** Somebody with a permit came in: the open times of a gate with `firstPersonIn` may begin. */
  firstIn(gateId: string, atMs: number): void
}

interface Place {
  row: GateStateRow
  /** As it was last written to the log. */
  told: HeldMode
}

const done: HandOutcome = { outcome: 'executed', reason: null, passageId: null }
const AS_USUAL: HeldMode = { mode: 'normal', cause: 'schedule' }
const NEVER: Omit<GateStateRow, 'gateId'> = { operatorMode: null, operatorRef: null, fire: false, toldMode: 'normal', firstInAtMs: null }

export function createDoorModes(deps: {
  roster: RosterLookup; store: AccessStore; sender: ModeSender; times: () => Times; runtime: AccessRuntime
}): DoorModes {
  const { roster, store, sender, times, runtime: { clock, stamp, log, observer } } = deps
  const places = new Map<string, Place>()
  let cancel = (): void => undefined

  const placeOf = (gateId: string): Place => {
    let place = places.get(gateId)
    if (place === undefined) places.set(gateId, (place = { row: { gateId, ...NEVER }, told: AS_USUAL }))
    return place
  }
  const heldNow = (gateId: string): HeldMode => {
    const row = places.get(gateId)?.row ?? { gateId, ...NEVER }
    const gate = roster.gate(gateId)
    return heldMode({ ...row, scheduled: gate === undefined ? 'normal' : scheduledMode(gate.rules, times(), row.firstInAtMs) })
  }
  const failed = (error: unknown, gateId: string): void => {
    observer.anomaly('store-failed')
    log.error({ err: error, gateId }, 'how a gate is held could not be written')
  }
  /** `normal` is known to have been told only once it was obeyed: until then a restart must say it again. */
  const toldBy = (row: GateStateRow, mode: DoorMode): GateStateRow => (mode === 'normal' ? row : { ...row, toldMode: mode })

  /** Writes a new mode to the log. Rejects where the disk does: then nothing has changed. */
  const announce = async (place: Place, row: GateStateRow, held: HeldMode): Promise<void> => {
    const before = place.told
    const { gateId } = row
    const next = toldBy(row, held.mode)
    place.row = next
    if (held.mode !== before.mode || (held.mode !== 'normal' && held.cause !== before.cause)) place.told = held
    const isNew = place.told !== before
    try {
      await store.transact(async (tx) => {
        await tx.putGateState(next)
        if (isNew) await tx.append({ kind: 'door-mode.v1', ...stamp(), gateId, ...held, operatorRef: held.cause === 'operator' ? row.operatorRef : null })
      })
    } catch (error) {
      if (isNew) place.told = before
      throw error
    }
  }
  const obeyed = (gateId: string, mode: DoorMode): void => {
    const place = placeOf(gateId)
    if (mode !== 'normal' || place.row.toldMode === 'normal') return
    place.row = { ...place.row, toldMode: 'normal' }
    store.transact((tx) => tx.putGateState(place.row)).catch((error: unknown) => failed(error, gateId))
  }
  /** A gate that was never held needs no word that it is not. */
  const drive = (gateId: string): Promise<HandOutcome> | undefined => {
    const held = heldNow(gateId)
    const gate = roster.gate(gateId)
    const isUsual = held.mode === 'normal' && (places.get(gateId)?.row.toldMode ?? 'normal') === 'normal'
    return gate === undefined || isUsual ? undefined : sender.drive(gate, held, (mode) => obeyed(gateId, mode))
  }

  const tick = (): void => {
    cancel = clock.after(MODE_TICK_MS, tick)
    for (const { gateId } of roster.gates()) {
      const held = heldNow(gateId)
      const place = places.get(gateId)
      const told = place?.told.mode ?? 'normal'
      const isTold = held.mode === told && (told === 'normal' || held.cause === place?.told.cause)
      const written = isTold ? undefined : announce(placeOf(gateId), placeOf(gateId).row, held)
      if (written === undefined) void drive(gateId)
      else written.then(() => drive(gateId)).catch((error: unknown) => failed(error, gateId))
    }
  }

  return {
    load(rows) {
      for (const row of rows) places.set(row.gateId, { row, told: row.toldMode === 'normal' ? AS_USUAL : heldMode({ ...row, scheduled: row.toldMode }) })
    },
    start: tick,
    stop() {
      cancel()
      sender.stop()
    },
    of: heldNow,
    async set({ gateId, mode, cause, operatorRef }) {
      const refused = (reason: HandOutcome['reason']): HandOutcome => ({ outcome: 'refused', reason, passageId: null })
      if (roster.gate(gateId) === undefined) return refused('gate-unknown')
      const place = placeOf(gateId)
      const before = place.row
      const row: GateStateRow = cause === 'fire-zone' ? { ...before, fire: mode === 'kept-open' }
        : cause === 'operator' ? { ...before, operatorMode: mode === 'normal' ? null : mode, operatorRef } : before
      place.row = row
      const held = heldNow(gateId)
      const saved = announce(place, row, held)
      // Fire does not wait for the disk: people leave by this door, whether or not it can be written down (GB 50396-2007 §9.0.1).
      if (cause === 'fire-zone' && held.cause === 'fire-zone') {
        saved.catch((error: unknown) => failed(error, gateId))
        return (await drive(gateId)) ?? done
      }
      try {
        await saved
      } catch (error) {
        place.row = before
        failed(error, gateId)
        return refused('engine-failed')
      }
      return held.cause === 'fire-zone' ? refused('fire') : (await drive(gateId)) ?? done
    },
    list: () => roster.gates().map(({ gateId }) => ({ gateId, ...heldNow(gateId), confirmed: sender.isConfirmed(gateId, heldNow(gateId).mode) })),
    firstIn(gateId, atMs) {
      if (roster.gate(gateId)?.rules.firstPersonIn !== true) return
      const place = placeOf(gateId)
      place.row = { ...place.row, firstInAtMs: atMs }
      store.transact((tx) => tx.putGateState(place.row)).catch((error: unknown) => failed(error, gateId))
    },
  }
}
