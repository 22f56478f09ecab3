import { Type } from 'typebox'
import { Closed, LocalDate, Nullable, Sha256Hex, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { RECEIVABLES } from '../ledger/chart.js'
import { BILL_FEN_MAX, BILL_KINDS, PAID_BY_HOUSEHOLD } from './bill-rules.js'

export const Fen = Type.Integer({ description: 'Whole fen' })
export const Period = Type.String({ pattern: '^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4])$', description: '2026-09 or 2026-Q3' })
/** Number of a decision on paper. */
export const ApprovalNo = Type.String({ minLength: 1, maxLength: 64, pattern: '^(?=.*\\S)[^\\p{Cc}]*$' })
export const Reason = Type.String({ minLength: 1, maxLength: 200, pattern: '^(?=.*\\S)[^\\p{Cc}]*$' })
/** Approves under a number, or refuses. */
export const Decision = Closed({ approvalNo: Nullable(ApprovalNo) })
const receivable = Type.Enum([...RECEIVABLES])

export const BillParams = Closed({ billId: UuidText })
export const BillQuery = Closed({
  estateId: Type.Optional(Slug), householdId: Type.Optional(UuidText), period: Type.Optional(Period), kind: Type.Optional(Type.Enum([...BILL_KINDS])),
  state: Type.Optional(Type.Enum(['open', 'settled'])),
  after: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Bills in a page; 50 without it' })),
})

const item = {
  billId: UuidText, estateId: Slug, householdId: UuidText, kind: Type.Enum([...BILL_KINDS]), period: Type.String(), adjusts: Nullable(UuidText), label: Type.String(),
  unitLabel: Type.String(), buildingId: Nullable(Type.String()), tier: Nullable(Type.String()), fromDate: LocalDate, untilDate: LocalDate, issuedOn: LocalDate, dueDate: LocalDate,
  totalFen: Fen, runId: Nullable(UuidText), approvalNo: Nullable(Type.String()), issuedAtMs: WallMs, state: Type.Enum(['open', 'settled', 'void']), openFen: Fen,
}
export const BillList = Closed({ bills: Type.Array(Closed(item)), next: Nullable(Type.String()) })
export const BillCardAnswer = Closed({
  ...item,
  lines: Type.Array(Closed({
    lineNo: Type.Integer(), receivable, fen: Fen,
    explanation: Type.Object({ kind: Type.String() }, { additionalProperties: true, description: 'Every figure that the line was made of' }),
  })),
  parts: Type.Array(Closed({
    billId: UuidText, receivable, estateId: Slug, householdId: UuidText, dueDate: LocalDate, issuedFen: Fen, reducedFen: Fen, offsetFen: Fen, paidFen: Fen, openFen: Fen,
  })),
  adjustedBy: Type.Array(Closed({ billId: UuidText, totalFen: Fen, approvalNo: Nullable(Type.String()), issuedOn: LocalDate })),
})

export const EstateQuery = Closed({ estateId: Slug })
export const AdjustmentBody = Closed({
  receivable: Type.Enum([...PAID_BY_HOUSEHOLD]), reason: Reason,
  fen: Type.Integer({ minimum: -BILL_FEN_MAX, maximum: BILL_FEN_MAX, description: 'Above zero adds to what is owed, below takes from it' }),
})
export const AdjustmentMade = Closed({ adjustmentId: UuidText })
export const AdjustmentDecided = Closed({ billId: Nullable(UuidText) })
export const AdjustmentParams = Closed({ adjustmentId: UuidText })
export const AdjustmentQuery = Closed({ estateId: Slug, state: Type.Optional(Type.Enum(['proposed', 'approved', 'refused'])) })
const decided = { proposedBy: Type.String(), proposedAtMs: WallMs, decidedBy: Nullable(Type.String()), decidedAtMs: Nullable(WallMs) }
export const AdjustmentList = Closed({
  adjustments: Type.Array(Closed({
    adjustmentId: UuidText, estateId: Slug, billId: UuidText, receivable, fen: Fen, reason: Type.String(), state: Type.Enum(['proposed', 'approved', 'refused']),
    approvalNo: Nullable(Type.String()), ...decided,
  })),
})

export const RunBody = Closed({ estateId: Slug, period: Period, kind: Type.Optional(Type.Enum(['rent', 'late-charge'])) })
export const RunParams = Closed({ runId: UuidText })
const figures = Closed({
  bills: Type.Integer(), billedBefore: Type.Integer(), grossFen: Fen, reducedFen: Fen, offsetFen: Fen, totalFen: Fen, problemCount: Type.Integer(),
  problems: Type.Array(Closed({ householdId: UuidText, problem: Type.Enum(['no-price', 'no-area']), unitLabel: Type.String(), tier: Type.String(), date: LocalDate })),
  warnings: Type.Record(Type.String(), Type.Integer()),
  before: Closed({
    period: Type.String(), bills: Type.Integer(), totalFen: Fen, same: Type.Integer(), changed: Type.Integer(), added: Type.Integer(), gone: Type.Integer(),
    changes: Type.Array(Closed({ householdId: UuidText, unitLabel: Type.String(), beforeFen: Fen, nowFen: Fen })),
  }),
})
export const RunItem = Closed({
  runId: UuidText, estateId: Slug, period: Type.String(), kind: Type.Enum(['rent', 'late-charge']), state: Type.Enum(['previewed', 'issuing', 'issued']), digest: Sha256Hex,
  issuedOn: LocalDate, figures, previewedBy: Type.String(), previewedAtMs: WallMs, issuedBy: Nullable(Type.String()), issuedAtMs: Nullable(WallMs),
})
export const RunList = Closed({ runs: Type.Array(RunItem) })
export const IssuedRun = Closed({ run: RunItem, issuedBills: Type.Integer() })
