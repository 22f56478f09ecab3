import { Type } from 'typebox'
import { Closed, Nullable, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { TICKET_KINDS, TICKET_STATES } from './ticket-rules.js'

/** Some lines, as people write them. */
export const Lines = Type.String({ minLength: 1, maxLength: 1_000, pattern: '^(?=[^]*\\S)[^\\p{Cc}]*(?:\\r?\\n[^\\p{Cc}]*)*$' })
const base = {
  ticketId: UuidText, kind: Type.Enum([...TICKET_KINDS]), billId: Nullable(UuidText), text: Type.String(), answer: Nullable(Type.String()), state: Type.Enum([...TICKET_STATES]),
  createdAtMs: WallMs, takenAtMs: Nullable(WallMs), doneAtMs: Nullable(WallMs),
}
export const TicketParams = Closed({ ticketId: UuidText })
export const TicketMade = Closed({ ticketId: UuidText })

export const TicketQuery = Closed({ estateId: Type.Optional(Slug), state: Type.Enum([...TICKET_STATES]) })
export const TicketList = Closed({
  tickets: Type.Array(Closed({
    ...base, estateId: Slug, householdId: Nullable(UuidText), personRef: UuidText, personName: Nullable(Type.String()), unitLabel: Type.String(),
  })),
})
export const AnswerBody = Closed({ answer: Lines })

export const MyTicketBody = Closed({ kind: Type.Enum([...TICKET_KINDS]), text: Lines, billId: Type.Optional(UuidText) })
export const MyTicketList = Closed({ tickets: Type.Array(Closed(base)) })
