import type { Readable } from 'node:stream'
import { type Cell, streamWorkbook } from '../../access-log/workbook.js'
import type { Tx } from '../../db/transaction.js'
import { startOfDayMs } from '../../household/civil-date-rules.js'
import { bookEntries, statementLines } from './statement-repository.js'
import { type BankStatement, type StatementItem, bankStatement } from './statement-rules.js'

export interface BankStatementService {
  /** 余额调节表 of an account at the end of a day. */
  at(bankAccount: string, date: string): Promise<BankStatement>
  /** The same as a workbook: amounts are numbers in yuan, days are days. */
  workbook(bankAccount: string, date: string): Promise<Readable>
}

const YUAN = '#,##0.00'

function sheetRows({ bankFen, bookFen, bankOnly, bookOnly, adjustedBankFen, adjustedBookFen, openingFen, leftFen }: BankStatement): Cell[][] {
  const item = (kind: string, { date, reference, fen, text }: StatementItem): Cell[] => [kind, { atMs: startOfDayMs(date) }, reference, text, fen / 100]
  const line = (kind: string, fen: number): Cell[] => [kind, null, null, null, fen / 100]
  const part = (items: readonly StatementItem[], into: string, out: string): Cell[][] =>
    [...items.filter(({ fen }) => fen > 0).map((one) => item(into, one)), ...items.filter(({ fen }) => fen < 0).map((one) => item(out, one))]
  return [
    line('银行对账单余额', bankFen), ...part(bookOnly, '加：企业已收，银行未收', '减：企业已付，银行未付'), line('调节后银行余额', adjustedBankFen),
    line('企业账面余额', bookFen), ...part(bankOnly, '加：银行已收，企业未收', '减：银行已付，企业未付'), line('调节后企业余额', adjustedBookFen),
    line('其中期初差额', openingFen), line('未解释差额', leftFen),
  ]
}

export function createBankStatementService({ read }: { readonly read: Tx }): BankStatementService {
  const at: BankStatementService['at'] = async (bankAccount, date) =>
    bankStatement(date, await statementLines(read, bankAccount, date), await bookEntries(read, bankAccount, date))
  return {
    at,
    workbook: async (bankAccount, date) => streamWorkbook([{
      name: '银行存款余额调节表', footer: `&L${bankAccount} ${date}&R&P/&N`, rows: sheetRows(await at(bankAccount, date)),
      columns: [
        { header: '项目', width: 26 }, { header: '日期', width: 12, format: 'yyyy-mm-dd' }, { header: '流水号', width: 30 }, { header: '摘要', width: 40 },
        { header: '金额（元）', width: 16, format: YUAN },
      ],
    }]),
  }
}
