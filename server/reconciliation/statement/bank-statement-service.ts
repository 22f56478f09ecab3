import type { Readable } from 'node:stream'
import { streamWorkbook } from '../../access-log/workbook.js'
import type { Tx } from '../../db/transaction.js'
import type { Language } from '../../report/report-sheets.js'
import { bookEntries, statementLines } from './statement-repository.js'
import { type BankStatement, bankStatement } from './statement-rules.js'
import { statementSheet } from './statement-sheet.js'

export interface BankStatementService {
  /** 余额调节表 of an account at the end of a day. */
  at(bankAccount: string, date: string): Promise<BankStatement>
  /** The same as a workbook: amounts are numbers in yuan, days are days. */
  workbook(bankAccount: string, date: string, language: Language): Promise<Readable>
}

export function createBankStatementService({ read }: { readonly read: Tx }): BankStatementService {
  const at: BankStatementService['at'] = async (bankAccount, date) =>
    bankStatement(date, await statementLines(read, bankAccount, date), await bookEntries(read, bankAccount, date))
  return { at, workbook: async (bankAccount, date, language) => streamWorkbook([statementSheet(bankAccount, await at(bankAccount, date), language)]) }
}
