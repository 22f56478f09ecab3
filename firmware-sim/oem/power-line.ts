import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { backoffMs } from '../device/backoff.js'
import { type TerminalAccess, type TerminalSession, openTerminalSession } from './terminal-session.js'

/** A terminal's power and network: it comes back by itself from both. */
export interface PowerLine {
  start(): void
  stop(): Promise<void>
  /** Power off and on: the connection, and all that was being done, are gone. */
  cut(): void
  publish(topic: string, body: object): void
  counts(): { readonly connects: number; readonly reboots: number }
}

export interface PowerLineEvents {
  connected(): void
  disconnected(): void
  /** @param power aborts when the power goes */
  received(bytes: Buffer, power: AbortSignal): void
}

export function createPowerLine(
  deps: { terminalId: string; access: TerminalAccess; world: { clock: Clock; random: RandomSource; log: Logger } }, events: PowerLineEvents,
): PowerLine {
  const { clock, random, log } = deps.world
  const counts = { connects: 0, reboots: 0 }
  let session: TerminalSession | undefined
  let power = new AbortController()
  let attempts = 0
  let isStopped = true
  let cancelRetry: CancelTimer = () => undefined

  const lost = (): void => {
    session = undefined
    events.disconnected()
    if (!isStopped) cancelRetry = clock.after(backoffMs(attempts++, random), open)
  }
  const open = (): void => {
    if (isStopped) return
    const opened = openTerminalSession(deps.terminalId, deps.access, {
      ready() {
        attempts = 0
        counts.connects += 1
        events.connected()
      },
      message: (bytes) => session === opened && events.received(bytes, power.signal),
      troubled: (reason) => log.warn({ reason }, 'connection trouble'),
      closed: () => session === opened && lost(),
    })
    session = opened
  }
  return {
    start() {
      isStopped = false
      power = new AbortController()
      open()
    },
    async stop() {
      isStopped = true
      power.abort()
      cancelRetry()
      events.disconnected()
      await session?.end()
    },
    cut() {
      counts.reboots += 1
      power.abort()
      power = new AbortController()
      log.info({}, 'rebooted')
      const dropped = session
      if (dropped === undefined) return
      lost()
      dropped.destroy()
    },
    publish: (topic, body) => session?.publish(topic, body),
    counts: () => ({ ...counts }),
  }
}
