import type { Change } from '../audit/change.js'
import { type ItemChange, appendRosterChanges } from '../roster/roster-change-writer.js'
import { type HolidayRecord, list } from './holiday-repository.js'

/** A day as gateways are told of it. */
export const holidayItem = (day: HolidayRecord): ItemChange => ({ itemKey: `holiday:${day.date}`, item: { kind: 'holiday.v1', ...day } })

/** Tells the gateways of an estate that has just been added of all days. */
export const announceHolidays = async (change: Change, estateId: string): Promise<void> =>
  appendRosterChanges(change.tx, estateId, (await list(change.tx)).map(holidayItem))
