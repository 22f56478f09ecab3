import { Type } from 'typebox'
import { Closed, LocalDate, Sha256Hex, ShortText, UuidText } from '#contract/wire-types.js'
import { BATCH_STATES, BILL_CHANNELS, BILL_KINDS } from './batch/batch-machine.js'
import { CASE_ACTIONS } from './case/case-actions.js'
import { CASE_STATES } from './case/case-machine.js'
import { EVENT_KINDS } from './case/case-repository.js'
import { ATTACHMENT_TYPES } from './case/attachment-service.js'
import { CLASS_CODES } from './classes.js'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
/** Whole fen; differences may be below zero. */
const Fen = Type.Integer()
const Count = Type.Integer({ minimum: 0 })
const AtMs = Type.Integer()
const Text = Type.String()
const MerchantId = Type.String({ pattern: '^[0-9A-Za-z_-]{6,32}$' })
const Reason = Type.String({ minLength: 2, maxLength: 500 })
const FileName = Type.String({ minLength: 1, maxLength: 200 })
/** Days in Asia/Shanghai; both belong to the span. */
const Span = { fromDate: Type.Optional(LocalDate), untilDate: Type.Optional(LocalDate) }

const Totals = Closed({ rows: Count, payments: Count, refunds: Count, grossFen: Fen, refundFen: Fen, feeFen: Fen, netFen: Fen })
const FundTotals = Closed({ rows: Count, inFen: Fen, outFen: Fen, closingFen: OrNull(Fen) })
const ClassFigures = Closed({ count: Count, riskFen: Fen, differenceFen: Fen })
const FindingItem = Closed({ code: Text, file: Text, line: OrNull(Count), column: OrNull(Text), detail: Text })
const Match = Closed({
  local: Closed({ payments: Count, paidFen: Fen, refunds: Count, refundFen: Fen }), voided: Closed({ paidFen: Fen, refundFen: Fen }),
  /** By class code; those that were found alone. */
  classes: Type.Record(Text, ClassFigures), digest: Sha256Hex,
})
export const BatchItem = Closed({
  batchNo: Count, channel: Type.Enum(BILL_CHANNELS), merchantId: Text, billDate: LocalDate, kind: Type.Enum(BILL_KINDS), version: Count, state: Type.Enum(BATCH_STATES),
  source: Type.Union([Type.Literal('channel'), Type.Literal('upload')]), fileName: OrNull(Text), fileHash: OrNull(Sha256Hex), sha1: OrNull(Text), finding: OrNull(FindingItem),
  figures: OrNull(Closed({ bill: Closed({ trade: OrNull(Totals), fund: OrNull(FundTotals) }), match: OrNull(Match), gapFen: OrNull(Fen) })), digest: OrNull(Sha256Hex), runs: Count,
  tries: Count, nextTryAtMs: OrNull(AtMs), createdBy: OrNull(Text), createdAtMs: AtMs, changedAtMs: AtMs,
})
export const BatchQuery = Closed({ ...Span, withReplaced: Type.Optional(Type.Boolean()) })
export const BatchList = Closed({ items: Type.Array(BatchItem) })
export const BatchParams = Closed({ batchNo: Type.Integer({ minimum: 1, maximum: 2_000_000_000 }) })
export const UploadQuery = Closed({
  channel: Type.Enum(BILL_CHANNELS), merchantId: MerchantId, billDate: LocalDate, kind: Type.Enum(BILL_KINDS), fileName: FileName,
  sha1: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{40}$' })),
})
export const FetchBody = Closed({ billDate: LocalDate })
export const ReasonBody = Closed({ reason: Reason })
export const RowQuery = Closed({
  after: Type.Optional(Type.Integer({ minimum: 0 })), orderNo: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })), limit: Type.Optional(Type.Integer({ minimum: 1,
    maximum: 500 })),
})
export const RowPage = Closed({
  items: Type.Array(Closed({
    batchNo: Count, line: Count, kind: Text, outTradeNo: Text, transactionId: Text, refundNo: OrNull(Text), refundId: OrNull(Text), atMs: AtMs, fen: Fen, feeFen: Fen,
      dueFeeFen: OrNull(Fen),
    state: Text, description: Text,
  })),
  /** Line after which the next page begins, null on the last. */
  next: OrNull(Count),
})

export const ClassList = Closed({ items: Type.Array(Closed({
  code: Type.Enum(CLASS_CODES), name: Text, why: Text, action: Text, settled: Type.Boolean(), actions: Type.Array(Closed({ action: Type.Enum(CASE_ACTIONS), name: Text,
    carriedOut: Type.Boolean() })),
})) })

