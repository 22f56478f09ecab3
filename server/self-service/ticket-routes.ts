import { scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { MyTicketBody, MyTicketList, TicketMade } from '../ticket/schemas.js'
import type { TicketService } from '../ticket/ticket-service.js'
import type { MyBillService } from './my-bill-service.js'
import { myTicketOf } from './my-ticket-rules.js'
import type { FindResident } from './resident-finder.js'

const tags = ['resident']
const own = { access: scoped('resident') }

/** Residents ask the people of their estate for help, and see what became of it. */
export const myTicketRoutes = (deps: { findResident: FindResident; tickets: TicketService; bills: MyBillService }): Routes => (app) => {
  const { findResident, tickets, bills } = deps

  app.get('/api/my/tickets', {
    config: own, schema: { summary: 'What one asked for, newest first', tags, response: { 200: MyTicketList } },
  }, async (request) => ({ tickets: (await tickets.ofPerson((await findResident(request)).personRef)).map(myTicketOf) }))

  app.post('/api/my/tickets', {
    config: own, schema: { summary: 'Ask the people of the estate for help, about a bill of one\'s own or anything', tags, body: MyTicketBody, response: { 201: TicketMade } },
  }, async (request, reply) => {
    const me = await findResident(request)
    const { kind, text, billId } = request.body
    // Another's bill reads as if it did not exist.
    if (billId !== undefined) await bills.card(me, billId)
    return reply.code(201).send(await tickets.open(me, { kind, text: text.trim(), billId: billId ?? null }))
  })
}
