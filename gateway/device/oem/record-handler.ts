import { createHash } from 'node:crypto'
import type { Clock } from '#kernel/clock.js'
import { createExclusive, type Exclusive } from '#kernel/exclusive.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { TerminalPublisher } from '../ports.js'
import { PUSH_ACK, pushAck } from './command-messages.js'
import type { Recognition, Stranger } from './oem-reader.js'
import type { TerminalRow, TerminalStore } from './ports.js'
import { countRecord, type CountStep } from './record-number-rules.js'
import type { TerminalObserver } from './terminal-observer.js'
import { type RecognisedPerson, type TerminalGate, strangerPassage, terminalPassage } from './terminal-passage.js'
import type { TerminalRegister } from './terminal-register.js'

/** What the roster says about terminals and those before them. */
export interface TerminalRoster {
  /** The gate at which this terminal stands; undefined where it stands at none, or two claim it. */
  gateOf(terminalId: string): TerminalGate | undefined
  /** Undefined for a person who is not known, or without a consent that stands at `nowMs`. */
  person(personRef: string, gateId: string, nowMs: number): RecognisedPerson | undefined
}

/** Somebody went through a gate by a terminal's own decision. */
export interface TerminalCrossing extends TerminalGate {
  readonly personRef: string
  /** Wall clock; of a late report, when it was. */
  readonly atMs: number
}

export interface RecordHandlerDeps {
  readonly store: Pick<TerminalStore, 'transact'>
  readonly register: TerminalRegister
  readonly view: TerminalRoster
  readonly publisher: TerminalPublisher
  /** Called where a terminal let in somebody whom this gateway does not permit at its gate. */
  readonly onUnpermitted: (terminalId: string) => void
  /** Called after the commit, once for each passage of somebody who is known; not where nobody can tell when it was. */
  readonly onCrossed: (crossing: TerminalCrossing) => void
  readonly runtime: { readonly clock: Clock; readonly ids: IdSource; readonly stamp: Stamper; readonly log: Logger; readonly observer: TerminalObserver }
}

/** Recognitions and strangers: into the log first, acknowledged then. Nothing that a terminal says opens a door here. */
export interface RecordHandler {
  recognition(terminalId: string, seen: Recognition): Promise<void>
  stranger(terminalId: string, seen: Stranger): Promise<void>
}

/** Strangers before one terminal make one record in this time, as refusals at a camera do. */
const STRANGER_REPEAT_MS = 10_000

/**
 * One record is one number with one content: a terminal that counts anew after a reset uses the same numbers for other
 * records, and one that repeats itself says the same.
 */
const eventIdOf = (kind: 'rec' | 'snap', number: number | null, content: ReadonlyArray<string | number | null>): string =>
  `${kind}:${number ?? '-'}:${createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16)}`

/** Tells what a record says about the terminal itself. */
function createReports({ onUnpermitted, runtime: { log, observer } }: RecordHandlerDeps) {
  return {
    count(terminalId: string, recordId: number, step: CountStep): void {
      if (step.kind === 'gap') {
        observer.anomaly('record-gap', step.newlyMissing)
        log.warn({ terminalId, recordId, missing: step.newlyMissing }, 'records of a terminal are missing')
      }
      if (step.kind !== 'restart') return
      observer.anomaly('count-restart', 1)
      log.warn({ terminalId, recordId }, 'a terminal counts its records anew')
    },
    person(terminalId: string, seen: Recognition, person: RecognisedPerson | undefined): void {
      const isPermitted = person !== undefined && person.permitId !== null
      if (seen.verdict !== 'allowed' || seen.isBlocked || !seen.live || isPermitted) return
      observer.anomaly('unpermitted', 1)
      log.warn({ terminalId }, 'a terminal let in somebody whom this gateway does not permit there')
      onUnpermitted(terminalId)
    },
  }
}

