import type { HolidayRecord } from './holiday-repository.js'

/** A year's table as it was announced, to be taken over and edited. */
export interface HolidayTable {
  readonly year: number
  /** Where it was announced. */
  readonly source: string
  readonly days: readonly HolidayRecord[]
}

const days = (name: string, treatAs: HolidayRecord['treatAs'], month: string, from: number, until = from): HolidayRecord[] =>
  Array.from({ length: until - from + 1 }, (_, index) => ({ date: `2026-${month}-${String(from + index).padStart(2, '0')}`, name, treatAs }))

/** Tables that the server ships. A later year is typed in or uploaded when it is announced, usually in November. */
export const HOLIDAY_TABLES: readonly HolidayTable[] = [{
  year: 2026,
  source: '国务院办公厅关于2026年部分节假日安排的通知（2025-11-04）',
  days: [
    ...days('元旦', 'holiday', '01', 1, 3), ...days('元旦调休', 'workday', '01', 4),
    ...days('春节调休', 'workday', '02', 14), ...days('春节', 'holiday', '02', 15, 23), ...days('春节调休', 'workday', '02', 28),
    ...days('清明节', 'holiday', '04', 4, 6),
    ...days('劳动节', 'holiday', '05', 1, 5), ...days('劳动节调休', 'workday', '05', 9),
    ...days('端午节', 'holiday', '06', 19, 21),
    ...days('国庆节调休', 'workday', '09', 20), ...days('中秋节', 'holiday', '09', 25, 27),
    ...days('国庆节', 'holiday', '10', 1, 7), ...days('国庆节调休', 'workday', '10', 10),
  ],
}]
