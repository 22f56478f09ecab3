import type { Holiday } from '../../kit/api/pass-types.js'

/** What a line may call a day off and a worked weekend. */
const WORDS: Readonly<Record<string, Holiday['treatAs']>> = {
  holiday: 'holiday', off: 'holiday', '\u4f11': 'holiday', '\u653e\u5047': 'holiday', workday: 'workday', work: 'workday', '\u73ed': 'workday', '\u4e0a\u73ed': 'workday',
}

export interface HolidayText {
  readonly days: readonly Holiday[]
  /** Numbers of lines that are not understood, from 1. */
  readonly badLines: readonly number[]
}

/** Reads lines of date, name and kind, with blanks, commas or tabs between: a table as text, or a spreadsheet's CSV. */
export function readHolidays(text: string): HolidayText {
  const days: Holiday[] = []
  const badLines: number[] = []
  for (const [index, line] of text.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    const cells = line.split(/[\s,\uFF0C;"]+/).filter((cell) => cell !== '')
    if (cells.length === 0) continue
    const [date = '', name = '', kind = ''] = cells
    const [, year, month, day] = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(date) ?? []
    const treatAs = WORDS[kind.toLowerCase()]
    if (year === undefined || month === undefined || day === undefined || treatAs === undefined || cells.length > 3) badLines.push(index + 1)
    else days.push({ date: `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`, name, treatAs })
  }
  return { days, badLines }
}

/** The table as text that can be read again. */
export const writeHolidays = (days: readonly Holiday[], kindText: (treatAs: Holiday['treatAs']) => string): string =>
  days.map(({ date, name, treatAs }) => `${date} ${name} ${kindText(treatAs)}`).join('\n')
