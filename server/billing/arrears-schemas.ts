import { Type } from 'typebox'
import { Closed, LocalDate, Nullable, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { HOLD_KINDS, LADDER } from './arrears-rules.js'
import { Fen, Reason } from './schemas.js'

const kind = Type.Enum([...HOLD_KINDS])

export const ArrearsAnswer = Closed({
  date: LocalDate, households: Type.Integer(), openFen: Fen, cases: Type.Integer({ description: 'Households with so many unpaid months that two persons look at them' }),
  items: Type.Array(Closed({
    householdId: UuidText, unitLabel: Type.String(), openFen: Fen, oldestDueDate: LocalDate, daysOverdue: Type.Integer(), unpaidMonths: Type.Integer(),
    ageingFen: Type.Array(Fen, { minItems: 4, maxItems: 4, description: 'Open by days overdue: to 30, to 90, to 180, longer' }),
    step: Nullable(Type.Enum([...LADDER.map((rung) => rung.step), 'case'])), stoppedBy: Type.Array(kind),
  })),
})
export const RemindBody = Closed({ estateId: Slug })
export const Reminded = Closed({ queued: Type.Integer(), stopped: Type.Integer({ description: 'Households that a hold keeps from it' }) })
export const HoldBody = Closed({ kind, billId: Nullable(UuidText), fromDate: LocalDate, untilDate: Nullable(LocalDate), note: Reason })
export const HoldMade = Closed({ holdId: UuidText })
export const HoldParams = Closed({ holdId: UuidText })
export const HoldList = Closed({
  holds: Type.Array(Closed({ ...HoldBody.properties, holdId: UuidText, estateId: Slug, householdId: UuidText, setBy: Type.String(), setAtMs: WallMs })),
})
