import type { Clock } from '#kernel/clock.js'
import type { HeldMode } from './door-mode-rules.js'
import type { ModeBook } from './mode-book.js'
import type { ModeSender } from './mode-sender.js'
import type { HandOutcome, ModeChange, RosterLookup } from './ports.js'
import type { GateStateRow } from './rule-ports.js'

/** Schedules and controllers that come back are looked at so often. */
const MODE_TICK_MS = 1_000

/**
 * How each gate is held: what fire, people and schedules said, the strongest of them. What a gate is to be is written before
 * it is commanded; a command is repeated until the controller has obeyed it, in this life or its next.
 */
export interface DoorModes {
  start(): void
  stop(): void
  of(gateId: string): HeldMode
  set(change: ModeChange): Promise<HandOutcome>
  list(): ReadonlyArray<HeldMode & { readonly gateId: string; readonly confirmed: boolean }>
  /** Somebody with a permit came in: the open times of a gate with `firstPersonIn` may begin. */
  firstIn(gateId: string, atMs: number): void
}

const DONE: HandOutcome = { outcome: 'executed', reason: null, passageId: null }
const refused = (reason: HandOutcome['reason']): HandOutcome => ({ outcome: 'refused', reason, passageId: null })

/** The gate's row with this cause's word in it. */
const said = (row: GateStateRow, { mode, cause, operatorRef }: ModeChange): GateStateRow => (cause === 'fire-zone'
  ? { ...row, fire: mode === 'kept-open' } : { ...row, operatorMode: mode === 'normal' ? null : mode, operatorRef })

export function createDoorModes(deps: { roster: RosterLookup; book: ModeBook; sender: ModeSender; clock: Clock }): DoorModes {
  const { roster, book, sender, clock } = deps
  let cancel = (): void => undefined

  const drive = (gateId: string): Promise<HandOutcome> | undefined => {
    const gate = roster.gate(gateId)
    return gate === undefined || book.isUsual(gateId) ? undefined : sender.drive(gate, book.held(gateId), (mode) => book.obeyed(gateId, mode))
  }
  const follow = (gateId: string): void => {
    if (book.isTold(gateId, book.held(gateId))) return void drive(gateId)
    book.write(book.row(gateId)).then(() => drive(gateId)).catch((error: unknown) => book.failed(gateId, error))
  }
  const tick = (): void => {
    cancel = clock.after(MODE_TICK_MS, tick)
    for (const { gateId } of roster.gates()) follow(gateId)
  }

  return {
    start: tick,
    stop() {
      cancel()
      sender.stop()
    },
    of: (gateId) => book.held(gateId),
    async set(change) {
      const { gateId, cause } = change
      if (roster.gate(gateId) === undefined) return refused('gate-unknown')
      const before = book.row(gateId)
      const written = book.write(said(before, change))
      const held = book.held(gateId)
      // Fire does not wait for the disk: people leave by this door, whether or not it can be written down (GB 50396-2007 §9.0.1).
      if (cause === 'fire-zone' && held.cause === 'fire-zone') {
        written.catch((error: unknown) => book.failed(gateId, error))
        return (await drive(gateId)) ?? DONE
      }
      try {
        await written
      } catch (error) {
        book.failed(gateId, error)
        await book.write(before).catch(() => undefined)
        return refused('engine-failed')
      }
      return held.cause === 'fire-zone' ? refused('fire') : (await drive(gateId)) ?? DONE
    },
    list: () => roster.gates().map(({ gateId }) => {
      const held = book.held(gateId)
      return { gateId, ...held, confirmed: sender.isConfirmed(gateId, held.mode) }
    }),
    firstIn(gateId, atMs) {
      if (roster.gate(gateId)?.rules.firstPersonIn !== true) return
      book.write({ ...book.row(gateId), firstInAtMs: atMs }).then(() => follow(gateId)).catch((error: unknown) => book.failed(gateId, error))
    },
  }
}
