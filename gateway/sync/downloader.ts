import type { RosterItem } from '#contract/sync-roster.js'
import { type Round, createRetryLoop } from './retry-loop.js'
import type { RosterAge } from './roster-age.js'
import type { RosterApplier } from './roster-applier.js'
import type { ServerCallError } from './server-client.js'
import { type ContactStatus, type SyncPeer, type SyncRuntime, createContactLog } from './sync-peer.js'

export interface Downloader {
  start(): void
  stop(): Promise<void>
  /** Resolves once everything that the server had was applied; a stopped one never does. */
  complete(): Promise<void>
  status(): ContactStatus
}

const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 30_000

/** Fetches the roster page by page and applies each before it asks for the next; then again every interval. */
export function createDownloader(deps: {
  peer: SyncPeer; applier: RosterApplier; age: Pick<RosterAge, 'heard'>; runtime: SyncRuntime; rosterIntervalMs: number
}): Downloader {
  const { peer, applier, age, runtime } = deps
  const contact = createContactLog({ clock: runtime.clock, log: runtime.log, what: 'roster' })

  let complete = (): void => {}
  const completed = new Promise<void>((resolve) => { complete = resolve })

  const failed = (error: ServerCallError): Round => {
    contact.failed(error)
    return 'failed'
  }

  const round = async (): Promise<Round> => {
    const cursor = await applier.cursor()
    const answer = await peer.client.roster(peer.identity.credential, cursor)
    if (!answer.ok) return failed(answer.error)
    const page = answer.value
    const stands = page.items.length === 0 && page.cursor === cursor
    if (stands && !page.complete) return failed({ kind: 'invalid', message: `an empty page at cursor ${cursor} says that more is ready` })
    if (!stands) await applier.apply(page.items as RosterItem[], page.cursor)
    contact.succeeded()
    if (!page.complete) return 'more'
    age.heard()
    complete()
    return 'idle'
  }

  const loop = createRetryLoop({
    round: () => round().catch((error: unknown) => {
      runtime.log.error({ err: error }, 'roster: a page could not be applied, trying again')
      return 'failed'
    }),
    times: { idleMs: deps.rosterIntervalMs, coalesceMs: 0, retryMsMin: RETRY_MS_MIN, retryMsMax: RETRY_MS_MAX },
    clock: runtime.clock,
    random: runtime.random,
  })

  return { start: () => loop.start(), stop: () => loop.stop(), complete: () => completed, status: () => contact.status() }
}
