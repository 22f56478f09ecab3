import { createHash } from 'node:crypto'
import type { BulkConnection } from '../../db/bulk-connection.js'
import { isHeld } from '../case/case-actions.js'
import { type CaseInput, type CaseState, type CaseStateName, type Proposal, nextCase } from '../case/case-machine.js'
import { CLASSES, CLASS_CODES, type ClassCode } from '../classes.js'
import { type Difference, contentHashOf } from './difference-rules.js'

/** Whose differences are stored, and by which run. */
export interface FoundScope {
  readonly leg: 1 | 2 | 3
  readonly batchNo: number | null
  readonly channel: string
  readonly merchantId: string
  readonly bizDate: string
  readonly run: number
  readonly atMs: number
  /** Classes that this look is about, where others of the same leg are found elsewhere; all of them without it. */
  readonly classes?: readonly ClassCode[]
}

const CASES = {
  table: 'ReconCase',
  columns: [
    'caseId', 'caseKey', 'leg', 'channel', 'merchantId', 'bizDate', 'estateId', 'classCode', 'reference', 'orderNo', 'transactionId', 'billId', 'batchNo', 'line', 'riskFen',
    'differenceFen', 'theirs', 'ours', 'contentHash', 'state', 'proposal', 'suggestion', 'seenRun', 'foundAtMs', 'changedAtMs',
  ],
} as const
const EVENTS = { table: 'ReconCaseEvent', columns: ['caseId', 'seq', 'atMs', 'by', 'what', 'text', 'data'] } as const

const jsonOrNull = (value: object | null): string | null => (value === null ? null : JSON.stringify(value))
const keyOf = ({ leg, channel, merchantId, bizDate }: FoundScope, { classCode, keptAs, key }: Difference): string =>
  [leg, channel, merchantId, bizDate, keptAs ?? classCode, key].join('|')

