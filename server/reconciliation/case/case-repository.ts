import type { Tx } from '../../db/transaction.js'
import type { ClassCode } from '../classes.js'
import type { Sides } from '../batch/difference-rules.js'
import type { CaseStateName, Proposal } from './case-machine.js'

/** What a rule or the channel says about a case. It decides nothing. */
export interface Suggestion {
  readonly source: 'channel' | 'rule'
  readonly atMs: number
  /** In words for staff. */
  readonly text: string
  /** What it speaks of: an order, a bill, a household; and how sure a rule is, 0 to 100. */
  readonly about?: string
  readonly score?: number
}

export interface CaseRecord {
  readonly caseId: string
  readonly leg: number
  readonly channel: string
  readonly merchantId: string
  readonly bizDate: string
  /** `*` where it is of no known estate. */
  readonly estateId: string
  readonly classCode: ClassCode
  readonly reference: string
  readonly orderNo: string | null
  readonly transactionId: string | null
  readonly billId: string | null
  readonly batchNo: number | null
  readonly line: number | null
  readonly riskFen: number
  readonly differenceFen: number
  readonly theirs: Sides | null
  readonly ours: Sides | null
  readonly state: CaseStateName
  readonly proposal: Proposal | null
  readonly suggestion: readonly Suggestion[] | null
  readonly foundAtMs: number
  readonly changedAtMs: number
}

type Row = NonNullable<Awaited<ReturnType<Tx['reconCase']['findUnique']>>>
const json = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))

const recordOf = ({
  caseId, leg, channel, merchantId, bizDate, estateId, classCode, reference, orderNo, transactionId, billId, batchNo, line, riskFen, differenceFen, theirs, ours, state, proposal,
  suggestion, foundAtMs, changedAtMs,
}: Row): CaseRecord => ({
  caseId, leg, channel, merchantId, bizDate, estateId, classCode: classCode as ClassCode, reference, orderNo, transactionId, billId, batchNo, line, riskFen: Number(riskFen),
  differenceFen: Number(differenceFen), theirs: json<Sides>(theirs), ours: json<Sides>(ours), state: state as CaseStateName, proposal: json<Proposal>(proposal),
  suggestion: json<Suggestion[]>(suggestion), foundAtMs: Number(foundAtMs), changedAtMs: Number(changedAtMs),
})

export interface CaseFilter {
  /** Null: all, those of no known estate too. */
  readonly estateIds: readonly string[] | null
  readonly state?: CaseStateName | undefined
  readonly classCode?: string | undefined
  readonly channel?: string | undefined
  readonly leg?: number | undefined
  readonly fromDate?: string | undefined
  readonly untilDate?: string | undefined
  /** Part of a reference. */
  readonly text?: string | undefined
}

const whereOf = ({ estateIds, state, classCode, channel, leg, fromDate, untilDate, text }: CaseFilter) => ({
  ...(estateIds === null ? {} : { estateId: { in: [...estateIds] } }), ...(state === undefined ? {} : { state }), ...(classCode === undefined ? {} : { classCode }),
  ...(channel === undefined ? {} : { channel }), ...(leg === undefined ? {} : { leg }), ...(text === undefined ? {} : { reference: { contains: text } }),
  ...(fromDate === undefined && untilDate === undefined ? {} : { bizDate: { ...(fromDate === undefined ? {} : { gte: fromDate }),
    ...(untilDate === undefined ? {} : { lte: untilDate }) } }),
})

export async function findCase(read: Tx, caseId: string): Promise<CaseRecord | null> {
  const row = await read.reconCase.findUnique({ where: { caseId } })
  return row === null ? null : recordOf(row)
}

/** Cases by day and class, after a place. */
export const casesAfter = async (read: Tx, filter: CaseFilter, after: { bizDate: string; caseId: string } | null, limit: number): Promise<CaseRecord[]> =>
  (await read.reconCase.findMany({
    where: {
      AND: [whereOf(filter), after === null ? {} : { OR: [{ bizDate: { lt: after.bizDate } }, { bizDate: after.bizDate, caseId: { gt: after.caseId } }] }],
    },
    orderBy: [{ bizDate: 'desc' }, { caseId: 'asc' }], take: limit,
  })).map(recordOf)

