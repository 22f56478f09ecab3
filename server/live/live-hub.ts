import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { nameRight } from '../access-log/name-rules.js'
import { type Caller, covers, scopeOf } from '../auth/roles.js'
import { fail } from '../errors.js'
import { type EventRing, type LiveEvent, type LiveRoles, type NumberedEvent, createEventRing } from './event-ring.js'
import { type LiveClient, type LiveSink, createLiveClient } from './live-client.js'

export const HEARTBEAT_MS = 15_000
/** Open views; each costs a connection and a place in every fan-out. */
export const CLIENTS_MAX = 400
/** An estate counts as watched for so long after a line broke: a browser that comes back gets what it missed. */
export const COMES_BACK_MS = 60_000
/** Open views of one user: browsers open six connections to one server. */
export const CLIENTS_PER_USER_MAX = 20

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

export interface LiveHub {
  start(): void
  /** Ends every line. */
  stop(): void
  /** @throws AppError SV_LIVE_FULL */
  connect(listener: Listener): void
  /** True where somebody listens to the estate. */
  isWatched(estateId: string): boolean
  publish(event: LiveEvent): void
  /** Something of the estate was not made an event: who comes back from before it must load anew. */
  leaveOut(estateId: string): void
  /** As `leaveOut`, and tells those who listen now. */
  overflow(estateId: string): void
  clients(): number
}

interface Line {
  readonly client: LiveClient
  readonly listener: Listener
  caller: Caller
}

/** The event as this listener may see it. */
const frameFor = ({ caller }: Line, event: NumberedEvent): string =>
  `id: ${event.id}\nevent: ${event.kind}\ndata: ${event[nameRight(caller, event.estateId)]}\n\n`

/** Fans events out to the browsers that may see them. A slow one costs the others nothing: each has its own bounded buffer. */
export function createLiveHub(deps: { clock: Clock; log: Logger; life: string; roles: LiveRoles }): LiveHub {
  const { clock, log, roles } = deps
  const ring: EventRing = createEventRing(deps)
  const lines = new Set<Line>()
  /** Lines that broke, with the time until which they may come back. */
  const broken = new Map<Line, number>()
  let cancel: CancelTimer = () => {}

  const hears = ({ caller, listener }: Line, kind: LiveEvent['kind'], estateId: string): boolean =>
    (listener.estateId ?? estateId) === estateId && covers(scopeOf(caller, roles[kind]), estateId)
  const hearsOf = (line: Line, estateId: string): boolean =>
    (Object.keys(roles) as LiveEvent['kind'][]).some((kind) => hears(line, kind, estateId))
  const send = (line: Line, event: NumberedEvent): void => {
    if (hears(line, event.kind, event.estateId)) line.client.offer(event.key, frameFor(line, event))
  }

  const forgetBroken = (): void => {
    for (const [line, untilMonoMs] of broken) if (untilMonoMs <= clock.monoMs()) broken.delete(line)
  }
  const admit = ({ caller }: Listener): void => {
    const own = [...lines].filter((line) => line.caller.userId === caller.userId).length
    if (lines.size >= CLIENTS_MAX || own >= CLIENTS_PER_USER_MAX) throw fail('SV_LIVE_FULL')
  }
  const recheck = async (line: Line): Promise<void> => {
    const caller = await line.listener.recheck()
    if (caller === null) return line.client.end()
    line.caller = caller
    line.client.heartbeat()
  }
  const beat = (): void => {
    cancel = clock.after(HEARTBEAT_MS, beat)
    forgetBroken()
    for (const line of lines) {
      recheck(line).catch((error: unknown) => {
        log.error({ err: error }, 'live view: the session could not be checked')
        line.client.end()
      })
    }
  }

  return {
    start: () => void (cancel = clock.after(HEARTBEAT_MS, beat)),
    stop() {
      cancel()
      for (const line of lines) line.client.end()
    },
    connect(listener) {
      admit(listener)
      const sink = listener.open()
      const line: Line = { client: createLiveClient({ sink, clock }), listener, caller: listener.caller }
      lines.add(line)
      sink.onClosed(() => {
        lines.delete(line)
        broken.set(line, clock.monoMs() + COMES_BACK_MS)
      })
      const { lastEventId } = listener
      const missed = lastEventId === undefined ? [] : ring.after(lastEventId, (estateId) => hearsOf(line, estateId))
      if (missed === undefined) return line.client.overflow()
      // An id without data is no event to the browser, but from here on it can ask for what it misses.
      line.client.offer('begin', `id: ${ring.lastId()}\n: live\n\n`)
      const frames = missed.filter((event) => hears(line, event.kind, event.estateId)).map((event) => frameFor(line, event))
      if (frames.length > 0) line.client.offer('missed', frames.join(''))
    },
    isWatched(estateId) {
      forgetBroken()
      return [...lines, ...broken.keys()].some((line) => hearsOf(line, estateId))
    },
    publish(event) {
      const numbered = ring.add(event)
      for (const line of lines) send(line, numbered)
    },
    leaveOut: (estateId) => ring.leaveOut(estateId),
    overflow(estateId) {
      ring.leaveOut(estateId)
      for (const line of lines) if (hearsOf(line, estateId)) line.client.overflow()
    },
    clients: () => lines.size,
  }
}