/** An id that follows from what the case is about: the same difference has it in every database and every run. */
function idOf(caseKey: string): string {
  const hex = createHash('sha256').update(`case.v1 ${caseKey}`).digest('hex')
  // Shape of a UUID whose bits are one's own (RFC 9562 §5.8).
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-9${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

interface Known {
  readonly caseKey: string
  readonly caseId: string
  readonly state: CaseStateName
  readonly riskFen: number
  readonly contentHash: string
  readonly proposal: string | null
  readonly classCode: ClassCode
}
const stateOf = ({ state, riskFen, proposal }: Known): CaseState => ({ state, riskFen, proposal: proposal === null ? null : (JSON.parse(proposal) as Proposal) })

const addEvent = (db: BulkConnection, caseId: string, atMs: number, what: string): void => void db.run(
  `INSERT INTO "ReconCaseEvent" ("caseId", "seq", "atMs", "what") SELECT ?, ifnull(max("seq"), 0) + 1, ?, ? FROM "ReconCaseEvent" WHERE "caseId" = ?`, [caseId, atMs, what, caseId])

/** One that is known: its content as it is now, and what the machine makes of having found it. */
function updateKnown(db: BulkConnection, scope: FoundScope, known: Known, one: Difference, contentHash: string): void {
  const input: CaseInput = { kind: 'found', same: known.contentHash === contentHash, settled: CLASSES[one.classCode].settled }
  const next = nextCase({ ...stateOf(known), riskFen: one.riskFen }, input)?.state
  db.run(
    `UPDATE "ReconCase" SET "seenRun" = ?, "batchNo" = ?, "line" = ?, "contentHash" = ?, "theirs" = ?, "ours" = ?, "riskFen" = ?, "differenceFen" = ?, "estateId" = ?,
    "classCode" = ?, "state" = ?, "proposal" = ?, "changedAtMs" = CASE WHEN ? THEN ? ELSE "changedAtMs" END WHERE "caseKey" = ?`,
    [scope.run, scope.batchNo, one.line, contentHash, jsonOrNull(one.theirs), jsonOrNull(one.ours), one.riskFen, one.differenceFen, one.estateId, one.classCode,
      next?.state ?? known.state, next === undefined ? known.proposal : jsonOrNull(next.proposal), input.same && next === undefined ? 0 : 1, scope.atMs, known.caseKey])
  if (!input.same || next !== undefined) addEvent(db, known.caseId, scope.atMs, input.same ? 'found' : 'changed')
}

/** Stores differences, each once however often it is found; in one transaction. */
export function storeFound(db: BulkConnection, scope: FoundScope, found: readonly Difference[]): void {
  if (found.length === 0) return
  const byKey = new Map(found.map((one) => [keyOf(scope, one), one]))
  db.transact(() => {
    const known = new Map(db.all<Known>(
      `SELECT "caseKey", "caseId", "state", "riskFen", "contentHash", "proposal", "classCode" FROM "ReconCase" WHERE "caseKey" IN (SELECT value FROM json_each(?))`,
      [JSON.stringify([...byKey.keys()])]).map((row) => [row.caseKey, row]))
    const cases: Array<Array<string | number | null>> = []
    const events: Array<Array<string | number | null>> = []
    for (const [caseKey, one] of byKey) {
      const before = known.get(caseKey)
      const contentHash = contentHashOf(one)
      if (before !== undefined) {
        updateKnown(db, scope, before, one, contentHash)
        continue
      }
      const caseId = idOf(caseKey)
      cases.push([
        caseId, caseKey, scope.leg, scope.channel, scope.merchantId, scope.bizDate, one.estateId, one.classCode, one.reference, one.orderNo, one.transactionId, one.billId,
        scope.batchNo, one.line, one.riskFen, one.differenceFen, jsonOrNull(one.theirs), jsonOrNull(one.ours), contentHash, CLASSES[one.classCode].settled ? 'auto' : 'open', null,
        null, scope.run, scope.atMs, scope.atMs,
      ])
      events.push([caseId, 1, scope.atMs, null, 'found', null, null])
    }
    db.insert(CASES, cases)
    db.insert(EVENTS, events)
  })
}

/** What was approved stays so, unless it stands in suspense: it is to be taken out of it. */
const isOver = ({ state, classCode, proposal }: Pick<Known, 'state' | 'classCode' | 'proposal'>): boolean =>
  state !== 'approved' || (proposal !== null && isHeld(classCode, (JSON.parse(proposal) as Proposal).action))

/** What earlier runs found and this one did not is gone. What was found in a bill is not cleared by a look at the bank, nor the other way round. */
export function clearUnseen(db: BulkConnection, { leg, batchNo, channel, merchantId, bizDate, run, atMs, classes = CLASS_CODES }: FoundScope): void {
  const gone = db.all<Pick<Known, 'caseId' | 'state' | 'classCode' | 'proposal'>>(
    `SELECT "caseId", "state", "classCode", "proposal" FROM "ReconCase" WHERE "bizDate" = ? AND "channel" = ? AND "merchantId" = ? AND "leg" = ? AND "seenRun" < ?
    AND "state" IN ('open', 'proposed', 'auto', 'approved') AND "classCode" IN (SELECT value FROM json_each(?)) AND ("batchNo" IS NULL) = ? ORDER BY "caseId"`,
    [bizDate, channel, merchantId, leg, run, JSON.stringify(classes), batchNo === null ? 1 : 0]).filter(isOver)
  db.transact(() => {
    for (const { caseId } of gone) {
      db.run(`UPDATE "ReconCase" SET "state" = 'cleared', "proposal" = NULL, "changedAtMs" = ? WHERE "caseId" = ?`, [atMs, caseId])
      addEvent(db, caseId, atMs, 'cleared')
    }
  })
}

/** What bills of the days before had not was found in a later one. */
export function settleOnLaterDay(db: BulkConnection, caseIds: readonly string[], atMs: number): void {
  db.transact(() => {
    for (const caseId of caseIds) {
      db.run(`UPDATE "ReconCase" SET "classCode" = 'MATCHED_NEXT_DAY', "state" = 'auto', "proposal" = NULL, "changedAtMs" = ? WHERE "caseId" = ?`, [atMs, caseId])
      addEvent(db, caseId, atMs, 'changed')
    }
  })
}
