import type { Logger } from '#kernel/log.js'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A logger that keeps its lines, those of its children with the children's fields. */
export function createRecordingLog(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (inherited: object): Logger => {
    const write = (level: LogLine['level']) => (fields: object, message: string): void => void lines.push({ level, message, fields: { ...inherited, ...fields } })
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), child: (fields) => at({ ...inherited, ...fields }) }
  }
  return { ...at({}), lines }
}
