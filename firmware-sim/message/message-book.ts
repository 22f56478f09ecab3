import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs'
import type { ArrivedMessage } from './message-sandbox.js'

/** What phones got, over all starts of the sandbox. */
export interface MessageBook {
  readonly earlier: readonly ArrivedMessage[]
  add(message: ArrivedMessage): void
}

const BEGIN = '{"by":"'
/** What a power cut leaves of a line: its beginning, or nothing but zeros. */
const isTorn = (tail: string): boolean => tail.startsWith(BEGIN) || BEGIN.startsWith(tail) || /^\0+$/.test(tail)

/** @throws Error where it is no message */
function messageIn(line: string, index: number): ArrivedMessage {
  try {
    const message = JSON.parse(line) as ArrivedMessage
    if (typeof message.to === 'string' && typeof message.text === 'string') return message
  } catch {
    // Said below.
  }
  throw new Error(`the file holds something else than messages, line ${index + 1}`)
}

/**
 * A JSON object a line, for its owner alone. What was cut off while it was written is left out.
 * @throws Error where the file holds something else, or cannot be read
 */
export function openMessageBook(path: string): MessageBook {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const end = text.lastIndexOf('\n') + 1
  const [lines, tail] = [text.slice(0, end), text.slice(end)]
  const earlier = lines.split('\n').slice(0, -1).map(messageIn)
  if (!isTorn(tail)) throw new Error(`the file holds something else than messages, line ${earlier.length + 1}`)
  if (tail !== '') truncateSync(path, Buffer.byteLength(lines))
  return {
    earlier,
    add: (message) => appendFileSync(path, `${JSON.stringify(message)}\n`, { mode: 0o600 }),
  }
}
