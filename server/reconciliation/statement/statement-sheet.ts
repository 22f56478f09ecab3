import type { Cell, Sheet } from '../../access-log/workbook.js'
import { startOfDayMs } from '../../household/civil-date-rules.js'
import type { Language } from '../../report/report-sheets.js'
import { report as reportEnglish } from '../../web/kit/words/en/report.js'
import { statement as english } from '../../web/kit/words/en/statement.js'
import { report as reportChinese } from '../../web/kit/words/zh-cn/report.js'
import { statement as chinese } from '../../web/kit/words/zh-cn/statement.js'
import type { BankStatement, StatementItem } from './statement-rules.js'

const YUAN = '#,##0.00'
type Line = keyof typeof chinese.line

/** The statement as the page shows it, line by line: sums in the last column, what they are made of in the one before. */
export function statementSheet(bankAccount: string, statement: BankStatement, language: Language): Sheet {
  const words: typeof chinese = language === 'en' ? english : chinese
  const causes: Readonly<Record<string, string>> = (language === 'en' ? reportEnglish : reportChinese).code.cause
  const textOf = (text: string): string => (Object.hasOwn(causes, text) ? causes[text] ?? text : text)
  const line = (name: Line, fen: number): Cell[] => [words.line[name], null, null, null, null, fen / 100]
  const part = (name: Line, items: readonly StatementItem[]): Cell[][] => [
    line(name, items.reduce((sum, { fen }) => sum + fen, 0)),
    ...items.map(({ date, reference, text, fen }): Cell[] => [null, { atMs: startOfDayMs(date) }, reference, textOf(text), fen / 100, null]),
  ]
  const into = (items: readonly StatementItem[]): StatementItem[] => items.filter(({ fen }) => fen > 0)
  const out = (items: readonly StatementItem[]): StatementItem[] => items.filter(({ fen }) => fen < 0)
  const { date, bankFen, bookFen, bankOnly, bookOnly, adjustedBankFen, adjustedBookFen, leftFen, openingFen, missingFen } = statement
  return {
    name: words.sheet, footer: `&L${bankAccount} ${date}&R&P/&N`,
    columns: [
      { header: words.what, width: 30 }, { header: words.date, width: 12, format: 'yyyy-mm-dd' }, { header: words.reference, width: 34 }, { header: words.text, width: 40 },
      { header: words.partYuan, width: 16, format: YUAN }, { header: words.yuan, width: 16, format: YUAN },
    ],
    rows: [
      line('bank', bankFen), ...part('bookIn', into(bookOnly)), ...part('bookOut', out(bookOnly)), line('adjustedBank', adjustedBankFen), [],
      line('book', bookFen), ...part('bankIn', into(bankOnly)), ...part('bankOut', out(bankOnly)), line('adjustedBook', adjustedBookFen), [],
      line('left', leftFen), line('opening', openingFen), line('missing', missingFen),
    ],
  }
}