/** What a side says, by field; `fen` amounts in fen, `…AtMs` times. */
const SidesItem = OrNull(Type.Record(Text, Type.Union([Text, Type.Number(), Type.Null(), Type.Array(Text)])))
export const CaseItem = Closed({
  caseId: UuidText, leg: Count, channel: Text, merchantId: Text, bizDate: LocalDate, estateId: Text, classCode: Type.Enum(CLASS_CODES), reference: Text, orderNo: OrNull(Text),
  transactionId: OrNull(Text), billId: OrNull(Text), batchNo: OrNull(Count), line: OrNull(Count), riskFen: Fen, differenceFen: Fen, theirs: SidesItem, ours: SidesItem,
  state: Type.Enum(CASE_STATES),
  proposal: OrNull(Closed({
    action: Type.Enum(CASE_ACTIONS), reason: Text, makerId: Text, atMs: AtMs, approvals: Type.Array(Closed({ by: Text, atMs: AtMs, head: Type.Boolean() })),
  })),
  suggestion: OrNull(Type.Array(Closed({
    source: Type.Union([Type.Literal('channel'), Type.Literal('rule')]), atMs: AtMs, text: Text, about: Type.Optional(Text), score: Type.Optional(Type.Number()),
  }))),
  foundAtMs: AtMs, changedAtMs: AtMs,
  /** Who must agree, by the money that hangs on it; `head`: one of them for all estates. */
  checkers: Count, head: Type.Boolean(),
})
const CaseFilter = {
  ...Span, estateId: Type.Optional(Text), state: Type.Optional(Type.Enum(CASE_STATES)), classCode: Type.Optional(Type.Enum(CLASS_CODES)), channel: Type.Optional(ShortText),
  leg: Type.Optional(Type.Integer({ minimum: 1, maximum: 3 })), text: Type.Optional(Type.String({ minLength: 2, maxLength: 64 })),
}
export const CaseQuery = Closed({ ...CaseFilter, after: Type.Optional(Type.String({ maxLength: 200 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) })
export const SumsQuery = Closed(CaseFilter)
export const CasePlace = Closed({ bizDate: LocalDate, caseId: UuidText })
export const CasePage = Closed({ items: Type.Array(CaseItem), next: OrNull(Text) })
export const CaseSums = Closed({
  items: Type.Array(Closed({ classCode: Type.Enum(CLASS_CODES), state: Type.Enum(CASE_STATES), count: Count, riskFen: Fen, differenceFen: Fen })),
  /** The three counters. `toDo`: open or proposed. `atRiskFen`: money of those. `leftFen`: what they add to the difference; 0 is tied out. */
  settled: Count, toDo: Count, atRiskFen: Fen, leftFen: Fen,
})
export const CaseParams = Closed({ caseId: UuidText })
const CaseIds = Type.Array(UuidText, { minItems: 1, maxItems: 500 })
export const ProposeBody = Closed({ caseIds: CaseIds, action: Type.Enum(CASE_ACTIONS), reason: Reason })
export const ApproveBody = Closed({ caseIds: CaseIds })
export const RejectBody = Closed({ caseIds: CaseIds, reason: Reason })
export const NoteBody = Closed({ text: Reason })
export const DecidedList = Closed({ items: Type.Array(Closed({
  caseId: UuidText, state: Type.Enum(CASE_STATES),
  problem: OrNull(Type.Union([Type.Literal('state'), Type.Literal('maker'), Type.Literal('again'), Type.Literal('action'), Type.Literal('early'), Type.Literal('unknown')])),
  /** Of what is too early: the last day on which it is. */
  until: Type.Optional(LocalDate),
})) })
export const AttachmentItem = Closed({
  attachmentId: UuidText, caseId: UuidText, name: Text, mediaType: Text, bytes: Count, sha256: Sha256Hex, addedBy: Text, addedAtMs: AtMs,
})
export const AttachmentQuery = Closed({ name: FileName, mediaType: Type.Enum(ATTACHMENT_TYPES) })
export const AttachmentParams = Closed({ attachmentId: UuidText })
export const CaseDetail = Closed({
  item: CaseItem, events: Type.Array(Closed({ seq: Count, atMs: AtMs, by: OrNull(Text), byName: OrNull(Text), what: Type.Enum(EVENT_KINDS), text: OrNull(Text) })),
    attachments: Type.Array(AttachmentItem),
})

export const MerchantParams = Closed({ channel: Type.Enum(BILL_CHANNELS), merchantId: MerchantId })
export const MerchantBody = Closed({
  feePpm: OrNull(Type.Integer({ minimum: 0, maximum: 100_000 })), bankAccount: OrNull(Type.String({ pattern: '^[0-9A-Za-z-]{4,40}$' })),
  settleDays: Type.Integer({ minimum: 0, maximum: 10 }),
})
export const MerchantList = Closed({ items: Type.Array(Closed({ channel: Text, merchantId: Text, ...MerchantBody.properties })) })
