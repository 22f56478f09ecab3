import { Type } from 'typebox'
import { Closed, LocalDate, Nullable, Sha256Hex, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { BILL_FEN_MAX } from '../bill-rules.js'
import { Fen, Reason } from '../schemas.js'
import { OPENING_STATES } from './opening-repository.js'

/** A workbook of 30 000 rows is below 3 MB; in base64 a third more. */
export const BODY_BYTES_MAX = 12 * 1_048_576
const FILE_CHARS_MAX = 11 * 1_048_576
const SUM_FEN_MAX = BILL_FEN_MAX * 10_000

const Total = Type.Integer({ minimum: 0, maximum: SUM_FEN_MAX })
const Sums = Closed({ 'households': Type.Integer({ minimum: 0, maximum: 1_000_000 }), 'rent': Total, 'late-charge': Total, 'prepaid': Total, 'deposit': Total })
const Held = Type.Array(Closed({
  account: Type.Union([Type.Literal('bank'), Type.Literal('cash')]), of: Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\p{Cc}]+$' }), fen: Total,
}), { maxItems: 20 })
const note = Type.Optional(Type.String({ maxLength: 200 }))
const Notes = Closed({ 'households': note, 'rent': note, 'late-charge': note, 'prepaid': note, 'deposit': note, 'held': note })

const wish = {
  estateId: Slug, asOfDate: LocalDate, workbook: Type.String({ minLength: 1, maxLength: FILE_CHARS_MAX, description: 'The .xlsx file in base64' }),
  control: Sums, held: Held, notes: Notes,
}
export const PreviewBody = Closed(wish)
export const ProposeBody = Closed({ ...wish, digest: Sha256Hex })

const Difference = Closed({ name: Type.String(), list: Type.Integer(), control: Type.Integer(), difference: Type.Integer(), note: Nullable(Type.String()) })
const Household = Closed({
  householdId: UuidText, householdNo: Type.String(), unitLabel: Type.String(), buildingId: Nullable(Type.String()), prepaidFen: Fen, depositFen: Fen,
  months: Type.Array(Closed({ period: Type.String(), rentFen: Fen, lateChargeFen: Fen, dueDate: LocalDate, sheetRow: Type.Integer() })),
})
export const PreviewAnswer = Closed({
  digest: Sha256Hex, sums: Sums, differences: Type.Array(Difference), errorCount: Type.Integer(), households: Type.Array(Household),
  errors: Type.Array(Closed({ sheet: Type.String(), row: Type.Integer(), column: Type.String(), value: Type.String(), problem: Type.String(), expected: Type.String() })),
})
export const OpeningMade = Closed({ openingId: UuidText })
export const OpeningParams = Closed({ openingId: UuidText })
const item = {
  openingId: UuidText, estateId: Slug, asOfDate: LocalDate, digest: Sha256Hex, state: Type.Enum([...OPENING_STATES]), makerId: Type.String(), checkerId: Nullable(Type.String()),
  createdAtMs: WallMs, decidedAtMs: Nullable(WallMs), figures: Closed({ sums: Sums, differences: Type.Array(Difference), held: Held }),
  reversal: Nullable(Closed({ by: Type.String(), atMs: WallMs, reason: Type.String(), agreedBy: Nullable(Type.String()) })),
}
export const OpeningLists = Closed({ lists: Type.Array(Closed(item)) })
export const OpeningCard = Closed({ ...item, households: Type.Array(Household) })
export const DecisionBody = Closed({ decision: Type.Union([Type.Literal('sign'), Type.Literal('refuse')]) })
export const ReversalBody = Closed({ reason: Reason })
export const ReversalDecisionBody = Closed({ decision: Type.Union([Type.Literal('agree'), Type.Literal('refuse')]) })
export const Done = Closed({ done: Type.Literal(true) })
