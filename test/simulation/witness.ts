import type { DoorCommandV1, DoorModeV1 } from '#contract/device-messages.js'
import type { GatewayMessageKind } from '#contract/message-table.js'
import type { PassageV2 } from '#contract/passage-record.js'
import type { RecordBody } from '#contract/sync-records.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { Kept } from '../../firmware-sim/controller/keep-queue.js'
import type { VirtualDisk } from './disk/virtual-disk.js'
import type { Timeline } from './engine/timeline.js'
import { FACE_MARK } from './gateway/face-engine.js'

export type Invariant = 'I1' | 'I2' | 'I3' | 'I7' | 'I8' | 'roster' | 'drained' | 'defect'

export interface Violation {
  readonly invariant: Invariant
  readonly atMs: number
  readonly what: string
}

/** A record that was committed, whatever became of it. */
export interface LedgerEntry {
  readonly epoch: number
  readonly seq: number
  readonly payload: string
  readonly hash: string
  readonly body: RecordBody
  readonly atMs: number
}

/** What is good for at most so long by true time, and what clocks and transport may add. */
export interface Patience {
  readonly commandValidityMs: number
  readonly orderValidityMs: number
}
const SLACK_MS = 50

/** Sees what no part of the system sees: true time, every commit, every door. Judges as things happen. */
export interface Witness {
  readonly violations: readonly Violation[]
  /** What was committed and is on the disk that the gateway has now. */
  ledger(): readonly LedgerEntry[]
  /** What was committed to a disk that the gateway no longer has. */
  lost(): readonly LedgerEntry[]
  /** Door events whose acknowledgement left, while the present disk was in the machine. */
  doorEventsAcknowledged(): readonly string[]
  /** How often an older disk was put in its place. */
  replacements(): number
  /** The controller keeps it until it is acknowledged. */
  kept(message: Kept): void
  violate(invariant: Invariant, what: string): void
  committed(): void
  /** A life of the gateway begins on what the disk holds. */
  booted(): void
  diskReplaced(copiedAtMs: number): void
  published(kind: GatewayMessageKind, address: DeviceAddress, payload: unknown): void
  executed(controllerId: string, command: DoorCommandV1 | DoorModeV1, bootId: string): void
  captured(seenId: string): void
  arrived(seenId: string): void
  ordered(operatorRef: string): void
  matched(personRef: string): void
  left(text: string): void
  counts(): Readonly<Record<'records' | 'opened' | 'matched' | 'acknowledged', number>>
}

const FACE_WORDS = [FACE_MARK, Buffer.from(FACE_MARK.slice(0, 15)).toString('base64')]

