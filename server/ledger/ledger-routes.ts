import { Type } from 'typebox'
import { Closed, Slug, WallMs } from '#contract/wire-types.js'
import { atEstate, estateInQuery } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { Tx } from '../db/transaction.js'
import { sumFen } from '../money/fen.js'
import { ACCOUNTS, ACCOUNT_NAMES } from './chart.js'
import { balancesAsOf } from './ledger-service.js'

const READERS = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
const Fen = Type.Integer({ description: 'Whole fen' })
const Query = Closed({ estateId: Slug, atMs: WallMs })
const Answer = Closed({
  rows: Type.Array(Closed({
    account: Type.Enum([...ACCOUNT_NAMES]), code: Type.String(), name: Type.String(), of: Type.Union([Type.String(), Type.Null()]), debitFen: Fen, creditFen: Fen, balanceFen: Fen,
  })),
  debitFen: Fen, creditFen: Fen,
})

/** The books as they stood at a past moment, whatever was posted since. */
export const ledgerRoutes = (deps: { read: Tx }): Routes => (app) => {
  app.get('/api/ledger/balances', {
    config: { access: atEstate(estateInQuery, ...READERS) },
    schema: { summary: 'Balances by account as the books stood at a moment', tags: ['ledger'], querystring: Query, response: { 200: Answer } },
  }, async (request) => {
    const balances = await balancesAsOf(deps.read, [request.query.estateId], request.query.atMs)
    const rows = balances.map(({ account, of, debitFen, creditFen, balanceFen }) =>
      ({ account, code: ACCOUNTS[account].code, name: ACCOUNTS[account].name, of, debitFen, creditFen, balanceFen }))
      .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0))
    return { rows, debitFen: sumFen(rows.map((row) => row.debitFen)), creditFen: sumFen(rows.map((row) => row.creditFen)) }
  })
}
