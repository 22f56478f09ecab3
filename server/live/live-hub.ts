import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { fail } from '../errors.js'
import { type LiveEvent, type LiveRoles, createEventRing } from './event-ring.js'
import { createLiveClient } from './live-client.js'
import { type Listener, type LiveLine, createLiveLine } from './live-line.js'

export const HEARTBEAT_MS = 15_000
/** Open views; each costs a connection and a place in every fan-out. */
export const CLIENTS_MAX = 400
/** Open views of one user: browsers open six connections to one server. */
export const CLIENTS_PER_USER_MAX = 20
/** An estate counts as watched for so long after a line broke: a browser that comes back gets what it missed. */
export const COMES_BACK_MS = 60_000

export interface LiveHub {
  start(): void
  /** Ends every line. */
  stop(): void
  /** @throws AppError SV_LIVE_FULL */
  connect(listener: Listener): void
  /** True where somebody listens to the estate, or did a moment ago. */
  isWatched(estateId: string): boolean
  publish(event: LiveEvent): void
  /** Something of the estate was not made an event: who comes back from before it must load anew. */
  leaveOut(estateId: string): void
  /** As `leaveOut`, and tells those who listen now. */
  overflow(estateId: string): void
  clients(): number
}

/** Fans events out to the browsers that may see them. A slow one costs the others nothing: each has its own bounded buffer. */
export function createLiveHub(deps: { clock: Clock; log: Logger; life: string; roles: LiveRoles }): LiveHub {
  const { clock, log, roles } = deps
  const ring = createEventRing(deps)
  const lines = new Set<LiveLine>()
  /** Lines that broke, with the time until which they may come back. */
  const broken = new Map<LiveLine, number>()
  let cancel: CancelTimer = () => {}

  const forgetBroken = (): void => {
    for (const [line, untilMonoMs] of broken) if (untilMonoMs <= clock.monoMs()) broken.delete(line)
  }
  const admit = ({ caller }: Listener): void => {
    const own = [...lines].filter((line) => line.userId === caller.userId).length
    if (lines.size >= CLIENTS_MAX || own >= CLIENTS_PER_USER_MAX) throw fail('SV_LIVE_FULL')
  }
  const beat = (): void => {
    cancel = clock.after(HEARTBEAT_MS, beat)
    forgetBroken()
    for (const line of lines) {
      line.beat().catch((error: unknown) => {
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
      const line = createLiveLine({ client: createLiveClient({ sink, clock }), listener, roles })
      lines.add(line)
      sink.onClosed(() => {
        lines.delete(line)
        broken.set(line, clock.monoMs() + COMES_BACK_MS)
      })
      const missed = listener.lastEventId === undefined ? [] : ring.after(listener.lastEventId, line.hearsOf)
      if (missed === undefined) line.client.overflow()
      else line.sendMissed(ring.lastId(), missed)
    },
    isWatched(estateId) {
      forgetBroken()
      return [...lines, ...broken.keys()].some((line) => line.hearsOf(estateId))
    },
    publish(event) {
      const numbered = ring.add(event)
      for (const line of lines) line.send(numbered)
    },
    leaveOut: (estateId) => ring.leaveOut(estateId),
    overflow(estateId) {
      ring.leaveOut(estateId)
      for (const line of lines) if (line.hearsOf(estateId)) line.client.overflow()
    },
    clients: () => lines.size,
  }
}
