import { Type } from 'typebox'
import { Closed, LocalDate, Slug, UuidText } from '#contract/wire-types.js'
import { type EstateFinder, atEstate, callerOf, estateInBody, estateInQuery, requestedScope, scoped } from '../../http/access.js'
import type { App, Routes } from '../../http/app-types.js'
import { RECON_READERS } from '../batch/batch-routes.js'
import { ACCOUNTS, ACCOUNT_NAMES } from '../../ledger/chart.js'
import { CLOSE_KINDS, CLOSE_STATES, type CloseFigures, type CloseRecord } from './close-kinds.js'
import type { CloseService } from './close-service.js'
import { SHIFT_STATES } from './shift-kinds.js'
import type { ShiftService } from './shift-service.js'
import type { StatementService } from './statement-service.js'

const tags = ['finance close']
const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const [Fen, Text, AtMs] = [Type.Integer(), Type.String(), Type.Integer()]
const Period = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])(-[0-9]{2})?$' })
const Figures = Closed({
  accounts: Type.Array(Closed({ account: Text, of: OrNull(Text), openingFen: Fen, debitFen: Fen, creditFen: Fen, closingFen: Fen })),
  channels: Type.Array(Closed({ channel: Text, merchantId: Text, billFen: Fen, bookedFen: Fen, explainedFen: Fen, leftFen: Fen })),
  /** Of a day: orders and refunds by the channels beside what the books took and gave back. */
  books: Type.Optional(Closed({ orderFen: Fen, refundFen: Fen, postedFen: Fen, postedBackFen: Fen, explainedFen: Fen, leftFen: Fen })),
  debitFen: Fen, creditFen: Fen, problems: Type.Array(Closed({ what: Text, count: Type.Integer() })), auditHash: OrNull(Text),
})
const Close = Closed({
  closeId: UuidText, estateId: Text, kind: Type.Enum(CLOSE_KINDS), period: Period, state: Type.Enum(CLOSE_STATES), figures: Figures, preparedBy: Text, preparedAtMs: AtMs,
  closedBy: OrNull(Text), closedAtMs: OrNull(AtMs), reopening: OrNull(Closed({ by: Text, atMs: AtMs, reason: Text, agreedBy: OrNull(Text) })),
})
const CloseParams = Closed({ closeId: UuidText })
const CloseBody = Closed({ estateId: Slug, kind: Type.Enum(CLOSE_KINDS), period: Period })
const ListQuery = Closed({ estateId: Type.Optional(Slug), kind: Type.Optional(Type.Enum(CLOSE_KINDS)) })
const ReasonBody = Closed({ reason: Type.String({ minLength: 2, maxLength: 500 }) })
const Shift = Closed({
  shiftId: UuidText, estateId: Text, desk: Text, cashierId: Text, bizDate: LocalDate, state: Type.Enum(SHIFT_STATES), openingFen: Fen, expectedFen: OrNull(Fen),
    countedFen: OrNull(Fen),
  differenceFen: OrNull(Fen), note: OrNull(Text), reviewerId: OrNull(Text), openedAtMs: AtMs, countedAtMs: OrNull(AtMs), reviewedAtMs: OrNull(AtMs),
})
const Cash = Type.Integer({ minimum: 0, maximum: 100_000_000_000 })
const ShiftParams = Closed({ shiftId: UuidText })
const ShiftBody = Closed({ estateId: Slug, desk: Type.String({ pattern: '^[0-9A-Za-z-]{1,40}$' }), openingFen: Cash })
const CountBody = Closed({ countedFen: Cash, note: OrNull(Type.String({ minLength: 1, maxLength: 300 })) })
const ShiftQuery = Closed({ estateId: Type.Optional(Slug), fromDate: LocalDate, untilDate: LocalDate })
const BalanceQuery = Closed({ estateId: Slug, fromDate: LocalDate, untilDate: LocalDate })
const TrialBalance = Closed({
  rows: Type.Array(Closed({
    account: Type.Enum(ACCOUNT_NAMES), code: Text, name: Text, of: OrNull(Text), openingFen: Fen, debitFen: Fen, creditFen: Fen, closingFen: Fen,
    /** Of what was posted in the span, that which belongs to closed days before it. */
    priorDebitFen: Fen, priorCreditFen: Fen,
  })),
  debitFen: Fen, creditFen: Fen,
})
const Aging = Closed({
  rows: Type.Array(Closed({ bucket: Text, count: Type.Integer(), fen: Fen })),
  items: Type.Array(Closed({ suspenseId: Text, estateId: Text, reference: Text, cause: Text, fen: Fen, days: Type.Integer() })),
})

const figuresOf = ({ accounts, channels, problems, ...sums }: CloseFigures) => ({ ...sums, accounts: [...accounts], channels: [...channels], problems: [...problems] })
const closeOf = (close: CloseRecord) => ({ ...close, figures: figuresOf(close.figures) })

