import { existsSync, readFileSync } from 'node:fs'
import type { Progress } from './progress.js'

export interface MessageTail {
  /** Shows what was added since the last look. */
  look(): void
}

/** Shows messages in the file of the SMS sandbox, where a phone would show them. Those of earlier runs are left out. */
export function createMessageTail(deps: { path: string; progress: Progress }): MessageTail {
  const text = (): string => (existsSync(deps.path) ? readFileSync(deps.path, 'utf8') : '')
  let shown = text().length
  return {
    look() {
      const all = text()
      // The last line may be half written.
      const end = all.lastIndexOf('\n') + 1
      for (const line of all.slice(shown, Math.max(shown, end)).split('\n').filter((each) => each !== '')) {
        const { to, text: said } = JSON.parse(line) as { to: string; text: string }
        deps.progress.line(`  SMS to ${to}: ${said}`)
      }
      shown = Math.max(shown, end)
    },
  }
}
