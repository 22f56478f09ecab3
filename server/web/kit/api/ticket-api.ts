import type { HttpClient } from './client.js'

export const TICKET_STATES = ['open', 'taken', 'done'] as const
export type TicketState = (typeof TICKET_STATES)[number]
/** What a resident asks of the estate's people. */
export interface StaffTicket {
  readonly ticketId: string
  readonly estateId: string
  readonly kind: 'rent' | 'repair' | 'pass' | 'data-erasure' | 'other'
  readonly billId: string | null
  readonly text: string
  readonly answer: string | null
  readonly state: TicketState
  readonly createdAtMs: number
  readonly doneAtMs: number | null
  readonly personName: string | null
  readonly unitLabel: string
}

export const ticketApi = (http: HttpClient) => ({
  tickets: (query: { estateId?: string; state: TicketState }, signal?: AbortSignal) => http.get<{ tickets: readonly StaffTicket[] }>('/api/tickets', query, signal),
  takeTicket: (ticketId: string) => http.send<void>('POST', `/api/tickets/${encodeURIComponent(ticketId)}/take`, {}),
  finishTicket: (ticketId: string, answer: string) => http.send<void>('POST', `/api/tickets/${encodeURIComponent(ticketId)}/finish`, { answer }),
})
