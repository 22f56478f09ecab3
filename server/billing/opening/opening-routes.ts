import type { Static } from 'typebox'
import { type EstateFinder, atEstate, callerOf, estateInBody, estateInQuery, scoped } from '../../http/access.js'
import type { Routes } from '../../http/app-types.js'
import { BILLING_READERS } from '../bill-routes.js'
import { EstateQuery } from '../schemas.js'
import * as schemas from './opening-schemas.js'
import type { OpeningService, OpeningWish } from './opening-service.js'

const tags = ['opening balances']
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const done = { done: true as const }

const wishOf = ({ workbook, ...wish }: Static<typeof schemas.PreviewBody>): OpeningWish => ({ ...wish, workbook: Buffer.from(workbook, 'base64') })

/** Taking over what households owed, had prepaid and deposited before: template, preview, proposal, signature, and the way back. */
export const openingRoutes = (deps: { openings: OpeningService; template: () => Promise<Buffer> }): Routes => (app) => {
  const { openings } = deps
  const ofList: EstateFinder = (request) => openings.estateOf((request.params as { openingId: string }).openingId)
  const made = { bodyLimit: schemas.BODY_BYTES_MAX, config: { access: atEstate(estateInBody, 'finance-maker') } }

  app.get('/api/opening-lists/template', {
    config: { access: scoped(...BILLING_READERS) }, schema: { summary: 'The empty workbook', tags },
  }, async (_request, reply) => reply.type(XLSX).header('content-disposition', 'attachment; filename="opening-balances.xlsx"').send(await deps.template()))

  app.post('/api/opening-lists/preview', {
    ...made, schema: {
      summary: 'What a list says, every cell that is wrong, and how it differs; nothing is written', tags, body: schemas.PreviewBody, response: { 200: schemas.PreviewAnswer },
    },
  }, async (request) => {
    const { households, errors, differences, ...preview } = await openings.preview(wishOf(request.body))
    return { ...preview, differences: [...differences], errors: [...errors], households: [...households] }
  })

  app.post('/api/opening-lists', {
    ...made, schema: { summary: 'Propose a list as it was previewed, with a word on each difference', tags, body: schemas.ProposeBody, response: { 201: schemas.OpeningMade } },
  }, async (request, reply) => {
    const { digest, ...wish } = request.body
    return reply.code(201).send(await openings.propose(callerOf(request).userId, wishOf(wish), digest))
  })

  app.get('/api/opening-lists', {
    config: { access: atEstate(estateInQuery, ...BILLING_READERS) },
    schema: { summary: 'Lists of an estate with sums and differences, newest first', tags, querystring: EstateQuery, response: { 200: schemas.OpeningLists } },
  }, async (request) => ({ lists: (await openings.list(request.query.estateId)).map((list) => ({ ...list, figures: figuresOf(list) })) }))

  app.get('/api/opening-lists/:openingId', {
    config: { access: atEstate(ofList, ...BILLING_READERS) },
    schema: { summary: 'A list household by household', tags, params: schemas.OpeningParams, response: { 200: schemas.OpeningCard } },
  }, async (request) => {
    const list = await openings.card(request.params.openingId)
    return { ...list, households: [...list.households], figures: figuresOf(list) }
  })

  app.post('/api/opening-lists/:openingId/decision', {
    config: { access: atEstate(ofList, 'finance-checker') },
    schema: {
      summary: 'Sign a list, which puts it into bills and books, or refuse it', tags, params: schemas.OpeningParams, body: schemas.DecisionBody, response: { 200: schemas.Done },
    },
  }, async (request) => {
    await openings.decide(callerOf(request).userId, request.params.openingId, request.body.decision)
    return done
  })

  app.post('/api/opening-lists/:openingId/reversal', {
    config: { access: atEstate(ofList, 'finance-maker') },
    schema: { summary: 'Ask to take a list back of which nothing was paid', tags, params: schemas.OpeningParams, body: schemas.ReversalBody, response: { 200: schemas.Done } },
  }, async (request) => {
    await openings.reverse(callerOf(request).userId, request.params.openingId, request.body.reason)
    return done
  })

  app.post('/api/opening-lists/:openingId/reversal-decision', {
    config: { access: atEstate(ofList, 'finance-checker') },
    schema: { summary: 'Agree to take it back, or not', tags, params: schemas.OpeningParams, body: schemas.ReversalDecisionBody, response: { 200: schemas.Done } },
  }, async (request) => {
    await openings.decideReversal(callerOf(request).userId, request.params.openingId, request.body.decision)
    return done
  })
}

const figuresOf = ({ figures: { sums, differences, held } }: Awaited<ReturnType<OpeningService['list']>>[number]) => ({ sums, differences: [...differences], held: [...held] })
