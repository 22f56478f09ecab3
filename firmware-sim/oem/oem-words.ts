import type { OemProfile } from './oem-faults.js'
import type { KeptRecord } from './terminal-flash.js'

const UTC_OFFSET_MS = 480 * 60_000
/** A terminal's own clock as it writes it: local time of China, no zone. */
export const localTime = (wallMs: number): string => new Date(wallMs + UTC_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')

/** Numbers as this firmware writes them. */
export const written = (value: unknown, isText: boolean): unknown => (isText && typeof value === 'number' ? String(value) : value)
const asWritten = (info: Readonly<Record<string, unknown>>, isText: boolean): Record<string, unknown> =>
  Object.fromEntries(Object.entries(info).map(([name, value]) => [name, written(value, isText)]))

/** The pushed form of a record. */
export function pushedRecord({ type, id, info }: KeptRecord, isInTime: boolean, profile: OemProfile): object {
  const numbers = type === 'rec' ? { RecordID: id, Sendintime: isInTime ? 1 : 0 } : { SnapID: id }
  const { personName, ...rest } = info
  const named = personName === undefined ? {} : { [profile.oldNames ? 'persionName' : 'personName']: personName }
  return { operator: type === 'rec' ? 'RecPush' : 'StrSnapPush', info: asWritten({ ...rest, ...named, ...numbers }, profile.textNumbers) }
}
