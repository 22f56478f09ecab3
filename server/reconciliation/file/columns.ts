import { parseYuan } from '../../money/fen.js'
import { parseChinaTime } from '../../payment/channel/china-time.js'
import { type FilePlace, found } from './finding.js'

/** Reads cells by the names in the header, whatever their order. */
export interface Columns {
  readonly width: number
  has(name: string): boolean
  /** The cell, trimmed; empty where the bill has no such column. */
  text(cells: readonly string[], name: string): string
  /** @throws AppError SV_RECON_FILE where it is no amount in yuan */
  yuan(cells: readonly string[], name: string, place: FilePlace): number
  /** Beijing time. @throws AppError SV_RECON_FILE where it is none */
  timeMs(cells: readonly string[], name: string, place: FilePlace): number
}

/**
 * @param names the header's cells
 * @param known every column that this kind of bill may have
 * @param required those that it must have; a list of names is any one of them
 * @throws AppError SV_RECON_FILE with the names
 */
export function columnsOf(names: readonly string[], place: FilePlace, known: ReadonlySet<string>, required: readonly (string | readonly string[])[]): Columns {
  const index = new Map(names.map((name, at) => [name.trim(), at]))
  const missing = required.filter((one) => (typeof one === 'string' ? !index.has(one) : !one.some((name) => index.has(name))))
  if (missing.length > 0) found('columns-missing', place, missing.flat().join('、'))
  const unknown = [...index.keys()].filter((name) => !known.has(name))
  if (unknown.length > 0) found('columns-unknown', place, unknown.join('、'))
  const text = (cells: readonly string[], name: string): string => {
    const at = index.get(name)
    return at === undefined ? '' : (cells[at] ?? '').trim()
  }
  // Rows of the same second stand together.
  let last: { cell: string; atMs: number } | undefined
  return {
    width: names.length,
    has: (name) => index.has(name),
    text,
    yuan(cells, name, where) {
      const cell = text(cells, name)
      return parseYuan(cell) ?? found('value', { ...where, column: name }, `${JSON.stringify(cell)} is no amount in yuan`)
    },
    timeMs(cells, name, where) {
      const cell = text(cells, name)
      if (last?.cell !== cell) last = { cell, atMs: parseChinaTime(cell) ?? found('value', { ...where, column: name }, `${JSON.stringify(cell)} is no time`) }
      return last.atMs
    },
  }
}

/** Parts per million of `0.60%`; null where the cell is empty. @throws AppError SV_RECON_FILE */
export function rateOf(cell: string, place: FilePlace): number | null {
  if (cell === '') return null
  const match = /^(\d{1,2})(?:\.(\d{1,4}))?%$/.exec(cell)
  return match === null ? found('value', place, `${JSON.stringify(cell)} is no rate`) : Number(match[1]) * 10_000 + Number((match[2] ?? '').padEnd(4, '0'))
}
