import type { AlarmKind } from '#contract/alarm-records.js'
import type { RecordBody } from '#contract/sync-records.js'
import type { AlarmPhase } from './alarm-machine.js'

/** What an alarm is about: of each there is one alarm at a time. */
export interface AlarmPlace {
  readonly alarm: AlarmKind
  readonly gateId: string | null
  readonly deviceId: string | null
}

/** Something that is an alarm, or goes on being one. */
export interface AlarmNews extends AlarmPlace {
  readonly passageId?: string | null
  readonly personRef?: string | null
  /** What was measured; never a name. */
  readonly detail?: string | null
}

/** Where an alarm's cause is gone; `detail` says what it came to, and takes the place of what was measured first. */
export type EndedPlace = AlarmPlace & Pick<AlarmNews, 'detail'>

/** An alarm that somebody still has to look at, or whose cause still stands. */
export interface AlarmRow extends AlarmPlace {
  readonly alarmId: string
  readonly phase: AlarmPhase
  readonly passageId: string | null
  readonly personRef: string | null
  readonly detail: string | null
  /** Wall clock. */
  readonly raisedAtMs: number
}

export interface AlarmTx {
  findAlarm(place: AlarmPlace): Promise<AlarmRow | undefined>
  findAlarmById(alarmId: string): Promise<AlarmRow | undefined>
  putAlarm(alarm: AlarmRow): Promise<void>
  dropAlarm(alarmId: string): Promise<void>
}

/** A controller whose fire input released its zone. */
export interface FireInputRow {
  readonly zoneId: string
  readonly deviceId: string
  /** `reset`: by hand at the controller; the zone still waits for a person. */
  readonly state: 'burning' | 'reset'
  /** Wall clock. */
  readonly sinceMs: number
}

export interface FireTx {
  putFireInput(row: FireInputRow): Promise<void>
  dropFireInputs(zoneId: string): Promise<void>
}

export interface AlarmReads {
  /** Oldest first. */
  alarms(): Promise<readonly AlarmRow[]>
  fireInputs(): Promise<readonly FireInputRow[]>
}

/** A transaction in which something may become an alarm. */
export type AlarmWork = AlarmTx & { append(body: RecordBody): Promise<unknown> }

/** What alarms need of the store. */
export interface AlarmStore {
  transact<T>(work: (tx: AlarmWork) => Promise<T>): Promise<T>
  alarms(): Promise<readonly AlarmRow[]>
}