export interface CaseSums {
  readonly classCode: ClassCode
  readonly state: CaseStateName
  readonly count: number
  readonly riskFen: number
  readonly differenceFen: number
}
export const caseSums = async (read: Tx, filter: CaseFilter): Promise<CaseSums[]> =>
  (await read.reconCase.groupBy({
    by: ['classCode', 'state'], where: whereOf(filter), _count: { caseId: true }, _sum: { riskFen: true, differenceFen: true }, orderBy: [{ classCode: 'asc' }, { state: 'asc' }],
  })).map(({ classCode, state, _count, _sum }) => ({
    classCode: classCode as ClassCode, state: state as CaseStateName, count: _count.caseId, riskFen: Number(_sum.riskFen ?? 0n), differenceFen: Number(_sum.differenceFen ?? 0n),
  }))

/** Compare and set: false, and nothing changed, where the case is not as it was read. */
export async function moveCase(tx: Tx, { caseId, state, changedAtMs }: Pick<CaseRecord, 'caseId' | 'state' | 'changedAtMs'>,
  next: { state: CaseStateName; proposal: Proposal | null }, atMs: number):
  Promise<boolean> {
  const { count } = await tx.reconCase.updateMany({
    where: { caseId, state, changedAtMs: BigInt(changedAtMs) },
    data: { state: next.state, proposal: next.proposal === null ? null : JSON.stringify(next.proposal), changedAtMs: BigInt(Math.max(atMs, changedAtMs + 1)) },
  })
  return count === 1
}

export const setSuggestion = async (tx: Tx, caseId: string, suggestion: readonly Suggestion[]): Promise<void> => void (
  await tx.reconCase.updateMany({ where: { caseId }, data: { suggestion: JSON.stringify(suggestion) } }))

export const EVENT_KINDS = ['found', 'changed', 'note', 'attached', 'proposed', 'approved', 'rejected', 'reopened', 'cleared', 'asked', 'done', 'failed'] as const
export type CaseEventKind = (typeof EVENT_KINDS)[number]
export interface CaseEvent {
  readonly seq: number
  readonly atMs: number
  readonly by: string | null
  readonly what: CaseEventKind
  readonly text: string | null
}

export async function addEvent(tx: Tx, caseId: string, event: Omit<CaseEvent, 'seq'>): Promise<void> {
  const last = await tx.reconCaseEvent.findFirst({ where: { caseId }, orderBy: { seq: 'desc' }, select: { seq: true } })
  await tx.reconCaseEvent.create({ data: { caseId, seq: (last?.seq ?? 0) + 1, ...event, atMs: BigInt(event.atMs) } })
}
export const eventsOf = async (read: Tx, caseId: string): Promise<CaseEvent[]> =>
  (await read.reconCaseEvent.findMany({ where: { caseId }, orderBy: { seq: 'asc' } })).map(({ seq, atMs, by, what, text }) => ({ seq, atMs: Number(atMs), by,
    what: what as CaseEventKind, text }))

export interface AttachmentRecord {
  readonly attachmentId: string
  readonly caseId: string
  readonly name: string
  readonly mediaType: string
  readonly bytes: number
  readonly sha256: string
  readonly addedBy: string
  readonly addedAtMs: number
}
type AttachmentRow = Omit<AttachmentRecord, 'addedAtMs'> & { readonly addedAtMs: bigint }
const attachmentOf = (row: AttachmentRow): AttachmentRecord => ({ ...row, addedAtMs: Number(row.addedAtMs) })

export const attachmentsOf = async (read: Tx, caseId: string): Promise<AttachmentRecord[]> =>
  (await read.reconAttachment.findMany({ where: { caseId }, orderBy: { attachmentId: 'asc' } })).map(attachmentOf)
export async function findAttachment(read: Tx, attachmentId: string): Promise<AttachmentRecord | null> {
  const row = await read.reconAttachment.findUnique({ where: { attachmentId } })
  return row === null ? null : attachmentOf(row)
}
export const insertAttachment = async (tx: Tx, { addedAtMs, ...same }: AttachmentRecord): Promise<void> => void (
  await tx.reconAttachment.create({ data: { ...same, addedAtMs: BigInt(addedAtMs) } }))

/** Cases that wait for what the channel says, oldest day first. */
export const casesToAsk = async (read: Tx, classes: readonly string[], fromDate: string, limit: number): Promise<CaseRecord[]> =>
  (await read.reconCase.findMany({
    where: { classCode: { in: [...classes] }, state: { in: ['open', 'proposed'] }, bizDate: { gte: fromDate } }, orderBy: [{ bizDate: 'asc' }, { caseId: 'asc' }], take: limit,
  })).map(recordOf)