function createRecognitions(deps: RecordHandlerDeps) {
  const { store, register, view, onCrossed, runtime: { ids, stamp, observer } } = deps
  const report = createReports(deps)
  return async (terminal: TerminalRow, gate: TerminalGate, seen: Recognition): Promise<void> => {
    const { terminalId } = terminal
    const { recordId, customId, verdict, deviceWallMs } = seen
    const common = stamp()
    const person = customId === null ? undefined : view.person(customId, gate.gateId, common.occurredAtMs)
    const step = countRecord(terminal.records, recordId)
    const passage = terminalPassage({ stamp: common, passageId: ids.uuid(), terminalId, gate }, seen, person)
    const isNew = await store.transact(async (tx) => {
      if (!(await tx.claimDeviceEvent(terminalId, eventIdOf('rec', recordId, [deviceWallMs, customId, verdict])))) return false
      await tx.append(passage)
      await tx.saveTerminalRecords(terminalId, step.count)
      return true
    })
    observer.message(isNew ? 'stored' : 'repeated')
    if (!isNew) return
    register.counted(terminalId, step.count)
    report.count(terminalId, recordId, step)
    report.person(terminalId, seen, person)
    const { result, personRef, remarks, occurredAtMs: atMs } = passage
    const isUndated = remarks.includes('late-report') && remarks.includes('clock-suspect')
    if (result === 'granted' && personRef !== null && !isUndated) onCrossed({ ...gate, personRef, atMs })
  }
}

function createStrangers({ store, runtime: { clock, ids, stamp, observer } }: RecordHandlerDeps) {
  const storedAtMonoMs = new Map<string, number>()
  return async ({ terminalId }: TerminalRow, gate: TerminalGate, seen: Stranger): Promise<void> => {
    // A stranger who stands before a terminal is sent again and again. What it kept from before is stored, each.
    const isThrottled = seen.live && clock.monoMs() - (storedAtMonoMs.get(terminalId) ?? -Infinity) < STRANGER_REPEAT_MS
    if (isThrottled) return observer.message('throttled')
    const isNew = await store.transact(async (tx) => {
      if (!(await tx.claimDeviceEvent(terminalId, eventIdOf('snap', seen.snapId, [seen.deviceWallMs])))) return false
      await tx.append(strangerPassage({ stamp: stamp(), passageId: ids.uuid(), terminalId, gate }, seen))
      return true
    })
    if (seen.live) storedAtMonoMs.set(terminalId, clock.monoMs())
    observer.message(isNew ? 'stored' : 'repeated')
  }
}

export function createRecordHandler(deps: RecordHandlerDeps): RecordHandler {
  const { register, view, publisher, runtime: { ids, observer } } = deps
  const storeRecognition = createRecognitions(deps)
  const storeStranger = createStrangers(deps)
  const turns = new Map<string, Exclusive>()

  /** A terminal's records one after the other, for its count moves with them; none of one that stands nowhere. */
  const atGate = (terminalId: string, work: (terminal: TerminalRow, gate: TerminalGate) => Promise<void>): Promise<void> => {
    let turn = turns.get(terminalId)
    if (turn === undefined) turns.set(terminalId, (turn = createExclusive()))
    return turn(async () => {
      const terminal = register.find(terminalId)
      const gate = view.gateOf(terminalId)
      // Not acknowledged: the terminal keeps the record until somebody says where it stands.
      if (terminal === undefined || gate === undefined) return observer.message('no-gate')
      await work(terminal, gate)
    })
  }

  return {
    recognition: (terminalId, seen) => atGate(terminalId, async (terminal, gate) => {
      await storeRecognition(terminal, gate, seen)
      publisher.publish(terminalId, pushAck(ids.uuid(), terminalId, PUSH_ACK.recognition, seen.recordId))
    }),
    stranger: (terminalId, seen) => atGate(terminalId, async (terminal, gate) => {
      await storeStranger(terminal, gate, seen)
      if (seen.snapId !== null) publisher.publish(terminalId, pushAck(ids.uuid(), terminalId, PUSH_ACK.stranger, seen.snapId))
    }),
  }
}
