import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { CHINA_OFFSET_MS } from '#kernel/schedule.js'

export const WORKBOOK_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const TIME_FORMAT = 'yyyy-mm-dd hh:mm:ss'

/** `2026-11-23 14:03:22` in Jiangmen. */
export const dateTimeOf = (ms: number): string => new Date(ms + CHINA_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')

/** Rows written in one turn of the event loop. */
const ROWS_PER_BREATH = 100

export type Cell = string | number | null | { readonly atMs: number }
export interface SheetColumn {
  readonly header: string
  readonly width: number
  /** As a time of Jiangmen; other columns are text or numbers as they come. */
  readonly time?: true
  /** Number format of the column, as spreadsheet programs write them: `#,##0.00`. */
  readonly format?: string
}
export interface Sheet {
  readonly name: string
  readonly columns: readonly SheetColumn[]
  readonly rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>
  /** At the foot of every printed page. */
  readonly footer?: string
}

/** What XML 1.0 cannot hold. */
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/**
 * Text as it may stand in a cell. What a program could take for a formula, now or once the sheet was saved as CSV, begins
 * with an apostrophe.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function cellText(text: string): string {
  const clean = text.replace(UNWRITABLE, '')
  return /^[=+\-@\t\r\n]/.test(clean) ? `'${clean}` : clean
}

/** Excel knows no zones: the date is written so that it reads as the time in Jiangmen. */
const valueOf = (cell: Cell): string | number | Date | null =>
  (typeof cell === 'string' ? cellText(cell) : typeof cell === 'object' && cell !== null ? new Date(cell.atMs + CHINA_OFFSET_MS) : cell)

/** A workbook as it is being written: rows are taken as the reader takes bytes. Ends with the error where a row cannot be had. */
export function streamWorkbook(sheets: readonly Sheet[]): Readable {
  const out = new PassThrough()
  const gone = new AbortController()
  out.once('close', () => gone.abort())
  /** Lets what was written be packed and read, and waits where the reader is behind. */
  const breathe = async (): Promise<void> => {
    await nextTurn()
    while (out.writableNeedDrain && !out.destroyed) await once(out, 'drain', { signal: gone.signal })
  }
  let written = 0
  const write = async (): Promise<void> => {
    // A third of what the server's start would import: loaded with the first workbook.
    const { default: Excel } = await import('exceljs')
    const book = new Excel.stream.xlsx.WorkbookWriter({ stream: out, useStyles: true, useSharedStrings: false })
    for (const { name, columns, rows, footer } of sheets) {
      const sheet = book.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 1 }], ...(footer === undefined ? {} : { headerFooter: { oddFooter: footer } }) })
      sheet.columns = columns.map(({ header, width, time, format = time === true ? TIME_FORMAT : undefined }) =>
        ({ header, width, ...(format === undefined ? {} : { style: { numFmt: format } }) }))
      sheet.getRow(1).font = { bold: true }
      for await (const row of rows) {
        if (out.destroyed) return
        sheet.addRow(row.map(valueOf)).commit()
        if ((written += 1) % ROWS_PER_BREATH === 0) await breathe()
      }
      sheet.commit()
    }
    await book.commit()
  }
  write().catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))))
  return out
}
