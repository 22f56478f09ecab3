import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { activePersons } from '../resident/person-register.js'
import * as rows from './ticket-repository.js'
import { type Ticket, type TicketKind, type TicketState, mayOpen } from './ticket-rules.js'

/** Tickets in one answer: an estate's own people work through fewer in a month. */
const SHOWN_MAX = 200

/** Who asks: themselves, for their own household. */
export interface Asker {
  readonly userId: string
  readonly personRef: string
  readonly estateId: string
  readonly householdIds: readonly string[]
}
export interface NewTicket {
  readonly kind: TicketKind
  readonly text: string
  /** Of the asker's own household: the caller has looked. */
  readonly billId: string | null
}

/** A ticket as the estate's people see it. */
export interface StaffTicket extends Omit<Ticket, 'takenBy'> {
  /** Null where the person was removed. */
  readonly personName: string | null
  readonly unitLabel: string
}

export interface TicketService {
  /** @throws AppError SV_TICKET_TOO_MANY */
  open(asker: Asker, ticket: NewTicket): Promise<{ ticketId: string }>
  /** The own ones, newest first. */
  ofPerson(personRef: string): Promise<Ticket[]>
  list(scope: EstateScope, state: TicketState): Promise<StaffTicket[]>
  estateOf(ticketId: string): Promise<string | undefined>
  /** Somebody looks after it. @throws AppError SV_TICKET_STATE, SV_HTTP_NOT_FOUND */
  take(by: string, ticketId: string): Promise<void>
  /** It is done, and this is what the resident reads. @throws AppError SV_TICKET_STATE, SV_HTTP_NOT_FOUND */
  finish(by: string, ticketId: string, answer: string): Promise<void>
}

/** What residents ask of the people of their estate, and what became of it. The log holds no word of it. */
export function createTicketService(deps: { read: Tx; change: RunChange; ids: IdSource }): TicketService {
  const { read, change, ids } = deps

  const move = (by: string, ticketId: string, from: readonly TicketState[], to: { state: TicketState; answer?: string }): Promise<void> =>
    change(by, async ({ tx, atMs, audit }) => {
      const ticket = await rows.findTicket(tx, ticketId)
      if (ticket === null) throw fail('SV_HTTP_NOT_FOUND')
      const times = to.state === 'taken' ? { takenAtMs: atMs } : { doneAtMs: atMs }
      if (!await rows.moveTicket(tx, ticketId, from, { ...to, ...times, takenBy: by })) throw fail('SV_TICKET_STATE', { state: ticket.state })
      const action = to.state === 'taken' ? 'ticket.take' : 'ticket.finish'
      await audit({ action, subject: `ticket:${ticketId}`, estateId: ticket.estateId, before: { state: ticket.state }, after: { state: to.state } })
    })

  return {
    async open({ userId, personRef, estateId, householdIds }, { kind, text, billId }) {
      const ticketId = ids.uuid()
      await change(userId, async ({ tx, atMs, audit }) => {
        if (!mayOpen(await rows.ticketsOfPerson(tx, personRef, SHOWN_MAX), atMs)) throw fail('SV_TICKET_TOO_MANY')
        await rows.insertTicket(tx, { ticketId, estateId, householdId: householdIds[0] ?? null, personRef, kind, billId, text, state: 'open', createdAtMs: atMs })
        await audit({ action: 'ticket.open', subject: `ticket:${ticketId}`, estateId, after: { kind, billId } })
      })
      return { ticketId }
    },
    ofPerson: (personRef) => rows.ticketsOfPerson(read, personRef, SHOWN_MAX),
    async list(scope, state) {
      const tickets = await rows.ticketsIn(read, scope, state, SHOWN_MAX)
      const persons = new Map((await activePersons(read, tickets.map((ticket) => ticket.personRef))).map((person) => [person.personRef, person]))
      return tickets.map(({ takenBy: _takenBy, ...ticket }) => {
        const person = persons.get(ticket.personRef)
        return { ...ticket, personName: person?.displayName ?? null, unitLabel: person?.unitLabel ?? '' }
      })
    },
    estateOf: async (ticketId) => (await rows.findTicket(read, ticketId))?.estateId,
    take: (by, ticketId) => move(by, ticketId, ['open'], { state: 'taken' }),
    finish: (by, ticketId, answer) => move(by, ticketId, ['open', 'taken'], { state: 'done', answer }),
  }
}
