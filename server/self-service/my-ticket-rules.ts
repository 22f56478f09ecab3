import type { Ticket } from '../ticket/ticket-rules.js'

export type MyTicket = Pick<Ticket, 'ticketId' | 'kind' | 'billId' | 'text' | 'answer' | 'state' | 'createdAtMs' | 'takenAtMs' | 'doneAtMs'>

/** As its opener sees it: not who looks after it. */
export const myTicketOf = ({ ticketId, kind, billId, text, answer, state, createdAtMs, takenAtMs, doneAtMs }: Ticket): MyTicket =>
  ({ ticketId, kind, billId, text, answer, state, createdAtMs, takenAtMs, doneAtMs })
