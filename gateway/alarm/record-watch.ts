import type { RecordBody, RecordOf } from '#contract/sync-records.js'
import { AppError } from '#kernel/app-error.js'
import type { Clock } from '#kernel/clock.js'
import type { AlarmService } from './alarm-service.js'
import { type AlarmSignal, isSamePlace } from './alarm-steps.js'
import type { AlarmPlace, AlarmWork } from './ports.js'
import { countsOf, doorEventAlarms, endedBy, healthAlarms, statusAlarms } from './record-rules.js'
import { createSlidingCount } from './sliding-count.js'

/** When refusals are too many. */
export interface RefusalLimits {
  readonly unknownCount: number
  readonly unknownSeconds: number
  readonly refusalCount: number
  readonly refusalSeconds: number
  readonly keypadCount: number
  readonly keypadSeconds: number
}

/** Persons and readers that are counted apart: more than any estate has before its gates within a window. */
const KEYS_MAX = 10_000
/** Failures of the store that say that the disk does not take what it must. */
const STORE_FAILURES = ['GW_STORE_FULL', 'GW_STORE_COMMIT', 'GW_STORE_BUSY', 'GW_STORE_CORRUPT']
const STORE_FAILED = { alarm: 'store-failed', gateId: null, deviceId: null } as const

/** Looks at every record as it is written, and at every write that fails. */
export interface RecordWatch {
  /** In the record's own transaction. True where an alarm changed. */
  onRecord(tx: AlarmWork, body: RecordBody): Promise<boolean>
  onCommit(changed: boolean): void
  onFailure(error: unknown): void
}

export function createRecordWatch(deps: { alarms: AlarmService; limits: RefusalLimits; clock: Clock }): RecordWatch {
  const { alarms, limits, clock } = deps
  const count = (times: number, seconds: number) => createSlidingCount({ clock, windowMs: seconds * 1_000, count: times, keysMax: KEYS_MAX })
  const counts = {
    'repeated-unknown': count(limits.unknownCount, limits.unknownSeconds),
    'repeated-refusal': count(limits.refusalCount, limits.refusalSeconds),
    'keypad-guessing': count(limits.keypadCount, limits.keypadSeconds),
  }
  let failing = false

  const passageAlarms = (passage: RecordOf<'passage.v2'>): AlarmSignal[] => {
    const { gateId, deviceId, passageId, personRef } = passage
    const duress: AlarmSignal[] = passage.remarks.includes('duress')
      ? [{ kind: 'raise', news: { alarm: 'duress', gateId, deviceId, passageId, personRef } }] : []
    const repeated = countsOf(passage).filter(({ alarm, key }) => counts[alarm].hit(key)).map(({ alarm }): AlarmSignal => ({
      kind: 'raise', news: { alarm, gateId, deviceId: alarm === 'keypad-guessing' ? deviceId : null, passageId, personRef },
    }))
    return [...duress, ...repeated]
  }
  /** The end of those that stand: asked of memory, since hardly ever one does. */
  const end = (is: (alarm: AlarmPlace) => boolean): AlarmSignal[] =>
    alarms.list().filter((alarm) => alarm.phase.kind === 'open' && alarm.phase.active && is(alarm)).map((place) => ({ kind: 'gone', place }))
  const doorAlarms = (event: RecordOf<'door-event.v1'>): AlarmSignal[] => {
    const ended = endedBy(event)
    return [...doorEventAlarms(event), ...(ended.length === 0 ? [] : end((alarm) => ended.some((place) => isSamePlace(place, alarm))))]
  }
  const signalsOf = (body: RecordBody): AlarmSignal[] => {
    switch (body.kind) {
      case 'door-event.v1': return doorAlarms(body)
      case 'passage.v2': return passageAlarms(body)
      case 'device-health.v1': return healthAlarms(body)
      // A device that may not come any more is missed no more, and what it said last can be cleared.
      case 'device-info.v1': return body.revoked ? end(({ deviceId }) => deviceId === body.deviceId) : []
      case 'device-status.v2': return statusAlarms(body)
      default: return []
    }
  }
  return {
    async onRecord(tx, body) {
      let changed = false
      for (const signal of signalsOf(body)) changed = (await alarms.apply(tx, signal)) || changed
      return changed
    },
    onCommit(changed) {
      if (changed) void alarms.refresh()
      if (failing) alarms.clear(STORE_FAILED)
      failing = false
    },
    onFailure(error) {
      if (failing || !(error instanceof AppError) || !STORE_FAILURES.includes(error.code)) return
      failing = true
      alarms.raise({ ...STORE_FAILED, detail: error.code })
    },
  }
}
