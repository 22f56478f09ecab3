import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { ArrivedMessage } from './message-sandbox.js'

/** What phones got, over all starts of the sandbox. */
export interface MessageBook {
  readonly earlier: readonly ArrivedMessage[]
  add(message: ArrivedMessage): void
}

function messageIn(line: string): ArrivedMessage[] {
  try {
    const message = JSON.parse(line) as ArrivedMessage
    return typeof message.to === 'string' && typeof message.text === 'string' ? [message] : []
  } catch {
    return []
  }
}

/** A JSON object a line, for its owner alone. What was cut off while it was written is left out. */
export function openMessageBook(path: string): MessageBook {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n')
  return {
    earlier: text.split('\n').flatMap(messageIn),
    add: (message) => appendFileSync(path, `${JSON.stringify(message)}\n`, { mode: 0o600 }),
  }
}