function shiftRoutes(app: App, shifts: ShiftService): void {
  const ofShift: EstateFinder = async (request) => (await shifts.find((request.params as { shiftId: string }).shiftId))?.estateId

  app.get('/api/finance/shifts', {
    config: { access: scoped(...RECON_READERS) },
    schema: { summary: 'Cashier shifts, the latest first', tags, querystring: ShiftQuery, response: { 200: Closed({ items: Type.Array(Shift) }) } },
  }, async (request) => {
    const { estateId, fromDate, untilDate } = request.query
    const scope = requestedScope(request, estateId)
    return { items: await shifts.list(scope === 'all' ? null : scope, fromDate, untilDate) }
  })
  app.post('/api/finance/shifts', {
    config: { access: atEstate(estateInBody, 'cashier') }, schema: { summary: 'Begin a shift at a desk', tags, body: ShiftBody, response: { 201: Shift } },
  }, async (request, reply) => reply.code(201).send(await shifts.open(callerOf(request).userId, request.body)))
  app.post('/api/finance/shifts/:shiftId/count', {
    config: { access: atEstate(ofShift, 'cashier') }, schema: { summary: 'End a shift with the cash that was counted', tags, params: ShiftParams, body: CountBody,
      response: { 200: Shift } },
  }, (request) => shifts.count(callerOf(request).userId, request.params.shiftId, request.body.countedFen, request.body.note))
  app.post('/api/finance/shifts/:shiftId/review', {
    config: { access: atEstate(ofShift, 'finance-checker') },
    schema: { summary: 'Sign a counted shift; what is short or over is posted', tags, params: ShiftParams, response: { 200: Shift } },
  }, (request) => shifts.review(callerOf(request).userId, request.params.shiftId))
}

/** Cashier shifts, day and month closes, and the statements that belong to them. */
export const closeRoutes = (deps: { closes: CloseService; shifts: ShiftService; statements: StatementService }): Routes => (app) => {
  const { closes, shifts, statements } = deps
  const ofClose: EstateFinder = async (request) => (await closes.find((request.params as { closeId: string }).closeId))?.estateId
  shiftRoutes(app, shifts)

  app.get('/api/finance/closes', {
    config: { access: scoped(...RECON_READERS) },
    schema: { summary: 'Closed and prepared days and months, the latest first', tags, querystring: ListQuery, response: { 200: Closed({ items: Type.Array(Close) }) } },
  }, async (request) => {
    const scope = requestedScope(request, request.query.estateId)
    return { items: (await closes.list(scope === 'all' ? null : scope, request.query.kind)).map(closeOf) }
  })
  app.post('/api/finance/closes/preview', {
    config: { access: atEstate(estateInBody, ...RECON_READERS) },
    schema: { summary: 'What closing would say now, and what is in its way', tags, body: CloseBody, response: { 200: Figures } },
  }, async (request) => figuresOf(await closes.preview(request.body)))
  app.post('/api/finance/closes', {
    config: { access: atEstate(estateInBody, 'cashier', 'finance-maker') },
    schema: { summary: 'Prepare the close of a day or month', tags, body: CloseBody, response: { 201: Close } },
  }, async (request, reply) => reply.code(201).send(closeOf(await closes.prepare(callerOf(request).userId, request.body))))
  app.post('/api/finance/closes/:closeId/sign', {
    config: { access: atEstate(ofClose, 'finance-checker') },
    schema: { summary: 'Sign what somebody else prepared; a day\'s books are then locked', tags, params: CloseParams, response: { 200: Close } },
  }, async (request) => closeOf(await closes.sign(callerOf(request).userId, request.params.closeId)))
  app.delete('/api/finance/closes/:closeId', {
    config: { access: atEstate(ofClose, 'cashier', 'finance-maker') },
    schema: { summary: 'Take back what was prepared and not signed', tags, params: CloseParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await closes.drop(callerOf(request).userId, request.params.closeId)
    return reply.code(204).send(null)
  })
  app.post('/api/finance/closes/:closeId/reopen', {
    config: { access: atEstate(ofClose, 'finance-maker', 'finance-checker') },
    schema: { summary: 'Ask for a closed period to be opened again', tags, params: CloseParams, body: ReasonBody, response: { 200: Close } },
  }, async (request) => closeOf(await closes.proposeReopen(callerOf(request).userId, request.params.closeId, request.body.reason)))
  app.post('/api/finance/closes/:closeId/reopen/agree', {
    config: { access: atEstate(ofClose, 'finance-checker') },
    schema: { summary: 'Agree that it is opened; later days open with it', tags, params: CloseParams, response: { 200: Close } },
  }, async (request) => closeOf(await closes.agreeReopen(callerOf(request).userId, request.params.closeId)))

  app.get('/api/finance/trial-balance', {
    config: { access: atEstate(estateInQuery, ...RECON_READERS) },
    schema: { summary: 'Trial balance of a span of days', tags, querystring: BalanceQuery, response: { 200: TrialBalance } },
  }, async (request) => {
    const { rows, debitFen, creditFen } = await statements.trialBalance(request.query.estateId, request.query.fromDate, request.query.untilDate)
    return { rows: rows.map((row) => ({ ...row, code: ACCOUNTS[row.account].code, name: ACCOUNTS[row.account].name })), debitFen, creditFen }
  })
  app.get('/api/finance/suspense-aging', {
    config: { access: scoped(...RECON_READERS) },
    schema: { summary: 'Money without a place by how long it has been there', tags, querystring: Closed({ estateId: Type.Optional(Slug) }), response: { 200: Aging } },
  }, async (request) => {
    const scope = requestedScope(request, request.query.estateId)
    return statements.suspenseAging(scope === 'all' ? null : scope)
  })
}
