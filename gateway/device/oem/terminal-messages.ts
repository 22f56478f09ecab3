import type { Logger } from '#kernel/log.js'
import type { TerminalSide } from '../ports.js'
import type { CommandAck, OemMessage, OemReader, TerminalStatus } from './oem-reader.js'
import type { RecordHandler } from './record-handler.js'
import type { TerminalObserver } from './terminal-observer.js'

export interface TerminalMessagesDeps {
  readonly reader: OemReader
  readonly records: RecordHandler
  readonly onStatus: (terminalId: string, status: TerminalStatus) => void
  readonly onAck: (terminalId: string, ack: CommandAck) => Promise<void>
  readonly observer: TerminalObserver
  readonly log: Logger
}

/** From bytes of a terminal to what is done about them. Never throws; the promise, if any, never rejects. */
export function createTerminalMessages(deps: TerminalMessagesDeps): TerminalSide['message'] {
  const { reader, records, observer, log } = deps

  const act = async (terminalId: string, message: OemMessage): Promise<void> => {
    switch (message.kind) {
      case 'recognition': return records.recognition(terminalId, message)
      case 'stranger': return records.stranger(terminalId, message)
      case 'online':
      case 'offline':
      case 'heartbeat':
        observer.message('status')
        return deps.onStatus(terminalId, message)
      case 'edit-ack':
      case 'delete-ack':
      case 'query-ack':
        return deps.onAck(terminalId, message)
    }
  }

  return (terminalId, channel, payload) => {
    const read = reader.read(channel, payload)
    if (!read.ok) {
      observer.message('malformed')
      return void log.debug({ terminalId, channel, error: read.error }, 'a message of a terminal is not understood')
    }
    const message = read.value
    // The shared topics carry the sender's id in the body only: it must be the one that this connection showed.
    if (message.terminalId !== null && message.terminalId !== terminalId) {
      observer.message('other-identity')
      return void log.warn({ terminalId, channel, claimed: message.terminalId.slice(0, 64) }, 'a terminal speaks for another one')
    }
    if (message.kind === 'ignored') return void observer.message(message.isExpected ? 'status' : 'unknown-operator')
    return act(terminalId, message).catch((error: unknown) => {
      observer.message('failed')
      log.error({ terminalId, channel, err: error }, 'a message of a terminal could not be handled')
    })
  }
}
