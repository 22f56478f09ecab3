import type { RosterResponseV1 } from '#contract/sync-api.js'
import type { RosterItem } from '#contract/sync-roster.js'
import type { Tx } from '../db/transaction.js'
import { NEWEST_CONTRACT, forFirstContract } from './roster-contract.js'
import { changesAfter, endsAfter, lastCursor } from './roster-repository.js'
import { cursorOf, endsFirst, positionOf } from './roster-rules.js'

/** Items that a page has beside its changes: `reset.v1` and `complete.v1`. */
const MARKS = 2
export const ROSTER_PAGE_ITEMS_MIN = MARKS + 1

export interface RosterService {
  /**
   * The page of an estate's roster after `cursor`. Pages go by the order of changes, so an item that changes while
   * they are fetched comes again later, and `complete.v1` closes the last page only: whatever the estate has is named
   * before it. An end that goes ahead of its page comes again in it. Ends stand in a snapshot too; they cost a gateway that never knew of them nothing.
   * @param contract what the gateway understands; it is told nothing that it would misunderstand
   * @param limit items in the page, `ROSTER_PAGE_ITEMS_MIN` or more
   */
  page(estateId: string, cursor: number, contract: number, limit: number): Promise<RosterResponseV1>
}

export const createRosterService = (deps: { read: Tx }): RosterService => ({
  async page(estateId, cursor, asked, limit) {
    const contract = Math.min(asked, NEWEST_CONTRACT)
    const position = positionOf(cursor, await lastCursor(deps.read, estateId), contract)
    const room = limit - MARKS
    const rows = await changesAfter(deps.read, estateId, position.after, room + 1)
    const complete = rows.length <= room
    // After a long silence what was revoked must not wait behind pages of what was given: up to half a page of it goes ahead.
    const ends = complete || position.mode !== 'changes' ? [] : await endsAfter(deps.read, estateId, position.after, Math.floor(room / 2))
    const shown = rows.slice(0, room - ends.length)
    const after = shown.at(-1)?.cursor ?? position.after
    const ahead = ends.filter((end) => end.cursor > after)
    const items = endsFirst([...ahead, ...shown].flatMap(({ item }): RosterItem[] => {
      const told = contract === NEWEST_CONTRACT ? item : forFirstContract(item)
      return told === undefined ? [] : [told]
    }))
    if (position.mode === 'changes') return { items, cursor: cursorOf({ mode: 'changes', after, contract }), complete }
    const first: RosterItem[] = position.mode === 'start' ? [{ kind: 'reset.v1' }] : []
    const last: RosterItem[] = complete ? [{ kind: 'complete.v1' }] : []
    return { items: [...first, ...items, ...last], cursor: cursorOf({ mode: complete ? 'changes' : 'snapshot', after, contract }), complete }
  },
})
