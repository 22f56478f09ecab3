import type { Cell, Sheet } from '../../access-log/workbook.js'
import { startOfDayMs } from '../../household/civil-date-rules.js'
import type { Language } from '../../report/report-sheets.js'
import { report as reportEnglish } from '../../web/kit/words/en/report.js'
import { balancing as english } from '../../web/kit/words/en/statement.js'
import { report as reportChinese } from '../../web/kit/words/zh-cn/report.js'
import { balancing as chinese } from '../../web/kit/words/zh-cn/statement.js'
import type { BankStatement, StatementItem } from './statement-rules.js'

const YUAN = '#,##0.00'
/** Words that the page has no place for. */
const HEADS = {
  'zh-CN': { sheet: '银行存款余额调节表', what: '项目', date: '日期', reference: '流水号', text: '摘要', partYuan: '明细（元）', yuan: '金额（元）' },
  en: { sheet: 'Bank reconciliation', what: 'Item', date: 'Date', reference: 'Reference', text: 'Memo', partYuan: 'Of it (yuan)', yuan: 'Amount (yuan)' },
} as const
type Line = keyof typeof chinese.line

/** The statement as the page shows it, line by line: sums in the last column, what they are made of in the one before. */
export function statementSheet(bankAccount: string, statement: BankStatement, language: Language): Sheet {
  const heads = HEADS[language]
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
    name: heads.sheet, footer: `&L${bankAccount} ${date}&R&P/&N`,
    columns: [
      { header: heads.what, width: 30 }, { header: heads.date, width: 12, format: 'yyyy-mm-dd' }, { header: heads.reference, width: 34 }, { header: heads.text, width: 40 },
      { header: heads.partYuan, width: 16, format: YUAN }, { header: heads.yuan, width: 16, format: YUAN },
    ],
    rows: [
      line('bank', bankFen), ...part('bookIn', into(bookOnly)), ...part('bookOut', out(bookOnly)), line('adjustedBank', adjustedBankFen), [],
      line('book', bookFen), ...part('bankIn', into(bankOnly)), ...part('bankOut', out(bankOnly)), line('adjustedBook', adjustedBookFen), [],
      line('left', leftFen), line('opening', openingFen), line('missing', missingFen),
    ],
  }
}
