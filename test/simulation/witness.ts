import type { DoorCommandV1 } from '#contract/device-messages.js'
import type { GatewayMessageKind } from '#contract/message-table.js'
import type { RecordBody } from '#contract/sync-records.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { Kept } from '../../firmware-sim/controller/keep-queue.js'
import type { VirtualDisk } from './disk/virtual-disk.js'
import type { Timeline } from './engine/timeline.js'
import { FACE_MARK } from './gateway/face-engine.js'
import { type OpeningJudge, type Patience, createOpeningJudge } from './opening-judge.js'

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
  readonly openings: OpeningJudge
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
  const erased = new Set<string>()
  const doorEvents = new Set<string>()
  let replacements = 0
  let matched = 0
  const violate: Witness['violate'] = (invariant, what) => void violations.push({ invariant, atMs: timeline.nowMs(), what })

  const openings = createOpeningJudge({ timeline, patience, violate: (what) => violate('I3', what) })
  const learnFace = (body: RecordBody): void => {
    if (body.kind === 'erasure.v1') erased.add(body.personRef)
    if (body.kind === 'enrolment.v1') erased.delete(body.personRef)
  }

  return {
    violations, violate, openings,
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
        openings.learn(entry.body)
        learnFace(entry.body)
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
      for (const { body } of ledger) learnFace(body)
    },
    published(kind, { deviceId }, payload) {
      if (kind === 'doorCommand') openings.sent((payload as DoorCommandV1).commandId)
      if (kind !== 'eventAck') return
      for (const eventId of (payload as { eventIds: readonly string[] }).eventIds) {
        const held = disk.committed('SELECT 1 FROM device_event WHERE device_id = ? AND event_id = ?', [deviceId, eventId])
        if (held.length === 0) violate('I1', `event ${eventId} of ${deviceId} was acknowledged and is not committed`)
        acknowledged.set(eventId, timeline.nowMs())
      }
    },
    matched(personRef) {
      matched += 1
      if (erased.has(personRef)) violate('I7', `${personRef} was recognised after the erasure was recorded`)
    },
    left(text) {
      if (FACE_WORDS.some((word) => text.includes(word))) violate('I8', 'a picture of a face left the estate')
    },
    counts: () => ({ records: ledger.length + lost.length, acknowledged: acknowledged.size, opened: openings.opened(), matched }),
  }
}
