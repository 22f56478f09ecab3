import { appendFile } from 'node:fs/promises'
import type { MessageChannel } from './message-port.js'

/** Writes messages to a file instead of sending them, a JSON object a line, for its owner alone: what runs where no SMS contract is. */
export const createFileChannel = (deps: { path: string }): MessageChannel => ({
  name: 'file', proof: 'none',
  reaches: ({ phone }) => phone !== null,
  async send({ messageId, phone, template, templateVersion, text }) {
    try {
      await appendFile(deps.path, `${JSON.stringify({ messageId, phone, template, templateVersion, text })}\n`, { mode: 0o600, flush: true })
      return { outcome: 'sent', receipt: messageId }
    } catch (error) {
      return { outcome: 'not-sent', problem: error instanceof Error ? error.message : 'the file cannot be written' }
    }
  },
})
