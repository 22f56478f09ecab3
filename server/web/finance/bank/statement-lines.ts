import type { BankStatement, StatementItem } from '../../kit/api/report-types.js'
import type { zhCn } from '../../kit/words/zh-cn.js'

export interface StatementLine {
  readonly name: keyof typeof zhCn.balancing.line
  readonly fen: number
  /** What the line is the sum of. */
  readonly items: readonly StatementItem[]
  /** The sum of the lines above it. */
  readonly sum: boolean
}

/** The statement as it is read: the bank's side, the books' side, and what is left between them with what that is made of. */
export function statementLines(
  { bankFen, bookFen, bookOnly, bankOnly, adjustedBankFen, adjustedBookFen, leftFen, openingFen, missingFen }: BankStatement,
): ReadonlyArray<readonly StatementLine[]> {
  const line = (name: StatementLine['name'], fen: number, sum = false): StatementLine => ({ name, fen, items: [], sum })
  const part = (name: StatementLine['name'], items: readonly StatementItem[]): StatementLine => ({ ...line(name, items.reduce((all, { fen }) => all + fen, 0)), items })
  const into = (items: readonly StatementItem[]): StatementItem[] => items.filter(({ fen }) => fen > 0)
  const out = (items: readonly StatementItem[]): StatementItem[] => items.filter(({ fen }) => fen < 0)
  return [
    [line('bank', bankFen), part('bookIn', into(bookOnly)), part('bookOut', out(bookOnly)), line('adjustedBank', adjustedBankFen, true)],
    [line('book', bookFen), part('bankIn', into(bankOnly)), part('bankOut', out(bankOnly)), line('adjustedBook', adjustedBookFen, true)],
    [line('left', leftFen, true), line('opening', openingFen), line('missing', missingFen)],
  ]
}
