import { Type } from 'typebox'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'
import { type EstateFinder, atEstate, callerOf } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { BILLING_READERS } from './bill-routes.js'
import { DEPOSIT_KINDS, DEPOSIT_STATES } from './deposit-rules.js'
import type { DepositService } from './deposit-service.js'

const tags = ['deposits']
const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Fen = Type.Integer({ minimum: 1, maximum: 100_000_000 })
const Text = Type.String({ minLength: 1, maxLength: 80 })
const Place = Closed({ account: Type.Union([Type.Literal('cash'), Type.Literal('bank'), Type.Literal('transit-pos')]), of: Type.String({ minLength: 1, maxLength: 64 }) })
const BillId = Type.String({ minLength: 1, maxLength: 64 })
const HouseholdParams = Closed({ householdId: UuidText })
const MoveParams = Closed({ moveId: UuidText })
const MoveMade = Closed({ moveId: UuidText })
const Card = Closed({
  balanceFen: Type.Integer(), limitFen: OrNull(Type.Integer()),
  moves: Type.Array(Closed({
    moveId: UuidText, estateId: Slug, householdId: Type.String(), kind: Type.Enum(DEPOSIT_KINDS), fen: Type.Integer(), account: OrNull(Type.String()),
    accountOf: OrNull(Type.String()), billId: OrNull(BillId), reason: Type.String(), reference: Type.String(), state: Type.Enum(DEPOSIT_STATES),
    makerId: Type.String(), checkerId: OrNull(Type.String()),
    createdAtMs: Type.Integer(),
  })),
})

export const depositRoutes = (deps: { deposits: DepositService; estateOfHousehold(householdId: string): Promise<string | undefined> }): Routes => (app) => {
  const { deposits } = deps
  const ofHousehold: EstateFinder = (request) => deps.estateOfHousehold((request.params as { householdId: string }).householdId)
  const ofMove: EstateFinder = (request) => deposits.estateOfMove((request.params as { moveId: string }).moveId)

  app.get('/api/households/:householdId/deposit', {
    config: { access: atEstate(ofHousehold, ...BILLING_READERS) },
    schema: { summary: 'A household\'s deposit and how it came to be', tags, params: HouseholdParams, response: { 200: Card } },
  }, (request) => deposits.card(request.params.householdId))

  app.post('/api/households/:householdId/deposit', {
    config: { access: atEstate(ofHousehold, 'cashier') },
    schema: {
      summary: 'Take a deposit in', tags, params: HouseholdParams, body: Closed({ fen: Fen, into: Place, reference: Text, reason: Text }), response: { 201: MoveMade },
    },
  }, async (request, reply) => reply.code(201).send(await deposits.receive(callerOf(request).userId, request.params.householdId, request.body)))

  app.post('/api/households/:householdId/deposit-proposals', {
    config: { access: atEstate(ofHousehold, 'cashier', 'finance-maker') },
    schema: {
      summary: 'Propose to give a deposit back, or to set it against a bill', tags, params: HouseholdParams,
      body: Closed({ fen: Fen, from: OrNull(Place), billId: OrNull(BillId), reference: Text, reason: Text }), response: { 201: MoveMade },
    },
  }, async (request, reply) => reply.code(201).send(await deposits.propose(callerOf(request).userId, request.params.householdId, request.body)))

  app.post('/api/deposit-moves/:moveId/decision', {
    config: { access: atEstate(ofMove, 'finance-checker') },
    schema: {
      summary: 'Approve or reject what somebody else proposed', tags, params: MoveParams,
      body: Closed({ decision: Type.Union([Type.Literal('approve'), Type.Literal('reject')]) }), response: { 200: Closed({ done: Type.Literal(true) }) },
    },
  }, async (request) => {
    await deposits.decide(callerOf(request).userId, request.params.moveId, request.body.decision)
    return { done: true as const }
  })
}
