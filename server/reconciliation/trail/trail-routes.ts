import { Type } from 'typebox'
import { Closed, LocalDate } from '#contract/wire-types.js'
import { type EstateFinder, atEstate, callerOf } from '../../http/access.js'
import type { Routes } from '../../http/app-types.js'
import { fail } from '../../errors.js'
import { RECON_READERS } from '../batch/batch-routes.js'
import type { TrailService } from './trail-service.js'

const tags = ['reconciliation']
const [Fen, Text, AtMs, Count] = [Type.Integer(), Type.String(), Type.Integer(), Type.Integer()]
const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const OrderNo = Type.String({ pattern: '^[0-9A-Za-z_|*@-]{1,64}$' })
const OrderParams = Closed({ orderNo: OrderNo })
const EventParams = Closed({ orderNo: OrderNo, channel: Type.String({ minLength: 1, maxLength: 16 }), eventId: Type.String({ minLength: 1, maxLength: 128 }) })
const Event = { channel: Text, eventId: Text, source: Text, outTradeNo: Text, receivedAtMs: AtMs, verdict: Text }
const Trail = Closed({
  order: OrNull(Closed({
    outTradeNo: Text, estateId: Text, billId: Text, channel: Text, merchantId: Text, state: Text, totalFen: Fen, paidFen: OrNull(Fen), bizDate: OrNull(LocalDate),
    transactionId: OrNull(Text), refundNos: Type.Array(Text), suspenseIds: Type.Array(Text),
  })),
  lines: Type.Array(Closed({
    batchNo: Count, billDate: LocalDate, batchState: Text, channel: Text, merchantId: Text, line: Count, kind: Text, transactionId: Text,
    refundNo: OrNull(Text), atMs: AtMs, fen: Fen, feeFen: Fen, state: Text,
  })),
  /** What the channel told; its bytes are asked for one by one. */
  events: Type.Array(Closed(Event)),
  postings: Type.Array(Closed({ seq: Count, cause: Text, causeRef: Text, bizDate: LocalDate, lateFor: OrNull(LocalDate), debit: Text, credit: Text, fen: Fen })),
  receipts: Type.Array(Closed({ receiptNo: Text, kind: Text, totalFen: Fen, state: Text, billNo: OrNull(Text) })),
  credits: Type.Array(Closed({ bankAccount: Text, serial: Text, date: LocalDate, fen: Fen, memo: Text, billDate: LocalDate })),
  cases: Type.Array(Closed({ caseId: Text, leg: Count, bizDate: LocalDate, classCode: Text, state: Text, estateId: Text })),
})

/** From any number to the order, what the channel told of it and the bank's credit. */
export const trailRoutes = ({ trails }: { trails: TrailService }): Routes => (app) => {
  const ofOrder: EstateFinder = (request) => trails.estateOf((request.params as { orderNo: string }).orderNo)

  app.get('/api/reconciliation/trail/:orderNo', {
    config: { access: atEstate(ofOrder, ...RECON_READERS) },
    schema: { summary: 'All that is known of an order: bill lines, what the channel told, postings, receipts, bank credits', tags, params: OrderParams, response: { 200: Trail } },
  }, async (request) => {
    const trail = await trails.of(request.params.orderNo)
    if (trail === null) throw fail('SV_HTTP_NOT_FOUND')
    const { order, lines, events, postings, receipts, credits, cases } = trail
    return {
      order: order === null ? null : { ...order, refundNos: [...order.refundNos], suspenseIds: [...order.suspenseIds] }, lines: [...lines], events: [...events],
      postings: [...postings], receipts: [...receipts], credits: [...credits], cases: [...cases],
    }
  })

  app.get('/api/reconciliation/trail/:orderNo/events/:channel/:eventId', {
    config: { access: atEstate(ofOrder, 'finance-maker', 'finance-checker', 'auditor') },
    schema: { summary: 'What the channel told, byte for byte as it was received and verified; who read it is noted', tags, params: EventParams,
      response: { 200: Closed({ ...Event, raw: Text }) } },
  }, async (request) => {
    const { orderNo, channel, eventId } = request.params
    return (await trails.raw(callerOf(request).userId, orderNo, channel, eventId)) ?? (() => { throw fail('SV_HTTP_NOT_FOUND') })()
  })
}
