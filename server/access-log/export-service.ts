import type { Readable } from 'node:stream'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { Caller, EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import * as log from './access-log-repository.js'
import { itemsOf, withNameRight } from './access-log-service.js'
import { EXPORT_ROWS_MAX, type ExportReason, exportNameRight, mayExportNames } from './export-rules.js'
import { exportSheets } from './export-sheets.js'
import type { Language } from './figures-schemas.js'
import type { AccessLogItem, LogPlace, PassageConditions } from './schemas.js'
import { streamWorkbook } from './workbook.js'

/** Written at a time; each reads up to a hundred thousand rows beside everybody's work. */
const EXPORTS_MAX = 4
/** Read at a time: others' questions come between, and the ids fit into one statement (SQLite takes 999 parameters from Prisma). */
const PAGE_ROWS = 500

export interface ExportRequest {
  readonly conditions: PassageConditions
  /** Names in clear, and why; masked without it. */
  readonly reason?: ExportReason
  readonly language?: Language
}

export interface ExportService {
  /**
   * The passages as a workbook, newest first, written as it is read. Who took how many rows of what, and whether with
   * names, is audited before the first byte.
   * @throws AppError SV_EXPORT_BUSY, SV_EXPORT_TOO_LARGE, SV_EXPORT_NAMES where names are asked for by somebody who may not have them
   */
  passages(caller: Caller, scope: EstateScope, request: ExportRequest): Promise<{ exportId: string; stream: Readable }>
}

export interface ExportServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly clock: Clock
  readonly ids: IdSource
  /** Rows of one workbook; `EXPORT_ROWS_MAX` without it. */
  readonly rowsMax?: number
}

export function createExportService(deps: ExportServiceDeps): ExportService {
  const { read, clock, rowsMax = EXPORT_ROWS_MAX } = deps
  let running = 0

  /** Pages of what there was when the export began; later passages do not slide in. */
  async function* pages(caller: Caller, scope: EstateScope, { conditions, reason }: ExportRequest, rows: number): AsyncGenerator<AccessLogItem[]> {
    const { estateId: _estateId, ...filter } = conditions
    let before: LogPlace | undefined
    for (let left = rows; left > 0;) {
      const page = await log.newestPassages(read, scope, filter, before, Math.min(left, PAGE_ROWS))
      const last = page.at(-1)
      if (last === undefined) return
      yield (await itemsOf(read, page)).map((item) => withNameRight(item, exportNameRight(caller, item.estateId, reason)))
      left -= page.length
      before = { atMs: Number(last.occurredAtMs), passageId: last.passageId }
    }
  }

  return {
    async passages(caller, scope, request) {
      const { reason, language = 'zh-CN' } = request
      if (reason !== undefined && !mayExportNames(caller)) throw fail('SV_EXPORT_NAMES')
      if (running >= EXPORTS_MAX) throw fail('SV_EXPORT_BUSY')
      const atMs = clock.wallMs()
      const { estateId, ...wanted } = request.conditions
      const [newest] = await log.newestPassages(read, scope, wanted, undefined, 1)
      // Up to the newest that is here now: nothing that comes in while it is written is in it.
      const filter = { ...wanted, toMs: Math.min(wanted.toMs ?? Number.MAX_SAFE_INTEGER, newest === undefined ? atMs : Number(newest.occurredAtMs)) }
      const conditions = { ...request.conditions, ...filter }
      const rows = await log.countPassages(read, scope, filter, rowsMax + 1)
      if (rows > rowsMax) throw fail('SV_EXPORT_TOO_LARGE', { rowsMax, field: 'fromMs', problem: `leaves more than ${rowsMax} rows` })
      const exportId = deps.ids.uuid()
      await deps.change(caller.userId, (change) => change.audit({
        action: 'access-log.export', subject: `export:${exportId}`, estateId: estateId ?? null,
        after: { ...conditions, rows, names: reason === undefined ? 'masked' : 'clear', reason: reason ?? null },
      }))
      const names = await log.estateNames(read)
      const sheets = exportSheets({
        exportId, atMs, by: caller.displayName, rows, reason, language, conditions: Object.entries(conditions).map(([name, value]) => `${name} = ${value}`),
      }, pages(caller, scope, { ...request, conditions }, rows), (id) => names.get(id) ?? id)
      const stream = streamWorkbook(sheets)
      running += 1
      stream.once('close', () => { running -= 1 })
      return { exportId, stream }
    },
  }
}
