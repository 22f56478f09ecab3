import { Type } from 'typebox'
import { Closed, LocalDate } from '#contract/wire-types.js'
import { WORKBOOK_TYPE } from '../../access-log/workbook.js'
import { everywhere } from '../../http/access.js'
import type { Routes } from '../../http/app-types.js'
import { LANGUAGES } from '../../report/report-sheets.js'
import { AccountParams } from '../bank/bank-routes.js'
import { RECON_READERS } from '../batch/batch-routes.js'
import type { BankStatementService } from './bank-statement-service.js'

const tags = ['reconciliation']
const [Fen, Text] = [Type.Integer(), Type.String()]
/** Above zero came in, below went out. */
const Items = Type.Array(Closed({ date: LocalDate, reference: Text, fen: Fen, text: Text }))
const Statement = Closed({
  date: LocalDate, bankFen: Fen, bookFen: Fen, openingFen: Fen, missingFen: Fen, bankOnly: Items, bookOnly: Items, adjustedBankFen: Fen, adjustedBookFen: Fen, leftFen: Fen,
})
const StatementQuery = Closed({ date: LocalDate })
const SheetQuery = Closed({ date: LocalDate, language: Type.Optional(Type.Enum(LANGUAGES)) })

/** Bank accounts are of a merchant as a whole: who looks at them does so for all estates. */
export const bankStatementRoutes = ({ statements }: { statements: BankStatementService }): Routes => (app) => {
  app.get('/api/reconciliation/bank/:bankAccount/statement', {
    config: { access: everywhere(...RECON_READERS) },
    schema: {
      summary: 'Bank reconciliation statement (余额调节表) of an account at the end of a day; leftFen 0 is tied out', tags, params: AccountParams, querystring: StatementQuery,
      response: { 200: Statement },
    },
  }, async (request) => {
    const { bankOnly, bookOnly, ...sums } = await statements.at(request.params.bankAccount, request.query.date)
    return { ...sums, bankOnly: [...bankOnly], bookOnly: [...bookOnly] }
  })

  app.get('/api/reconciliation/bank/:bankAccount/statement.xlsx', {
    config: { access: everywhere(...RECON_READERS) }, schema: { summary: 'The same as a workbook', tags, params: AccountParams, querystring: SheetQuery },
  }, async (request, reply) => {
    const { params: { bankAccount }, query: { date, language = 'zh-CN' } } = request
    return reply.type(WORKBOOK_TYPE).header('content-disposition', `attachment; filename="bank-statement-${bankAccount}-${date}.xlsx"`)
      .send(await statements.workbook(bankAccount, date, language))
  })
}
