import type { ExportReason } from './export-rules.js'
import type { Language } from './figures-schemas.js'
import type { AccessLogItem } from './schemas.js'
import { type Cell, type Sheet, dateTimeOf } from './workbook.js'
import { wordFor, wordsOf } from './words/page-words.js'
import { PASSAGE_SHEETS } from './words/sheet-words.js'

const WIDTHS = [20, 16, 16, 8, 10, 8, 22, 16, 12, 12, 14, 14, 16, 10, 10, 10, 12, 8, 14, 38, 38, 8, 10]
const shortId = (id: string | null): string => (id === null ? '' : id.slice(-8))

export interface ExportFacts {
  readonly exportId: string
  readonly atMs: number
  readonly by: string
  readonly rows: number
  readonly reason: ExportReason | undefined
  /** As text, one a line. */
  readonly conditions: readonly string[]
  readonly language: Language
}

function rowOf(item: AccessLogItem, estateName: string, language: Language): Cell[] {
  const words = wordsOf(language)
  const remarks = item.remarks.map((remark) => wordFor(words.remark, remark)).join(language === 'en' ? ', ' : '、')
  const door = item.commandOutcome === null ? '' : wordFor(words.command, item.commandOutcome)
  return [
    { atMs: item.occurredAtMs }, estateName, item.gateName, wordFor(words.direction, item.direction), wordFor(words.way, item.way),
    wordFor(words.result, item.result), wordFor(words.reason, item.reason), remarks, item.personName ?? '', shortId(item.personRef),
    item.operatorName ?? shortId(item.operatorRef), wordFor(words.override, item.override), door,
    item.score, item.threshold, item.liveness, item.waitMs, item.attempts, item.deviceId ?? '', item.passageId, item.gatewayId, item.epoch, item.seq,
  ]
}

/** The sheet that says what the workbook is: which export, whose, of what, with how many rows. */
function aboutSheet({ exportId, atMs, by, rows, reason, conditions, language }: ExportFacts): Sheet {
  const { about, facts, reasons } = PASSAGE_SHEETS[language]
  const lines: Array<readonly [string, Cell]> = [
    [facts.exportId, exportId], [facts.at, dateTimeOf(atMs)], [facts.by, by], [facts.rows, rows],
    [facts.names, reason === undefined ? facts.masked : facts.clear],
    ...(reason === undefined ? [] : [[facts.reason, reasons[reason]] as const]), ...conditions.map((condition) => [facts.conditions, condition] as const), [facts.zone, ''],
  ]
  return { name: about, columns: [{ header: about, width: 24 }, { header: '', width: 44 }], rows: lines }
}

export function exportSheets(facts: ExportFacts, items: AsyncIterable<readonly AccessLogItem[]>, estateName: (estateId: string) => string): Sheet[] {
  const { passages, columns } = PASSAGE_SHEETS[facts.language]
  async function* rows(): AsyncGenerator<readonly Cell[]> {
    for await (const page of items) for (const item of page) yield rowOf(item, estateName(item.estateId), facts.language)
  }
  const timed = columns.map((header, index) => ({ header, width: WIDTHS[index] ?? 12, ...(index === 0 ? { time: true as const } : {}) }))
  return [{ name: passages, columns: timed, rows: rows() }, aboutSheet(facts)]
}
