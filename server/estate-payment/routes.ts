import { decodeCursor, pageOf } from '../db/page.js'
import { fail } from '../errors.js'
import { addDays } from '../household/civil-date-rules.js'
import { atEstate, estateInQuery, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { CloseService } from './close-service.js'
import type { EstatePaymentViews } from './estate-payment-views.js'
import * as schemas from './schemas.js'

const tags = ['estate payment']
const READERS = ['estate-manager', 'cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
const PAGE_ITEMS = 50
/** Each day is counted anew. */
const DAYS_MAX = 31

/** What came in at estates' tills, and whether both ends count the same. */
export const estatePaymentRoutes = (deps: { views: EstatePaymentViews; closes: CloseService }): Routes => (app) => {
  app.get('/api/estate-payments', {
    config: { access: scoped(...READERS) },
    schema: { summary: 'Payments at estates\' tills, newest first', tags, querystring: schemas.PaymentQuery, response: { 200: schemas.PaymentPage } },
  }, async (request) => {
    const { estateId, bizDate, state, before, limit = PAGE_ITEMS } = request.query
    const scope = requestedScope(request, estateId)
    const place = before === undefined ? null : decodeCursor(schemas.PaymentPlace, before, 'before')
    const rows = await deps.views.payments({ estateIds: scope === 'all' ? null : scope, bizDate, state }, place, limit + 1)
    const { rows: items, next } = pageOf(rows, limit, ({ takenAtMs, paymentId }) => ({ takenAtMs, paymentId }))
    return { items, older: next }
  })

  app.get('/api/estate-closes', {
    config: { access: atEstate(estateInQuery, ...READERS) },
    schema: { summary: 'Days at an estate\'s tills as gateway and server count them', tags, querystring: schemas.CloseQuery, response: { 200: schemas.ComparedDays } },
  }, async (request) => {
    const { estateId, fromDate, untilDate } = request.query
    if (untilDate < fromDate || addDays(fromDate, DAYS_MAX) <= untilDate) throw fail('SV_HTTP_VALIDATION', { field: 'untilDate', problem: `1 to ${DAYS_MAX} days from fromDate` })
    return { days: await deps.closes.days(estateId, fromDate, untilDate) }
  })
}
