/** What residents ask for. `data-erasure`: that everything is forgotten that no law keeps (个人信息保护法 art. 47). */
export const TICKET_KINDS = ['rent', 'repair', 'pass', 'data-erasure', 'other'] as const
export type TicketKind = (typeof TICKET_KINDS)[number]

export const TICKET_STATES = ['open', 'taken', 'done'] as const
export type TicketState = (typeof TICKET_STATES)[number]

export interface Ticket {
  readonly ticketId: string
  readonly estateId: string
  readonly householdId: string | null
  readonly personRef: string
  readonly kind: TicketKind
  /** The bill that it is about. */
  readonly billId: string | null
  readonly text: string
  readonly answer: string | null
  readonly state: TicketState
  readonly createdAtMs: number
  readonly takenBy: string | null
  readonly takenAtMs: number | null
  readonly doneAtMs: number | null
}

const DAY_MS = 86_400_000
/** Of one person: more at a time than anybody has troubles, or a finger that stays on the button. */
const OPEN_MAX = 5
const A_DAY_MAX = 10

/** Whether one more may be opened. @param before the person's own, any order */
export const mayOpen = (before: readonly Ticket[], nowMs: number): boolean =>
  before.filter((ticket) => ticket.state !== 'done').length < OPEN_MAX && before.filter((ticket) => ticket.createdAtMs > nowMs - DAY_MS).length < A_DAY_MAX
