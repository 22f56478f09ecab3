import { Type } from 'typebox'
import { Closed, LocalDate, Slug } from '#contract/wire-types.js'
import { everywhere, requestedScope, scoped } from '../../http/access.js'
import type { Routes } from '../../http/app-types.js'
import { RECON_READERS } from '../batch/batch-routes.js'
import type { BooksService } from './books-service.js'

const tags = ['reconciliation']
const DayParams = Closed({ date: LocalDate })
const Sums = Closed({ count: Type.Integer(), fen: Type.Integer() })
const Sides = Closed({ paid: Sums, back: Sums })

/** Third leg: orders against ledger, receipts and hand-over. */
export const booksRoutes = ({ books }: { books: BooksService }): Routes => (app) => {
  app.get('/api/reconciliation/books/:date', {
    config: { access: scoped(...RECON_READERS) },
    schema: {
      summary: 'Orders and refunds of a day by the channels beside what the books took and gave back; what differs are the cases of leg 3', tags, params: DayParams,
      querystring: Closed({ estateId: Type.Optional(Slug) }), response: { 200: Closed({ orders: Sides, books: Sides, leftFen: Type.Integer() }) },
    },
  }, async (request) => {
    const scope = requestedScope(request, request.query.estateId)
    const { orders, books: posted } = await books.sums(request.params.date, scope === 'all' ? null : scope)
    return { orders, books: posted, leftFen: orders.paid.fen - orders.back.fen - (posted.paid.fen - posted.back.fen) }
  })

  app.post('/api/reconciliation/books/:date/match', {
    config: { access: everywhere('finance-maker') },
    schema: { summary: 'Look at a day\'s orders, books, receipts and hand-over once more', tags, params: DayParams, response: { 200: Closed({ differences: Type.Integer() }) } },
  }, async (request) => ({ differences: await books.match(request.params.date) }))
}
