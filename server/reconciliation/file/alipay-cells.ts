import { parseChinaTime } from '../../payment/channel/china-time.js'
import type { Columns } from './columns.js'
import { type FilePlace, found } from './finding.js'

/**
 * Cells of a line. Alipay quotes nothing: a comma within the goods' name makes cells too many, which are put together again
 * where a time then stands in the column behind it.
 * @throws AppError SV_RECON_FILE where no such way leads to the header's number of cells
 */
export function cellsOf(line: string, columns: Columns, nameAt: number, place: FilePlace): string[] {
  const cells = line.split(',')
  const tooMany = cells.length - columns.width
  if (tooMany === 0) return cells
  const joined = [...cells.slice(0, nameAt), cells.slice(nameAt, nameAt + tooMany + 1).join(','), ...cells.slice(nameAt + tooMany + 1)]
  const fits = tooMany > 0 && parseChinaTime((joined[nameAt + 1] ?? '').trim()) !== undefined
  return fits ? joined : found('cells', place, `${cells.length} cells, ${columns.width} columns`)
}
