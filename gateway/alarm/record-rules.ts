import type { AlarmKind } from '#contract/alarm-records.js'
import type { DoorEventType } from '#contract/device-messages.js'
import type { RefusalReason } from '#contract/passage-record.js'
import type { RecordOf } from '#contract/sync-records.js'
import type { AlarmSignal } from './alarm-steps.js'
import type { AlarmPlace } from './ports.js'

const DETAIL_CHARS_MAX = 64

interface DoorAlarm {
  readonly alarm: AlarmKind
  readonly kind: AlarmSignal['kind']
  /** True where all doors of the controller say it at once: one cover, one fire input. */
  readonly ofDevice: boolean
}

const door = (alarm: AlarmKind, kind: AlarmSignal['kind'], ofDevice = false): DoorAlarm => ({ alarm, kind, ofDevice })
const DOOR_ALARMS: Partial<Record<DoorEventType, DoorAlarm>> = {
  forced: door('forced', 'raise'), 'forced-cleared': door('forced', 'gone'),
  'held-open': door('held-open', 'raise'), 'held-open-cleared': door('held-open', 'gone'),
  tamper: door('tamper', 'raise', true), 'tamper-cleared': door('tamper', 'gone', true),
  fire: door('fire', 'raise', true), 'fire-reset': door('fire', 'gone', true),
}

const signal = (kind: AlarmSignal['kind'], place: AlarmPlace, detail: string | null = null): AlarmSignal =>
  (kind === 'raise' ? { kind, news: { ...place, detail } } : { kind, place })

/** What a door event says about alarms; one that a device kept through an outage counts like any other. */
export function doorEventAlarms({ type, gateId, deviceId, doorNo, live }: RecordOf<'door-event.v1'>): AlarmSignal[] {
  const found = DOOR_ALARMS[type]
  if (found === undefined) return []
  const { alarm, kind, ofDevice } = found
  const where = ofDevice ? null : `door ${doorNo}`
  const detail = [where, live ? null : 'told late'].filter((part) => part !== null).join(', ')
  return [signal(kind, { alarm, gateId: ofDevice ? null : gateId, deviceId }, detail === '' ? null : detail)]
}

/**
 * Alarms whose cause a door event shows to be gone although their own end was never told: a controller that lost its power
 * forgets that a door was forced, and says of its cover what it finds then.
 */
export function endedBy({ type, gateId, deviceId }: RecordOf<'door-event.v1'>): AlarmPlace[] {
  if (type === 'closed') return (['forced', 'held-open'] as const).map((alarm) => ({ alarm, gateId, deviceId }))
  return type === 'power-on' ? [{ alarm: 'tamper', gateId: null, deviceId }] : []
}

export const healthAlarms = ({ deviceId, faults }: RecordOf<'device-health.v1'>): AlarmSignal[] =>
  [signal(faults.length > 0 ? 'raise' : 'gone', { alarm: 'device-fault', gateId: null, deviceId }, faults.join(', ').slice(0, DETAIL_CHARS_MAX))]

export const statusAlarms = ({ deviceId, status }: RecordOf<'device-status.v2'>): AlarmSignal[] =>
  (status === 'online' ? [signal('gone', { alarm: 'device-offline', gateId: null, deviceId })] : [])

/** Refusals that say something about who stood there, not about a device that was late or gone. */
const TECHNICAL: ReadonlySet<RefusalReason> = new Set(['undecodable', 'stale-frame', 'controller-offline', 'gate-unknown', 'engine-failed', 'poor-quality', 'face-too-small'])
const UNKNOWN: ReadonlySet<RefusalReason> = new Set(['not-recognised', 'unknown-credential'])
const GUESSED: ReadonlySet<RefusalReason> = new Set(['wrong-pin', 'unknown-credential', 'locked-out'])

/** What a refused passage counts towards, by the kind of alarm that too many of it make; its key tells what is counted apart. */
export function countsOf(passage: RecordOf<'passage.v2'>): Array<{ readonly alarm: 'repeated-unknown' | 'repeated-refusal' | 'keypad-guessing'; readonly key: string }> {
  const { result, reason, way, gateId, deviceId, personRef } = passage
  if (result !== 'refused' || reason === null) return []
  if (way === 'pin' && GUESSED.has(reason)) return [{ alarm: 'keypad-guessing', key: `${gateId} ${deviceId}` }]
  if (UNKNOWN.has(reason)) return [{ alarm: 'repeated-unknown', key: gateId }]
  return personRef === null || TECHNICAL.has(reason) ? [] : [{ alarm: 'repeated-refusal', key: `${gateId} ${personRef}` }]
}
