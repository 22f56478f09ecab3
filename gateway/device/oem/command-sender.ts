import type { IdSource } from '#kernel/ids.js'
import { deletePersons, editPersons, queryPersons } from './command-messages.js'
import type { CommandLink } from './command-link.js'
import { currentRows } from './command-settling.js'
import type { PhotoLinks } from './photo-links.js'
import type { TerminalPersonRow } from './ports.js'
import type { TerminalPeople } from './terminal-people.js'

const QUERY_MS = 30_000
const DELETE_MS = 60_000
/** A terminal takes one to three seconds to fetch a photo and to make a feature of it. */
const EDIT_MS = 60_000
const EDIT_MS_EACH = 5_000

/** Commands about persons. Each is false where the terminal did not get it. */
export interface CommandSender {
  edit(rows: readonly TerminalPersonRow[]): Promise<boolean>
  remove(personRefs: readonly string[]): boolean
  query(): boolean
}

export function createCommandSender(deps: {
  terminalId: string; people: TerminalPeople; link: CommandLink; links: PhotoLinks; ids: IdSource; utcOffsetMinutes: number
}): CommandSender {
  const { terminalId, people, link, links, ids } = deps
  return {
    async edit(rows) {
      const refs = rows.map((row) => row.personRef)
      const batchNow = (): TerminalPersonRow[] => currentRows(people, terminalId, refs, ['wanted', 'failed'])
      // Durable before it is sent: from then on the terminal may hold these faces, whatever it answers.
      await people.change(() => ({ put: batchNow().filter((row) => !row.placed).map((row) => ({ ...row, placed: true })) }))
      const batch = batchNow()
      if (batch.length === 0) return true
      const messageId = ids.uuid()
      const offered = links.offer(batch)
      return link.launch(
        { kind: 'edit', messageId, personRefs: batch.map((row) => row.personRef), urls: [...offered.values()] },
        editPersons(messageId, batch, offered, deps.utcOffsetMinutes), EDIT_MS + EDIT_MS_EACH * batch.length,
      )
    },
    remove(personRefs) {
      const messageId = ids.uuid()
      return link.launch({ kind: 'delete', messageId, personRefs, urls: [] }, deletePersons(messageId, personRefs), DELETE_MS)
    },
    query() {
      const messageId = ids.uuid()
      return link.launch({ kind: 'query', messageId, personRefs: [], urls: [] }, queryPersons(messageId), QUERY_MS)
    },
  }
}
