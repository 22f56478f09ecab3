import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { Closed, LocalDate } from '#contract/wire-types.js'
import { callerOf, everywhere } from '../../http/access.js'
import type { App, Routes } from '../../http/app-types.js'
import { fail } from '../../errors.js'
import { RECON_READERS } from '../batch/batch-routes.js'
import type { BankService, BankStatus } from './bank-service.js'

const tags = ['reconciliation']
const BINARY = 'application/octet-stream'
const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Column = Type.String({ minLength: 1, maxLength: 40 })
const Account = Type.String({ pattern: '^[0-9A-Za-z-]{4,40}$' })
export const AccountParams = Closed({ bankAccount: Account })
const Mapping = Closed({
  date: Column, debit: OrNull(Column), credit: OrNull(Column), amount: Type.Optional(OrNull(Column)), balance: Column, payer: Column, memo: Type.Array(Column,
    { minItems: 1, maxItems: 4 }),
  serial: Column,
})
const UploadQuery = Closed({ fileName: Type.String({ minLength: 1, maxLength: 200 }) })
const Uploaded = Closed({ lines: Type.Integer(), added: Type.Integer(), sha256: Type.String() })
const Owed = Closed({ channel: Type.String(), merchantId: Type.String(), billDate: LocalDate, netFen: Type.Integer(), dueDate: LocalDate })
const Credit = Closed({ serial: Type.String(), date: LocalDate, fen: Type.Integer(), payer: Type.String(), memo: Type.String() })
const Status = Closed({ items: Type.Array(Closed({
  bankAccount: Type.String(), left: Type.Integer(),
  /** `in-transit`: not due yet. */
  settled: Type.Array(Closed({ code: Type.String(), owed: Type.Array(Owed), credits: Type.Array(Credit), differenceFen: Type.Integer() })),
})) })
const LineQuery = Closed({ fromDate: LocalDate, untilDate: LocalDate })
const LineList = Closed({ items: Type.Array(Closed({
  serial: Type.String(), date: LocalDate, fen: Type.Integer(), balanceFen: OrNull(Type.Integer()), payer: Type.String(), memo: Type.String(), purpose: OrNull(Type.String()),
  matchedWith: OrNull(Type.String()),
})) })

const statusOf = (status: readonly BankStatus[]) => ({ items: status.map(({ bankAccount, left, settled }) => ({
  bankAccount, left,
  settled: settled.map(({ code, owed, credits, differenceFen }) =>
    ({ code, differenceFen, owed: [...owed], credits: credits.map(({ serial, date, fen, payer, memo }) => ({ serial, date, fen, payer, memo })) })),
})) })

const uploadRoute = (deps: { bank: BankService }) => async (plain: object): Promise<void> => {
  const app = plain as App
  app.addContentTypeParser(BINARY, (_request, payload, done) => done(null, payload))
  app.post('/api/reconciliation/bank/:bankAccount/statements', {
    config: { access: everywhere('finance-maker') },
    schema: { summary: `Upload a bank's statement, CSV or XLSX (${BINARY}); lines that are there already are left alone`, tags, params: AccountParams, querystring: UploadQuery,
      response: { 201: Uploaded } },
  }, async (request, reply) => {
    if (request.body === undefined || request.body === null) throw fail('SV_HTTP_UNSUPPORTED_TYPE', { expected: BINARY })
    return reply.code(201).send(await deps.bank.upload(callerOf(request).userId, request.params.bankAccount, request.query.fileName, request.body as Readable))
  })
}

/** Bank accounts are of a merchant as a whole: who works on them does so for all estates. */
export const bankRoutes = (deps: { bank: BankService }): Routes => (app) => {
  const { bank } = deps
  void app.register(uploadRoute(deps))

  app.get('/api/reconciliation/bank/:bankAccount/mapping', {
    config: { access: everywhere(...RECON_READERS) },
    schema: { summary: 'How an account\'s statements name their columns', tags, params: AccountParams, response: { 200: Mapping } },
  }, async (request) => {
    const { memo, ...mapping } = await bank.mapping(request.params.bankAccount)
    return { ...mapping, memo: [...memo] }
  })

  app.put('/api/reconciliation/bank/:bankAccount/mapping', {
    config: { access: everywhere('finance-maker') },
    schema: { summary: 'Save how an account\'s statements name their columns', tags, params: AccountParams, body: Mapping, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    const { amount = null, debit, credit } = request.body
    if (amount === null && (debit === null || credit === null)) throw fail('SV_HTTP_VALIDATION', { in: 'body', field: 'debit', problem: 'with credit, or amount alone' })
    await bank.putMapping(callerOf(request).userId, request.params.bankAccount, request.body)
    return reply.code(204).send(null)
  })

  app.get('/api/reconciliation/bank/:bankAccount/lines', {
    config: { access: everywhere(...RECON_READERS) },
    schema: { summary: 'Lines of an account\'s statements', tags, params: AccountParams, querystring: LineQuery, response: { 200: LineList } },
  }, async (request) => ({
    items: (await bank.lines(request.params.bankAccount, request.query.fromDate, request.query.untilDate))
      .map(({ serial, date, fen, balanceFen, payer, memo, purpose, matchedWith }) => ({ serial, date, fen, balanceFen, payer, memo, purpose, matchedWith })),
  }))

  app.post('/api/reconciliation/bank/match', {
    config: { access: everywhere('finance-maker') },
    schema: { summary: 'Match settlements with credits of all accounts; what arrived is posted', tags, response: { 200: Status } },
  }, async (request) => statusOf(await bank.match(callerOf(request).userId)))
}