export function createWitness(deps: { timeline: Timeline; disk: Pick<VirtualDisk, 'committed'>; patience: Patience }): Witness {
  const { timeline, disk, patience } = deps
  const violations: Violation[] = []
  let ledger: LedgerEntry[] = []
  const lost: LedgerEntry[] = []
  const acknowledged = new Map<string, number>()
  const commands = new Map<string, string>()
  const passages = new Map<string, PassageV2>()
  const erased = new Set<string>()
  const executedIds = new Set<string>()
  const usedOrders = new Set<string>()
  const capturedMs = new Map<string, number>()
  const arrivedMs = new Map<string, number>()
  const orderedMs = new Map<string, number>()
  const doorEvents = new Set<string>()
  let replacements = 0
  const counted = { opened: 0, matched: 0 }
  const violate: Witness['violate'] = (invariant, what) => void violations.push({ invariant, atMs: timeline.nowMs(), what })

  const learn = ({ body }: LedgerEntry): void => {
    if (body.kind === 'door-command.v1') commands.set(body.commandId, body.passageId)
    if (body.kind === 'passage.v2') passages.set(body.passageId, body)
    if (body.kind === 'erasure.v1') erased.add(body.personRef)
    if (body.kind === 'enrolment.v1') erased.delete(body.personRef)
  }
  const within = (what: string, sinceMs: number | undefined, limitMs: number): void => {
    if (sinceMs === undefined) return
    const tookMs = timeline.nowMs() - sinceMs
    if (tookMs > limitMs + SLACK_MS) violate('I3', `a door opened ${Math.round(tookMs)} ms after ${what}, at most ${limitMs}`)
  }
  /** A command moved a relay: there must be a committed grant behind it that is young enough by true time. */
  const judgeOpening = ({ commandId }: DoorCommandV1): void => {
    counted.opened += 1
    const passage = passages.get(commands.get(commandId) ?? '')
    if (passage === undefined) return violate('I3', `command ${commandId} opened a door, and no grant was ever committed`)
    if (passage.result !== 'granted') violate('I3', `command ${commandId} opened a door for a refusal`)
    if (passage.seenId !== null) {
      within('its frame or presentation arrived', arrivedMs.get(passage.seenId), patience.commandValidityMs)
      within('its frame was taken', capturedMs.get(passage.seenId), patience.commandValidityMs + 4_000)
    }
    if (passage.way !== 'remote' || passage.operatorRef === null) return
    within('its order was given', orderedMs.get(passage.operatorRef), patience.orderValidityMs + patience.commandValidityMs)
    if (usedOrders.has(passage.operatorRef)) violate('I3', `the order of ${passage.operatorRef} opened a door twice`)
    usedOrders.add(passage.operatorRef)
  }

  return {
    violations, violate,
    ledger: () => ledger,
    lost: () => lost,
    doorEventsAcknowledged: () => [...acknowledged.keys()].filter((eventId) => doorEvents.has(eventId)),
    replacements: () => replacements,
    kept({ kind, payload }) {
      if (kind === 'doorEvent') doorEvents.add(payload.eventId)
    },
    committed() {
      const last = ledger.at(-1)
      const rows = disk.committed<Omit<LedgerEntry, 'body' | 'atMs'>>(
        'SELECT epoch, seq, payload, hash FROM log_record WHERE epoch > ? OR (epoch = ? AND seq > ?) ORDER BY epoch, seq', [last?.epoch ?? 0, last?.epoch ?? 0, last?.seq ?? 0])
      for (const row of rows) {
        const entry = { ...row, body: JSON.parse(row.payload) as RecordBody, atMs: timeline.nowMs() }
        ledger.push(entry)
        learn(entry)
      }
    },
    booted() {
      const last = ledger.at(-1)
      if (last === undefined) return
      const [row] = disk.committed<{ hash: string }>('SELECT hash FROM log_record WHERE epoch = ? AND seq = ?', [last.epoch, last.seq])
      if (row?.hash !== last.hash) violate('I2', `record ${last.epoch}/${last.seq} was committed and is gone after a restart`)
    },
    diskReplaced(copiedAtMs) {
      replacements += 1
      lost.push(...ledger.filter(({ atMs }) => atMs > copiedAtMs))
      ledger = ledger.filter(({ atMs }) => atMs <= copiedAtMs)
      for (const [eventId, atMs] of acknowledged) if (atMs > copiedAtMs) acknowledged.delete(eventId)
      erased.clear()
      for (const { body } of ledger) {
        if (body.kind === 'erasure.v1') erased.add(body.personRef)
        if (body.kind === 'enrolment.v1') erased.delete(body.personRef)
      }
    },
    published(kind, { deviceId }, payload) {
      if (kind === 'doorCommand') {
        const { commandId } = payload as DoorCommandV1
        if (!commands.has(commandId)) violate('I3', `command ${commandId} was sent before its grant was committed`)
      }
      if (kind !== 'eventAck') return
      for (const eventId of (payload as { eventIds: readonly string[] }).eventIds) {
        const held = disk.committed('SELECT 1 FROM device_event WHERE device_id = ? AND event_id = ?', [deviceId, eventId])
        if (held.length === 0) violate('I1', `event ${eventId} of ${deviceId} was acknowledged and is not committed`)
        acknowledged.set(eventId, timeline.nowMs())
      }
    },
    executed(controllerId, command, bootId) {
      const { commandId } = command
      if (executedIds.has(commandId)) violate('I3', `${controllerId} carried out command ${commandId} twice`)
      executedIds.add(commandId)
      if (command.bootId !== bootId) violate('I3', `${controllerId} carried out a command for another boot`)
      if ('action' in command) judgeOpening(command)
    },
    captured: (seenId) => void capturedMs.set(seenId, timeline.nowMs()),
    arrived(seenId) {
      if (!arrivedMs.has(seenId)) arrivedMs.set(seenId, timeline.nowMs())
    },
    ordered: (operatorRef) => void orderedMs.set(operatorRef, timeline.nowMs()),
    matched(personRef) {
      counted.matched += 1
      if (erased.has(personRef)) violate('I7', `${personRef} was recognised after the erasure was recorded`)
    },
    left(text) {
      if (FACE_WORDS.some((word) => text.includes(word))) violate('I8', 'a picture of a face left the estate')
    },
    counts: () => ({ records: ledger.length + lost.length, acknowledged: acknowledged.size, ...counted }),
  }
}
