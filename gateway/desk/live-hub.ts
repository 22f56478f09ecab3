import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { gatewayError } from '../errors.js'
import type { Board } from './board.js'
import { type LiveLine, type LiveSink, createLiveLine } from './live-line.js'
import { createLiveRounds } from './live-round.js'
import type { PassageLog } from './passage-log.js'
import type { LogPlace } from './ports.js'

/** Open pages. A guard house has one or two; each costs a connection and a place in every fan-out. */
export const LINES_MAX = 30
export const HEARTBEAT_MS = 15_000
/** Records of one burst are told together. */
const COALESCE_MS = 100
/** How late a door, an alarm or a device may show its state. */
export const BOARD_MS = 500

export interface Listener {
  open(): LiveSink
  /** Asked at every heartbeat; false where the login is over. It is no use of the login: a page left open does not keep it alive. */
  recheck(): Promise<boolean>
}

export interface LiveHub {
  start(): void
  /** Ends every line. */
  stop(): void
  /** @throws GW_DESK_LIVE_FULL */
  connect(listener: Listener): void
  /** Something was appended to the log. Costs nothing while nobody looks. */
  committed(): void
}

/** Tells open pages what is new in the log and on the board; beside the commits, never before them. */
export function createLiveHub(deps: {
  log: PassageLog; board: () => Promise<Board>; head: () => LogPlace | undefined; clock: Clock; logger: Logger
}): LiveHub {
  const { clock } = deps
  const lines = new Map<LiveLine, Listener>()
  const rounds = createLiveRounds({
    ...deps, watched: () => lines.size > 0,
    publish: (key, kind, text) => {
      for (const line of lines.keys()) line.send(key, kind, text)
    },
  })
  let cancelTick: CancelTimer = () => undefined
  let cancelBeat: CancelTimer = () => undefined
  let cancelCoalesce: CancelTimer | undefined

  const tick = (): void => {
    cancelTick = clock.after(BOARD_MS, tick)
    if (lines.size > 0) rounds.run()
  }
  const beat = (): void => {
    cancelBeat = clock.after(HEARTBEAT_MS, beat)
    for (const [line, listener] of lines) {
      listener.recheck().then((stands) => (stands ? line.heartbeat() : line.end()), () => line.end())
    }
  }
  return {
    start() {
      cancelTick = clock.after(BOARD_MS, tick)
      cancelBeat = clock.after(HEARTBEAT_MS, beat)
    },
    stop() {
      cancelTick()
      cancelBeat()
      cancelCoalesce?.()
      for (const line of lines.keys()) line.end()
    },
    connect(listener) {
      if (lines.size >= LINES_MAX) throw gatewayError('GW_DESK_LIVE_FULL')
      if (lines.size === 0) rounds.beginAt(deps.head())
      const sink = listener.open()
      const line = createLiveLine({ sink, clock })
      sink.onClosed(() => lines.delete(line))
      lines.set(line, listener)
      rounds.forgetBoard()
      rounds.run()
    },
    committed() {
      if (lines.size === 0 || cancelCoalesce !== undefined) return
      cancelCoalesce = clock.after(COALESCE_MS, () => {
        cancelCoalesce = undefined
        rounds.run()
      })
    },
  }
}
