import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import type { Ticket, TicketKind, TicketState } from './ticket-rules.js'

type Row = NonNullable<Awaited<ReturnType<Tx['ticket']['findUnique']>>>
const msOf = (ms: bigint | null): number | null => (ms === null ? null : Number(ms))
const ticketOf = ({ kind, state, createdAtMs, takenAtMs, doneAtMs, ...row }: Row): Ticket =>
  ({ ...row, kind: kind as TicketKind, state: state as TicketState, createdAtMs: Number(createdAtMs), takenAtMs: msOf(takenAtMs), doneAtMs: msOf(doneAtMs) })

export const insertTicket = async (tx: Tx, ticket: Omit<Ticket, 'answer' | 'takenBy' | 'takenAtMs' | 'doneAtMs'>): Promise<void> =>
  void (await tx.ticket.create({ data: { ...ticket, createdAtMs: BigInt(ticket.createdAtMs) } }))

export async function findTicket(read: Tx, ticketId: string): Promise<Ticket | null> {
  const row = await read.ticket.findUnique({ where: { ticketId } })
  return row === null ? null : ticketOf(row)
}

/** Newest first. */
export const ticketsOfPerson = async (read: Tx, personRef: string, limit: number): Promise<Ticket[]> =>
  (await read.ticket.findMany({ where: { personRef }, orderBy: [{ createdAtMs: 'desc' }, { ticketId: 'desc' }], take: limit })).map(ticketOf)

/** What waits longest first; of those that are done the latest first. */
export const ticketsIn = async (read: Tx, scope: EstateScope, state: TicketState, limit: number): Promise<Ticket[]> => (await read.ticket.findMany({
  where: { state, ...(scope === 'all' ? {} : { estateId: { in: [...scope] } }) },
  orderBy: [{ createdAtMs: state === 'done' ? 'desc' : 'asc' }, { ticketId: 'asc' }], take: limit,
})).map(ticketOf)

/** @returns false where it is in none of these states */
export const moveTicket = async (
  tx: Tx, ticketId: string, from: readonly TicketState[], next: { state: TicketState; takenBy: string; takenAtMs?: number; doneAtMs?: number; answer?: string },
): Promise<boolean> => {
  const { takenAtMs, doneAtMs, ...plain } = next
  const times = { ...(takenAtMs === undefined ? {} : { takenAtMs: BigInt(takenAtMs) }), ...(doneAtMs === undefined ? {} : { doneAtMs: BigInt(doneAtMs) }) }
  return (await tx.ticket.updateMany({ where: { ticketId, state: { in: [...from] } }, data: { ...plain, ...times } })).count === 1
}

/** What was said is forgotten; that there was a ticket stays. */
export const eraseTexts = async (tx: Tx, personRef: string): Promise<void> => {
  await tx.ticket.updateMany({ where: { personRef, answer: { not: null } }, data: { answer: '' } })
  await tx.ticket.updateMany({ where: { personRef }, data: { text: '' } })
}
