import { describe, expect, it } from 'vitest'
import { readHolidays, writeHolidays } from '../../../server/web/manager/rules/holiday-text.js'

const DAYS = [{ date: '2026-10-01', name: '国庆节', treatAs: 'holiday' }, { date: '2026-10-10', name: '国庆节调休', treatAs: 'workday' }] as const

describe('holidays as text', () => {
  it.each([
    ['written here', writeHolidays(DAYS, (treatAs) => (treatAs === 'holiday' ? '休' : '班'))],
    ['a spreadsheet\'s CSV', '\uFEFF2026/10/1,国庆节,放假\r\n2026/10/10,国庆节调休,上班\r\n'],
    ['with quotes, tabs and empty lines', '\n"2026.10.01"\t"国庆节"\tholiday\n\n2026-10-10，国庆节调休，workday\n'],
  ])('%s is read', (_name, text) => expect(readHolidays(text)).toEqual({ days: DAYS, badLines: [] }))

  it('names the lines that it does not understand', () => {
    expect(readHolidays('日期 名称 类型\n2026-10-01 国庆节 休\n2026-10-02 国庆节\n2026-10-03 国庆节 半天\n10月4日 国庆节 休\n2026-10-05 国庆节 休 多').badLines).toEqual([1, 3, 4, 5, 6])
  })
})
