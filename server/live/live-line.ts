import { nameRight } from '../access-log/name-rules.js'
import { type Caller, covers, scopeOf } from '../auth/roles.js'
import type { LiveEvent, LiveKind, LiveRoles, NumberedEvent } from './event-ring.js'
import type { LiveClient, LiveSink } from './live-client.js'

export interface Listener {
  readonly caller: Caller
  /** Only this estate's events; undefined for all in the caller's scope. */
  readonly estateId: string | undefined
  /** Who the listener is now, asked at every heartbeat; null where the session is over. Counts as use of the session. */
  recheck(): Promise<Caller | null>
  /** Id of the last event that it saw on an earlier line. */
  readonly lastEventId: string | undefined
  /** Begins the answer; called once the listener is admitted. */
  open(): LiveSink
}

/** One open connection and what may go through it. */
export interface LiveLine {
  readonly client: LiveClient
  readonly userId: string
  hears(event: Pick<LiveEvent, 'kind' | 'estateId'>): boolean
  /** True where it hears any kind of event of the estate. */
  hearsOf(estateId: string): boolean
  send(event: NumberedEvent): void
  /** Sends many at once: a reader that comes back need not keep up with its own past. */
  sendMissed(lastId: string, missed: readonly NumberedEvent[]): void
  /** Follows the caller's roles as they are now, and ends where the session is over. */
  beat(): Promise<void>
}

const frame = (event: NumberedEvent, text: string): string => `id: ${event.id}\nevent: ${event.kind}\ndata: ${text}\n\n`

export function createLiveLine(deps: { client: LiveClient; listener: Listener; roles: LiveRoles }): LiveLine {
  const { client, listener, roles } = deps
  let { caller } = listener
  const hears: LiveLine['hears'] = ({ kind, estateId }) =>
    (listener.estateId ?? estateId) === estateId && covers(scopeOf(caller, roles[kind]), estateId)
  /** The event as this caller may see it. */
  const frameFor = (event: NumberedEvent): string => frame(event, event[nameRight(caller, event.estateId)])
  return {
    client,
    userId: caller.userId,
    hears,
    hearsOf: (estateId) => (Object.keys(roles) as LiveKind[]).some((kind) => hears({ kind, estateId })),
    send: (event) => {
      if (hears(event)) client.offer(event.key, frameFor(event))
    },
    sendMissed(lastId, missed) {
      // An id without data is no event to the browser, but from here on it can ask for what it misses.
      client.offer('begin', `id: ${lastId}\n: live\n\n`)
      const frames = missed.filter(hears).map(frameFor)
      if (frames.length > 0) client.offer('missed', frames.join(''))
    },
    async beat() {
      const now = await listener.recheck()
      if (now === null) return client.end()
      caller = now
      client.heartbeat()
    },
  }
}
