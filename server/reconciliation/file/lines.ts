import { found } from './finding.js'

/** A line of a bill is below 1 kB. */
const LINE_CHARS_MAX = 65_536
/** Lines handed on at a time: a call for each would cost more than reading it. */
export interface LineBatch {
  /** Number of the first line, from 1. */
  readonly from: number
  readonly lines: readonly string[]
  /** True where the file ends within the last line: it has no end of its own. */
  readonly isOpen?: true
}

/**
 * Lines of a text that comes in pieces, without their ends (LF or CRLF) and without a byte order mark.
 * @throws AppError SV_RECON_FILE where bytes are none of the encoding, or a line has no end
 */
export async function* linesOf(file: string, pieces: AsyncIterable<Uint8Array>, encoding: 'utf-8' | 'gbk'): AsyncGenerator<LineBatch> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let rest = ''
  let from = 1
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true })
    } catch {
      // Only a character that is not whole can be wrong at the very end.
      if (piece === undefined) found('truncated', { file, line: from }, 'the file ends within a character')
      return found('encoding', { file, line: from }, `not ${encoding}`)
    }
  }
  const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)
  for await (const piece of pieces) {
    const lines = (rest + decode(piece)).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LINE_CHARS_MAX) found('line-too-long', { file, line: from + lines.length }, `more than ${LINE_CHARS_MAX} characters`)
    if (lines.length > 0) yield { from, lines: lines.map(withoutReturn) }
    from += lines.length
  }
  rest += decode()
  if (rest !== '') yield { from, lines: [withoutReturn(rest)], isOpen: true }
}
