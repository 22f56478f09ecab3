import { fail } from '../../errors.js'

/** What can be wrong with a file. Each stops the file: nothing of it is taken in. */
export const FINDINGS = {
  'not-a-bill': '文件不是所说的账单',
  'encoding': '文件编码不正确',
  'line-too-long': '某一行过长',
  'columns-missing': '缺少必需的列',
  'columns-unknown': '出现未知的列',
  'cells': '某一行的列数与表头不符',
  'value': '某个单元格的内容不正确',
  'totals': '合计与明细不符',
  'truncated': '文件不完整：没有读到结尾',
  'trailing': '合计之后还有内容',
  'balance': '逐笔余额不连续',
  'no-bill': '渠道没有这一天的账单，本地却有交易',
  'not-fetched': '到了时间仍没有取到账单',
  'hash': '文件摘要与渠道给出的不符',
  'merchant': '账单不属于这个商户',
  'date': '账单不是这一天的',
  'repeated-row': '同一笔记录出现多次',
  'zip-damaged': '压缩包已损坏',
  'zip-name': '压缩包内的文件名不安全',
  'zip-size': '压缩包过大或压缩比异常',
  'zip-content': '压缩包内没有唯一的明细文件',
} as const
export type FindingCode = keyof typeof FINDINGS

export interface Finding {
  readonly code: FindingCode
  readonly file: string
  /** From 1; null where it is the file as a whole. */
  readonly line: number | null
  /** Name of the column, null where it is the line as a whole. */
  readonly column: string | null
  /** What was found and what was expected. */
  readonly detail: string
}

/** Where in a file something stands. */
export interface FilePlace {
  readonly file: string
  readonly line?: number
  readonly column?: string
}

/** @throws AppError SV_RECON_FILE, always; its details are the finding */
export function found(code: FindingCode, { file, line, column }: FilePlace, detail: string): never {
  throw fail('SV_RECON_FILE', { code, file, line: line ?? null, column: column ?? null, detail } satisfies Finding)
}
